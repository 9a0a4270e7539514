"""Whether an act may begin: what everybody asks who lets an operator begin one, page and command alike."""

from __future__ import annotations

from rollset.core.acts.price import Price
from rollset.core.errors import UnsafeError, UsageError
from rollset.engine.acts.prepare import Prepared


class ActRefused(UnsafeError):  # noqa: N818 (reads as the fact it states)
    """It may not be done now; the message says why."""


class PriceChanged(UnsafeError):  # noqa: N818 (reads as the fact it states)
    """The set is not as it was when its price was told; `price` is the new one, to be told and agreed to again."""

    def __init__(self, message: str, price: Price) -> None:
        super().__init__(message)
        self.price = price

    def __reduce__(self) -> tuple[type[PriceChanged], tuple[str, Price]]:
        return PriceChanged, (str(self), self.price)


class NotNamed(UsageError):  # noqa: N818 (reads as the fact it states)
    """A dangerous act was not confirmed with the name of its set."""


def check_agreed(prepared: Prepared, *, agreed: str | None, typed: str | None) -> None:
    """Makes sure that the act is allowed, and that somebody said yes to this price.

    Args:
        prepared: the act as it would be done now.
        agreed: the token of the price that was agreed to; none where it is told and agreed to in one go.
        typed: what was typed as the name of the set, which a dangerous act asks for.

    Raises:
        ActRefused: it may not be done.
        PriceChanged: the price that was agreed to is another.
        NotNamed: it is dangerous, and what was typed is not the name of the set.
    """
    price, scale_set = prepared.price, prepared.fleet.scale_set.id
    if price.refusals:
        raise ActRefused(f"cannot {price.act} on {scale_set}: {'; '.join(price.refusals)}")
    if agreed is not None and agreed != price.token:
        raise PriceChanged(
            f"{scale_set} is not as it was when the price of this was told; it is now: {price.words}", price
        )
    if price.dangerous and (typed or "").strip().lower() != scale_set.name.lower():
        raise NotNamed(f"this is dangerous ({price.words}): type {scale_set.name}, the name of the set, to confirm it")
