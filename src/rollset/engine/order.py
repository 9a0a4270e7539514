"""What a rollout is to do, complete and exact: enough for any process, on any machine, to carry it out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from rollset.core.comparing.former import Former
from rollset.core.fleet import Fleet
from rollset.core.ground import plan_hash
from rollset.core.ids import InstanceId
from rollset.core.pace import Engine, Job
from rollset.core.plan import Plan, make_plan
from rollset.engine.prepare import Wish


@dataclass(frozen=True, slots=True, kw_only=True)
class WayBack:
    """A rollout that has ended, and what it changed: to be brought back."""

    rollout: str
    touched: tuple[InstanceId, ...]


@dataclass(frozen=True, kw_only=True)
class Order:
    """One rollout as it was agreed to. `fleet` is what the plan was made from, and says what each instance ran then.

    `begun_at` is in seconds since the epoch; `by` is who ordered it, as `user@host`.
    """

    id: str
    by: str
    begun_at: float
    fleet: Fleet
    job: Job
    switch_policy: bool = False
    wish: Wish | None = None
    """In the user's words; the same words mean the same rollout, should it have to be continued."""
    start_only: bool = False
    """Ask for the first step, and end without waiting for it."""
    former: Former | None = None
    """How long the instances took before, as far as was known when it began: kept, so that no replay sees another."""
    way_back: WayBack | None = None
    """Given where the order is to bring back what an earlier rollout changed; then `fleet` and `job` are that one's."""

    @classmethod
    def of(cls, plan: Plan, *, id: str, by: str, begun_at: float, wish: Wish | None = None) -> Order:  # noqa: A002
        """The order to carry out `plan`."""
        return cls(
            id=id,
            by=by,
            begun_at=begun_at,
            fleet=plan.fleet,
            job=plan.job,
            switch_policy=plan.switch_policy,
            wish=wish,
            former=plan.former,
        )

    @cached_property
    def plan_hash(self) -> str:
        """The hash of the plan that was agreed to."""
        return plan_hash(self.fleet, self.job, switch_policy=self.switch_policy)

    @property
    def switches_mode(self) -> bool:
        """Whether the upgrade mode may be another while this goes on than it was before."""
        return self.switch_policy or self.job.engine is Engine.AZURE

    @property
    def plan(self) -> Plan:
        """The plan anew: the same fleet and job make the same plan."""
        plan = make_plan(self.fleet, self.job, switch_policy=self.switch_policy)
        return plan if self.former is None else plan.knowing(self.former)
