"""Runs through a saved plan: it is made and put into a file, others may act, and then it is carried out as it is or refused.

Whether the world has moved is read from the emulator's own books, never from what the client believes.
"""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from rollset.core.errors import RollsetError
from rollset.emulator.instance import Power
from rollset.engine.prepare import prepare
from rollset.faces.planfile import read_plan, save_plan, saved_document
from rollset.faces.planned import plan_document
from tests.simulation.deeds import DEEDS, ONCE, Deed

PARKED = {Power.STOPPING, Power.STOPPED, Power.DEALLOCATING, Power.DEALLOCATED}

EXIT_MOVED = 4


@dataclass(frozen=True, kw_only=True)
class Between:
    """What lies between a plan and its run: so many seconds, and what others do in them."""

    seconds: float
    deeds: tuple[Deed, ...] = ()


def drawn_between(luck):
    """Most rollouts are planned and begun in one go; in the others the world moves about half the time."""
    if luck.random() >= 0.25:
        return None
    seconds = luck.choice([60.0, 900.0, 6 * 3600.0])
    kinds = (*DEEDS, *ONCE, "publish")
    count = luck.choice([0, 0, 1, 1, 2, 3])
    deeds = [
        Deed(at=luck.uniform(0.0, seconds), what=luck.choice(kinds), whom=luck.randrange(1000)) for _ in range(count)
    ]
    return Between(seconds=seconds, deeds=tuple(sorted(deeds, key=lambda deed: deed.at)))


@dataclass
class SavedRun:
    """One plan on its way through a file; `objections` are the referee's."""

    stage: object
    between: Between
    objections: list = field(default_factory=list)
    plan: object = None
    moved: bool = False
    """It was refused, and rightly so."""

    async def prepared(self, azure, wish):
        """The plan to be carried out.

        Raises:
            RollsetError: it is not, for the world has moved or Azure cannot be asked.
        """
        with TemporaryDirectory() as folder:
            name = str(Path(folder) / "plan.json")
            before = self._books()
            first = await prepare(azure, wish)
            settled = before == self._books()
            save_plan(name, saved_document(first, wish, plan_document(first, None)))
            await self._others_act()
            saved = read_plan(name)
        then = self._books()
        same = settled and then.ground == before.ground
        self.plan = await prepare(azure, saved.wish)
        still = self._books().ground == then.ground
        try:
            saved.agreed.check(self.plan)
        except RollsetError as error:
            self.moved = True
            self._refused(error, rightly=not (same and still), before=then)
            raise
        self._must(self.plan.hash == first.hash, f"plan {self.plan.hash} was carried out, {first.hash} was agreed to")
        self._must(not (settled and still) or same, f"carried out in another world: {before.against(then)}")
        return self.plan

    async def _others_act(self):
        began = asyncio.get_running_loop().time()
        for deed in self.between.deeds:
            await asyncio.sleep(max(0.0, began + deed.at - asyncio.get_running_loop().time()))
            await self.stage.others.do(deed)
        await asyncio.sleep(max(0.0, began + self.between.seconds - asyncio.get_running_loop().time()))

    def _refused(self, error, *, rightly, before):
        self._must(rightly, f"a plan was refused in the world that it was made for: {error}")
        self._must(error.exit_status == EXIT_MOVED, f"refused with status {error.exit_status}: {error}")
        self._must("has moved since" in str(error), f"refused without saying what has moved: {error}")
        now = self._books()
        self._must(now.writes == before.writes, f"refused, and yet something was written: {before.against(now)}")

    def _books(self):
        self.stage.world.advance()
        return Books.of(self.stage.scale_set, self.stage.script)

    def _must(self, holds, words):
        if not holds:
            self.objections.append(words)


@dataclass(frozen=True, kw_only=True)
class Books:
    """The set as the emulator knows it: what a plan stands on, and how often it was written to."""

    ground: dict
    writes: tuple

    @classmethod
    def of(cls, scale_set, script):
        model, instances = scale_set.model, list(scale_set.instances.values())
        repair = script.policy.get("repair", False)
        allowed = script.pace.allowed(max(scale_set.capacity, len(instances)))
        ground = {
            "made": scale_set.created_at,
            "image": model.image_reference.get("version"),
            "licence": model.profile.get("licenseType"),
            "size": model.size,
            "mode": scale_set.mode,
            "capacity": scale_set.capacity,
            "by itself": scale_set.properties["upgradePolicy"].get("automaticOSUpgradePolicy"),
            "somebody stays in service": sum(one.in_service for one in instances) > allowed,
            **{f"instance {one.id}": _footing(one, sick=repair) for one in instances},
        }
        upgrades = sum(len(one.upgrades) for one in instances)
        return cls(ground=ground, writes=(scale_set.etag, scale_set.next_number, upgrades))

    def against(self, other):
        """What differs, for an objection."""
        names = self.ground.keys() | other.ground.keys()
        return {
            one: (self.ground.get(one), other.ground.get(one))
            for one in names
            if self.ground.get(one) != other.ground.get(one)
        }


def _footing(one, *, sick):
    """Where a sick fleet is repaired, who is sick is part of the plan."""
    return (one.image.get("version"), one.slot, one.protected, one.power in PARKED, sick and one.in_service)
