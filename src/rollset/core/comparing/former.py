"""How long instances took when an earlier rollout of the same set brought them to the image that they still run.

Azure does not tell when an instance was last started, nor how long that took. The journal of the rollout that brought
it there does: from the request until it was healthy, upgrade against upgrade. But that was another hour, and Azure is
not equally quick every day. So a time is worse only beyond `ALLOWANCE` times what the others took, and whatever else
decides how long an upgrade takes must have been the same then (`unlike`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import median

from rollset.core.fleet import ScaleSet
from rollset.core.ids import InstanceId
from rollset.core.outside.hooks import Moment, hooks_at
from rollset.core.pace import Engine, Job

ALLOWANCE = 2.0
"""So many times as long as before is no worse: a slow day at Azure is not the fault of an image."""

OF_INSTANCES = (Moment.BEFORE_BATCH, Moment.BEFORE_INSTANCE, Moment.AFTER_INSTANCE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Former:
    """What is known of the time that instances took before: seconds from the request until healthy, at most.

    `why` says why nothing is; then there is no `rollout`.
    """

    rollout: str = ""
    took: Mapping[InstanceId, float] = field(default_factory=dict)
    why: str = ""

    def __str__(self) -> str:
        if not self.rollout:
            return f"boot time is told and not judged: {self.why}"
        return (
            f"boot time is held against what {self.rollout} took for {len(self.took)} of them, upgrade against "
            f"upgrade: {median(self.took.values()):.0f} s each (median); worse is more than {ALLOWANCE:g} times as long"
        )


def unlike(job: Job, scale_set: ScaleSet, job_then: Job, scale_set_then: ScaleSet) -> str | None:
    """Why upgrades of the one job cannot be timed against those of the other; nothing where they can.

    >>> from tests.core.draw import a_job, a_scale_set
    >>> unlike(a_job(), a_scale_set(5), a_job(), a_scale_set(9)) is None
    True
    """
    longer = _made_longer(job, "now") or _made_longer(job_then, "then")
    if longer is not None:
        return longer
    if job.gates != job_then.gates:
        return "other gates had to open then"
    if scale_set.vm_size.lower() != scale_set_then.vm_size.lower():
        return f"the size was {scale_set_then.vm_size} then"
    if (scale_set.health_source, scale_set.os_type) != (scale_set_then.health_source, scale_set_then.os_type):
        return "another operating system ran then, or something else judged its health"
    return None


def _made_longer(job: Job, when: str) -> str | None:
    """What else than an upgrade decides how long it takes."""
    if job.surge is not None:
        return f"instances are made anew {when}, and not upgraded"
    if job.engine is Engine.AZURE:
        return f"Azure sends them off {when}, and does not tell when"
    if job.model.reaches_instances:
        return f"more than the image changes {when}"
    if any(hooks_at(job.hooks, moment) for moment in OF_INSTANCES):
        return f"hooks take a part of that time {when}"
    return None
