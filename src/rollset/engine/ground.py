"""What a rollout stands on: what it has put into the model, and the policy.

Should somebody move it, nothing more starts.
"""

from __future__ import annotations

from rollset.core.errors import RollsetError
from rollset.core.fleet import ScaleSet, UpgradeMode
from rollset.core.image import same_image
from rollset.core.model.change import changed_by_others, spoken
from rollset.core.pace import Job


class GroundMoved(RollsetError):  # noqa: N818 (reads as the fact it states)
    """Somebody else changed what the rollout stands on."""


def check_ground(job: Job, scale_set: ScaleSet) -> None:
    """Makes sure that nobody has moved it.

    Raises:
        GroundMoved: the model says something else than the job, or the policy is not Manual any more.
    """
    if not same_image(scale_set.image, job.image):
        raise GroundMoved(
            f"the image of {scale_set.id} was changed to {scale_set.image} by somebody else during the rollout to "
            f"{job.image}; nothing more is started"
        )
    for other in changed_by_others(scale_set, [job.model]):
        raise GroundMoved(
            f"{other.path} of {scale_set.id} was changed to {spoken(other)} by somebody else during the rollout; "
            "nothing more is started"
        )
    if scale_set.upgrade_mode is not UpgradeMode.MANUAL:
        raise GroundMoved(
            f"the upgrade policy of {scale_set.id} was set to {scale_set.upgrade_mode} by somebody else during the "
            "rollout; nothing more is started"
        )
