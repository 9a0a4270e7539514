"""What a dashboard has told: JSON whose objects say in a sentence that a member is missing, wherever it is read."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NoReturn

from rollset.client.faults import Stranger


class Told(dict[str, Any]):
    """One object. A program of another version has other members, and no place that reads one has to think of that."""

    def __init__(self, members: dict[str, Any], stranger: Callable[[str], Stranger]) -> None:
        super().__init__(members)
        self._stranger = stranger

    def __missing__(self, name: str) -> NoReturn:
        """What `told[name]` comes to where there is no such member.

        Raises:
            Stranger: always.
        """
        raise self._stranger(f"there is no {name} in what it tells")


def read_told(body: bytes, stranger: Callable[[str], Stranger]) -> Told | None:
    """The document; `None` where it is none."""
    try:
        told = json.loads(body, object_hook=lambda members: Told(members, stranger))
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, Told) else None
