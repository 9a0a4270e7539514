"""Words that several findings share."""

from __future__ import annotations

from collections.abc import Sequence

from rollset.core.ids import InstanceId
from rollset.core.selection import spoken_ids


def some(ids: Sequence[InstanceId], total: int, what: str) -> str:
    """So many of all instances, with their ids; `what` follows `is` or `are`.

    >>> some([InstanceId("4")], 20, "off"), some([InstanceId("4"), InstanceId("5")], 20, "off")
    ('1 of 20 instances is off (4)', '2 of 20 instances are off (4, 5)')
    """
    return f"{len(ids)} of {total} instances {'is' if len(ids) == 1 else 'are'} {what} ({spoken_ids(ids)})"
