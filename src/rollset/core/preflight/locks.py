"""Management locks that hold for the set."""

from __future__ import annotations

from collections.abc import Iterator

from rollset.core.preflight.around import Lock, LockLevel
from rollset.core.preflight.facts import Facts
from rollset.core.preflight.finding import Finding, blocking, note

LOCKED_READ_ONLY = blocking(
    "locked-read-only",
    "A ReadOnly lock on the set, its resource group or the subscription: Azure refuses to write the model, and to "
    "upgrade.",
)
LOCKED_DELETE = note(
    "locked-can-not-delete",
    "A CanNotDelete lock: upgrades in place go through; what deletes instances does not, such as a surge, or a repair "
    "that replaces.",
)
LOCKED_SURGE = blocking(
    "locked-surge",
    "A CanNotDelete lock, and a surge: new instances would be made, and the old ones could not be deleted.",
)
KINDS = (LOCKED_READ_ONLY, LOCKED_DELETE, LOCKED_SURGE)


def lock_findings(facts: Facts) -> Iterator[Finding]:
    locks = facts.around.locks
    if not isinstance(locks, tuple):
        return
    read_only = [one for one in locks if one.level is LockLevel.READ_ONLY]
    if read_only:
        yield LOCKED_READ_ONLY.found(
            f"{_words(read_only)} refuses every write to {facts.scale_set.id}",
            "have it removed for the time of the rollout",
        )
    others = [one for one in locks if one.level is LockLevel.CAN_NOT_DELETE]
    if others and facts.plan.job.surge is not None:
        yield LOCKED_SURGE.found(
            f"{_words(others)} keeps the old instances of {facts.scale_set.id} from being deleted",
            "have it removed for the time of the rollout, or upgrade in place without --surge",
        )
    elif others:
        yield LOCKED_DELETE.found(
            f"{_words(others)} keeps instances of {facts.scale_set.id} from being deleted",
            "nothing to do for an upgrade in place",
        )


def _words(locks: list[Lock]) -> str:
    named = ", ".join(f"{one.name!r} on {one.scope}" for one in locks)
    return f"the {locks[0].level} lock {named}"
