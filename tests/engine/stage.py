"""A stage for whole rollouts: the real engine and client, the real emulator, one virtual clock, and an honest account.

What happened is never taken from the rollout's own words: `Stage.check_safety` reads the emulator's history of who left
service when, and `Stage.images` what each instance runs.
"""

import asyncio
from collections import Counter, deque
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from rollset.core.amount import Amount
from rollset.core.change import UNCHANGED, VersionChange
from rollset.core.failing import OnFailure
from rollset.core.others import USUAL
from rollset.core.pace import Deadlines, Pace
from rollset.core.selection import Selection
from rollset.core.when.calendar import ALWAYS
from rollset.engine import events
from rollset.engine.prepare import Wish, prepare
from rollset.engine.rollout import Rollout
from tests.support.emulated import Emulated, emulated, fleet

OLD, NEW = "4.0.20160126", "4.0.20160229"
URN = "MicrosoftWindowsServer:WindowsServer:2012-R2-Datacenter"


@dataclass
class Stage:
    azure: Emulated
    name: str = "web"
    told: list = field(default_factory=list)
    asked_at: list = field(default_factory=list)
    listeners: list = field(default_factory=list)
    outside: object = None
    """Whom gates ask and hooks call; there are no sockets and no programs in virtual time."""

    @property
    def scale_set(self):
        return self.azure.world.find_set("rg", self.name)

    @property
    def images(self):
        """What each instance runs, as the emulator knows it."""
        self.azure.world.advance()
        return {one.id: one.image["version"] for one in self.scale_set.instances.values()}

    @property
    def sizes(self):
        """What size each instance has, as the emulator knows it."""
        self.azure.world.advance()
        return {one.id: one.applied.size for one in self.scale_set.instances.values()}

    @property
    def counts(self):
        return dict(Counter(self.images.values()))

    @property
    def end(self):
        """How many that stay run what, and the capacity."""
        self.azure.world.advance()
        staying = [one for one in self.scale_set.instances.values() if one.counts]
        return Counter(one.image["version"] for one in staying), self.scale_set.capacity

    @property
    def requests(self):
        """Method and last word of the path of every ARM request that changed something."""
        return [
            (sent.method, sent.url.partition("?")[0].rpartition("/")[2])
            for sent in self.azure.transport.requests
            if sent.method != "GET" and "/emulator/" not in sent.url
        ]

    def wish(
        self,
        *,
        version=NEW,
        switch_policy=False,
        selection=None,
        deadlines=None,
        calendar=ALWAYS,
        gates=(),
        hooks=(),
        policy=None,
        others=USUAL,
        surge=None,
        on_failure=OnFailure.STOP,
        **pace,
    ):
        return Wish(
            scale_set=self.azure.id(self.name),
            change=UNCHANGED if version is None else VersionChange(version=version),
            selection=selection or Selection(),
            pace=Pace(**pace),
            deadlines=deadlines or Deadlines(),
            switch_policy=switch_policy,
            calendar=calendar,
            gates=tuple(gates),
            hooks=tuple(hooks),
            **{"surge": surge, "on_failure": on_failure, **(policy or {})},
            others=others,
        )

    async def plan(self, **wish):
        return await prepare(self.azure.client, self.wish(**wish))

    async def roll(self, **wish):
        plan = await self.plan(**wish)
        return await self.run(plan)

    async def run(self, plan, upgrades_max=1):
        self.asked_at.clear()
        outcome = await Rollout(self.azure.client, plan, self.tell, outside=self.outside).run()
        self.check_safety(plan, upgrades_max)
        return outcome

    def tell(self, event):
        self.told.append(event)
        if isinstance(event, events.Asked):
            self.asked_at.append((asyncio.get_running_loop().time(), event.instances))
        for listener in self.listeners:
            listener(event)

    def told_of(self, kind):
        return [event for event in self.told if isinstance(event, kind)]

    @property
    def starts(self):
        """The ids asked for, call by call."""
        return [event.instances for event in self.told_of(events.Asked)]

    def check_safety(self, plan, upgrades_max=1):
        """By the emulator's own account of who was out when: no request of ours took more than the budget allows.

        Nobody is upgraded twice, unless a way back is part of the story.
        """
        history = deque(self.scale_set.account.history)
        began = self.azure.world.clock.now() - asyncio.get_running_loop().time()
        out, allowed = set(), plan.budget.allowed
        for asked_at, asked in self.asked_at:
            while history and (history[0].at < began + asked_at or history[0].reason == "so from the start"):
                change = history.popleft()
                (out.add if change.change == "out" else out.discard)(change.instance)
            together = out | set(asked)
            assert len(together) <= max(allowed, len(out)), f"{together} out at once, {allowed} may be"
        for one in self.scale_set.instances.values():
            done = [upgrade for upgrade in one.upgrades if upgrade.outcome == "succeeded"]
            assert len(done) <= upgrades_max, f"instance {one.id} was upgraded {len(done)} times"


@asynccontextmanager
async def a_stage(*, seed=1, name="web", **members):
    facts = {"capacity": 10, "image": f"{URN}:{OLD}", "fault_domains": 5}
    async with emulated(fleet(name, **{**facts, **members}), seed=seed) as azure:
        yield Stage(azure=azure, name=name)


TWO = Amount(number=2)
