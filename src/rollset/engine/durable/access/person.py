"""Who a session or a token stands for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """`name` is for people; `subject` is what never changes hands, such as the id that a provider gives."""

    name: str
    subject: str
    how: str
    roles: frozenset[str]


def roles_text(roles: Iterable[str]) -> str:
    return ",".join(sorted(roles))


def roles_of(text: str) -> frozenset[str]:
    return frozenset(word for word in text.split(",") if word)
