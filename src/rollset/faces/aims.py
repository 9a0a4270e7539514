"""What a rollout makes of a model: from what to what; of one that undoes another, what goes back to what."""

from __future__ import annotations

from dataclasses import dataclass, replace

from rollset.core.image import Image, same_image
from rollset.core.model.change import Difference
from rollset.core.plan import Plan
from rollset.core.undo import reference
from rollset.engine.state import State
from rollset.faces.words import image_change, image_change_short


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """The images before and after, and what else of the model becomes another."""

    before: Image | None
    after: Image | None
    changes: tuple[Difference, ...]

    @classmethod
    def of(cls, plan: Plan, *, back: bool) -> Aim:
        """That of the plan; with `back` that of whoever undoes what the plan did."""
        named, planned = plan.fleet.scale_set.image, plan.job.image
        if not back:
            return cls(before=named, after=planned, changes=tuple(plan.changes))
        if same_image(named, planned):  # The model said it before the run: what instances ran then tells them apart.
            named = _most_ran(plan) or named
        turned = (replace(one, before=one.after, after=one.before) for one in plan.changes)
        return cls(before=planned, after=named, changes=tuple(turned))

    @classmethod
    def of_state(cls, state: State) -> Aim:
        """What the rollout as a whole is about."""
        return cls.of(state.plan, back=state.order.way_back is not None)

    def __str__(self) -> str:
        return image_change(self.before, self.after)

    @property
    def short(self) -> str:
        """Where space is scarce: without the publisher."""
        return image_change_short(self.before, self.after)


def _most_ran(plan: Plan) -> Image | None:
    """What most of those that the plan sends off ran before it, if that is known."""
    groups = reference(plan.fleet, plan.upgrades).groups
    return max(groups, key=lambda leg: len(leg.instances)).image if groups else None
