"""What people and machines are allowed to do, in three words."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Role(StrEnum):
    """An approver need not be an operator: whoever rolls cannot let his own rollout go on, unless he has both."""

    VIEWER = "viewer"
    """Sees everything."""
    OPERATOR = "operator"
    """Changes things: rolls, acts, edits, pauses, stops, undoes."""
    APPROVER = "approver"
    """Lets rollouts go beyond their checkpoints."""


ACTING = frozenset({Role.OPERATOR, Role.APPROVER})
"""Whoever has none of these changes nothing."""


def all_of(words: Iterable[str]) -> frozenset[Role]:
    """The roles that these words stand for, with what each includes; words of a newer rollset stand for none.

    >>> sorted(all_of(["operator"]))
    [<Role.OPERATOR: 'operator'>, <Role.VIEWER: 'viewer'>]
    """
    known = {role.value: role for role in Role}
    roles = {known[word] for word in words if word in known}
    return frozenset(roles | {Role.VIEWER}) if roles else frozenset()
