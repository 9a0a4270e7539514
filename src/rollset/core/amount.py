"""An amount of instances: a number, or a percentage that becomes a number as soon as the set is known."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rollset.core.errors import UsageError

_FORM = re.compile(r"(?P<number>\d{1,9})(?P<percent>%?)")
_PERCENT_MAX = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """`number` instances, or `number` percent of the capacity when `percent` is true."""

    number: int
    percent: bool = False

    @classmethod
    def parse(cls, text: str) -> Amount:
        """Reads `3` or `10%`.

        Raises:
            UsageError: it is neither, is nothing at all, or is more than 100 percent.
        """
        found = _FORM.fullmatch(text.strip())
        if found is None:
            raise UsageError(f"cannot read {text!r} as an amount; write a number such as 3, or a share such as 10%")
        amount = cls(number=int(found["number"]), percent=bool(found["percent"]))
        if amount.number == 0:
            raise UsageError(f"an amount of {text.strip()} would never let an instance go; write 1 or more")
        if amount.percent and amount.number > _PERCENT_MAX:
            raise UsageError(f"{text.strip()} is more than the whole set; write at most 100%")
        return amount

    def of(self, capacity: int) -> int:
        """How many instances that is: a percentage is rounded down, and is never below one.

        >>> [Amount.parse("10%").of(n) for n in (3, 19, 20, 1000)]
        [1, 1, 2, 100]
        """
        return max(1, capacity * self.number // _PERCENT_MAX) if self.percent else self.number

    def __str__(self) -> str:
        return f"{self.number}%" if self.percent else str(self.number)
