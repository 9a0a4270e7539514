"""What was agreed to before a command that carries it out: a plan, which may be no other one when that command runs."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rollset.core.canonical import HASH_DIGITS, HASH_DIGITS_SHOWN
from rollset.core.errors import UnsafeError, UsageError
from rollset.core.ground import Ground, moved
from rollset.core.plan import Plan
from rollset.faces.exactly import short_hash

TOLD_MAX = 8
"""So many changes are named; the rest is counted."""

_HASH = re.compile(rf"[0-9a-f]{{{HASH_DIGITS_SHOWN},{HASH_DIGITS}}}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """A plan that was agreed to: `hash` or its beginning, and the ground that it stood on where a file holds that."""

    hash: str
    ground: Ground | None = None
    name: str = ""
    """Of the file."""

    def check(self, plan: Plan) -> None:
        """Makes sure that `plan`, made now, is the one that was agreed to.

        Raises:
            UnsafeError: it is not; what has moved since is named.
        """
        changes = () if self.ground is None else moved(self.ground, Ground.of(plan.fleet, plan.job))
        scale_set = plan.fleet.scale_set.id
        if changes:
            told, more = changes[:TOLD_MAX], len(changes) - TOLD_MAX
            words = "; ".join(told) + (f"; and {more} more" if more > 0 else "")
            raise UnsafeError(
                f"{scale_set} has moved since {self.name} was made: {words}; nothing was changed; plan again"
            )
        if not plan.hash.startswith(self.hash):
            raise UnsafeError(
                f"what would be done to {scale_set} now is plan {short_hash(plan.hash)}, and {short_hash(self.hash)} "
                "was agreed to: the set, its instances or what is asked for are others; nothing was changed; look at "
                "the plan and agree to it anew"
            )


def parse_hash(text: str) -> str:
    """Reads a hash, or at least so much of its beginning as is shown.

    Raises:
        UsageError: it is none.
    """
    bare = text.strip().lower()
    if not _HASH.fullmatch(bare):
        raise UsageError(
            f"cannot read {text[:80]!r} as the hash of a plan; write its first {HASH_DIGITS_SHOWN} digits, or all "
            f"{HASH_DIGITS}"
        )
    return bare
