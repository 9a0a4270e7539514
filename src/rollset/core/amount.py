"""An amount of instances: a number, or a percentage that becomes a number as soon as the set is known."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rollset.core.errors import UsageError

_FORM = re.compile(r"(?P<number>[0-9]{1,9})(?P<percent>%?)")
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
            raise UsageError(f"an amount of {text.strip()} is nothing at all; write 1 or more")
        if amount.percent and amount.number > _PERCENT_MAX:
            raise UsageError(f"{text.strip()} is more than the whole set; write at most 100%")
        return amount

    @classmethod
    def parse_sizes(cls, text: str) -> tuple[Amount, ...]:
        """Reads `5`, or `1, 5%, 20%`.

        Raises:
            UsageError: one of them is no amount, or there is none.
        """
        return tuple(cls.parse(one) for one in text.split(","))

    @classmethod
    def parse_tolerance(cls, text: str) -> Amount:
        """Reads `3` or `10%`, and `0` as well.

        Raises:
            UsageError: it is neither.
        """
        return cls(number=0) if text.strip() in ("0", "0%") else cls.parse(text)

    def of(self, capacity: int) -> int:
        """How many instances that is: a percentage is rounded down, and is never below one.

        >>> [Amount.parse("10%").of(n) for n in (3, 19, 20, 1000)]
        [1, 1, 2, 100]
        """
        return max(1, capacity * self.number // _PERCENT_MAX) if self.percent else self.number

    def at_most(self, capacity: int) -> int:
        """How many instances are no more than that: a percentage is rounded down, perhaps to none.

        >>> [Amount.parse("10%").at_most(n) for n in (3, 19, 20)]
        [0, 1, 2]
        """
        return capacity * self.number // _PERCENT_MAX if self.percent else self.number

    def at_least(self, capacity: int) -> int:
        """How many instances are no less than that: a percentage is rounded up.

        >>> [Amount.parse("90%").at_least(n) for n in (3, 19, 20)]
        [3, 18, 18]
        """
        return -(-capacity * self.number // _PERCENT_MAX) if self.percent else self.number

    def __str__(self) -> str:
        return f"{self.number}%" if self.percent else str(self.number)
