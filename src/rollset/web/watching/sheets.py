"""How lists are told: by pages of so many lines, found by so many letters."""

from __future__ import annotations

PAGE_MAX = 50
FIND_MAX = 100


def sheets(total: int) -> int:
    """How many pages so many lines take; nothing takes one as well.

    >>> [sheets(total) for total in (0, 50, 51)]
    [1, 1, 2]
    """
    return max(1, -(-total // PAGE_MAX))
