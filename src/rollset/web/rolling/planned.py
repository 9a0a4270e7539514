"""A plan as its page shows it: integers, steps, findings, and what keeps it from being begun."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from rollset.arm.azure import Azure
from rollset.core.errors import Misnamed
from rollset.core.ids import ScaleSetId, together
from rollset.core.plan import Plan
from rollset.core.preflight.finding import Finding
from rollset.core.selection import spoken_ids
from rollset.engine.durable.database import Database
from rollset.engine.durable.recalling import recalled
from rollset.engine.preflight import examine_set
from rollset.engine.prepare import Wish, prepare
from rollset.faces.exactly import exact_rows, short_hash
from rollset.faces.findings import total
from rollset.faces.hours import notes_on
from rollset.faces.misnamed import key_of, placed
from rollset.faces.planned import Stretch, image_words, pace_words, stretches, totals


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """Instances that stay as they are, under their reason."""

    instances: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One plan, looked at from all sides."""

    plan: Plan
    findings: tuple[Finding, ...]

    @property
    def id(self) -> ScaleSetId:
        return self.plan.fleet.scale_set.id

    @property
    def short_hash(self) -> str:
        return short_hash(self.plan.hash)

    @property
    def rows(self) -> list[tuple[str, str]]:
        """What is said of the plan as a whole."""
        plan = self.plan
        rows = [("Image", image_words(plan)), *(("Model", str(change)) for change in plan.changes)]
        rows += [("Instances", str(plan.job.selection)), ("Pace", pace_words(plan))]
        words = {"takes": "Takes", "asks": "Requests", "back": "Way back"}
        exact = [(words.get(label, label), said) for label, said in exact_rows(plan) if label != "plan"]
        return [*rows, *exact]

    @property
    def totals(self) -> str:
        return totals(self.plan)

    @property
    def stretches(self) -> tuple[Stretch, ...]:
        return tuple(stretches(self.plan.steps))

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        reasons = together((one.instance, one.why) for one in self.plan.skipped)
        return tuple(Skipped(instances=spoken_ids(ids), why=why) for why, ids in reasons.items())

    @property
    def notes(self) -> tuple[str, ...]:
        return (*notes_on(self.plan), *self.plan.notes)

    @property
    def counted(self) -> str:
        """How many findings there are of each weight."""
        return total(self.findings)

    @property
    def forbidding(self) -> tuple[Finding, ...]:
        """Those that nobody can accept."""
        return tuple(one for one in self.findings if one.blocks and not one.kind.acceptable)

    @property
    def can_begin(self) -> bool:
        """Whether it may be begun once all that can be accepted is."""
        return not self.forbidding and not self.plan.nothing_to_do


async def planned(azure: Azure, database: Database, wish: Wish) -> Planned:
    """Plans, and looks around the set as `rollset doctor` does; `database` knows what came before.

    Raises:
        UsageError: the image is not offered there, or Azure would refuse the change.
    """
    try:
        plan = await asyncio.to_thread(recalled, database, await prepare(azure, wish))
    except Misnamed as error:
        raise placed(error, key_of(error, wish.change)) from error
    examined = await examine_set(azure, wish, budget_named=wish.budget_named, now=time.time())
    return Planned(plan=plan, findings=examined.findings)
