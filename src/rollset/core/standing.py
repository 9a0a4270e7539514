"""Where one instance stands in a rollout: an ordered table of rules, the first that matches wins.

Two questions are kept apart. *In service*: does it carry traffic as far as Azure can tell? *Proven*: does it run the
target image, with nothing left to wait for?
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from rollset.core.care import Protected, Stopped
from rollset.core.fleet import Fleet, Health, HealthSource, Instance, Power, Provisioning
from rollset.core.pace import Job

UNDER_WAY = frozenset({Provisioning.CREATING, Provisioning.UPDATING, Provisioning.DELETING, Provisioning.MIGRATING})
STOPPED_POWER = frozenset({Power.STOPPED, Power.DEALLOCATED})
PARKED_POWER = frozenset({Power.STOPPING, Power.STOPPED, Power.DEALLOCATING, Power.DEALLOCATED})


class Standing(Enum):
    """What a rollout may do with an instance."""

    LEAVING = auto()
    """Being deleted: nobody's business any more."""
    PARKED_BY_HOOK = auto()
    """A hook of ours failed for it: never sent again, and its place in the budget is taken, whatever Azure says."""
    HELD = auto()
    """Outdated, but protected from what would be done to it: skipped and reported."""
    PROVEN = auto()
    """On the target image, provisioned, running, healthy where anything judges it, and let through by every gate."""
    MOVING = auto()
    """Being worked on, by this rollout or by somebody else."""
    SETTLING = auto()
    """On the target image, not proven yet."""
    PARKED = auto()
    """Stopped or deallocated on purpose: skipped and reported."""
    FIRST = auto()
    """To be upgraded and out of service: it serves nobody, so it goes before any healthy one and costs nothing."""
    PENDING = auto()
    """To be upgraded and in service: may go when the budget has room."""
    LAST = auto()
    """To be upgraded and left stopped: after all others, for it proves nothing to anybody."""


OUTDATED = (Standing.FIRST, Standing.PENDING, Standing.LAST)
"""Those that may be sent, in the order of going."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What the rules may look at: one instance, the job, whether health is judged, and whether we asked for it.

    `passed` is whether every gate, and every hook after its upgrade, has let it through; `parked` is whether a hook
    failed for it. `model_ready` is whether the model says what the job wants: until then nobody can be on it.
    """

    instance: Instance
    job: Job
    health_judged: bool
    asked: bool
    passed: bool = True
    parked: bool = False
    model_ready: bool = True

    @property
    def on_target(self) -> bool:
        return self.model_ready and self.job.is_reached_by(self.instance)

    @property
    def in_service(self) -> bool:
        """No verdict counts as good only where nothing judges health, or where the old model had no judge yet."""
        seen = self.instance
        if seen.power is not Power.RUNNING or seen.provisioning in UNDER_WAY:
            return False
        if seen.health is None:
            unjudged = not (self.health_judged and self.on_target)
            return unjudged and seen.provisioning is Provisioning.SUCCEEDED
        return seen.health is Health.HEALTHY

    @property
    def out(self) -> bool:
        """Whether it counts as out of service; who has not passed its gates serves nobody, as far as we know."""
        return self.asked or self.parked or not self.in_service or (self.on_target and not self.passed)

    @property
    def held(self) -> bool:
        """Who may not be deleted by a scale-in is not replaced either."""
        replaced = self.job.surge is not None and self.job.care.protected is not Protected.FORCE
        return self.protected or (replaced and self.instance.protected_from_scale_in)

    @property
    def half_upgraded(self) -> bool:
        """Whether an upgrade before ours got as far as the new disk and failed there, and may be taken up again."""
        seen = self.instance
        failed = self.on_target and seen.provisioning is Provisioning.FAILED and not seen.latest_model_applied
        return failed and not self.asked and not self.held

    @property
    def stopped(self) -> bool:
        """Whether it is stopped, and is to be upgraded and left so."""
        return (
            self.job.care.stopped is Stopped.UPGRADE and self.job.surge is None and self.instance.power in STOPPED_POWER
        )

    @property
    def protected(self) -> bool:
        return self.instance.protected and self.job.care.protected is not Protected.FORCE

    @property
    def well(self) -> bool:
        """On the target image and well, as far as Azure can tell; who is left stopped has nothing else to show."""
        well = self.in_service or self.stopped
        return self.on_target and well and self.instance.provisioning is Provisioning.SUCCEEDED

    @property
    def proven(self) -> bool:
        return self.well and (self.passed or self.stopped)


@dataclass(frozen=True, slots=True)
class Rule:
    """`standing` is what an instance is told when `applies` says yes."""

    standing: Standing
    applies: Callable[[Sight], bool]


RULES: tuple[Rule, ...] = (
    Rule(Standing.LEAVING, lambda sight: sight.instance.provisioning is Provisioning.DELETING),
    # Its service may be gone for a reason that Azure cannot see.
    Rule(Standing.PARKED_BY_HOOK, lambda sight: sight.parked),
    Rule(Standing.PROVEN, lambda sight: sight.proven),
    # Azure may need a moment to show what was asked for: until it does, an asked instance counts as on its way.
    Rule(Standing.MOVING, lambda sight: sight.instance.provisioning in UNDER_WAY),
    # Somebody stopped it, perhaps in the middle of its upgrade: it has nothing to prove to anybody any more.
    Rule(Standing.PARKED, lambda sight: sight.instance.power in PARKED_POWER and not sight.stopped),
    # The new disk is in, but the upgrade failed: Azure takes it up again as long as the model is not applied.
    Rule(Standing.FIRST, lambda sight: sight.half_upgraded and not sight.in_service),
    Rule(Standing.PENDING, lambda sight: sight.half_upgraded),
    Rule(Standing.SETTLING, lambda sight: sight.on_target),
    Rule(Standing.MOVING, lambda sight: sight.asked),
    Rule(Standing.HELD, lambda sight: sight.held),
    Rule(Standing.LAST, lambda sight: sight.stopped),
    # Unhealthy and outdated: it gives no service, so it goes before any healthy one.
    Rule(Standing.FIRST, lambda sight: not sight.in_service),
    Rule(Standing.PENDING, lambda _: True),
)


def standing(sight: Sight) -> Standing:
    """The first rule that matches."""
    return next(rule.standing for rule in RULES if rule.applies(sight))


def health_judged(fleet: Fleet) -> bool:
    """Whether anything says how healthy instances are: a source in the model, or a verdict on any instance."""
    return fleet.scale_set.health_source is not HealthSource.NONE or any(
        instance.health is not None for instance in fleet.instances
    )
