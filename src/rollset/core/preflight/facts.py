"""Everything that findings are made from: the plan, and what was read around it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from rollset.core.fleet import ScaleSet
from rollset.core.plan import Plan
from rollset.core.preflight.around import Around

DAY_SECONDS = 86_400.0


@dataclass(frozen=True, kw_only=True)
class Facts:
    """All of it, at one moment. `budget_named` is whether the user said how many may be out.

    `refusal` is why Azure would not take the change at all. With `any_image` none was named: what is found holds for
    whatever the set is brought to.
    """

    plan: Plan
    now: float
    around: Around = field(default_factory=Around)
    budget_named: bool = False
    refusal: str | None = None
    any_image: bool = False

    @property
    def the_image(self) -> str:
        """What sentences call the image that is looked at."""
        return "the model's image" if self.any_image else "the new image"

    @property
    def scale_set(self) -> ScaleSet:
        return self.plan.fleet.scale_set


def day(at: float) -> str:
    """A moment as people write a day.

    >>> day(0.0)
    '1970-01-01'
    """
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d}"
