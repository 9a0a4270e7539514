"""Checkpoints as people write them: a share of the instances, and what opens it."""

from __future__ import annotations

from rollset.core.amount import Amount
from rollset.core.errors import UsageError
from rollset.core.pace import Checkpoint
from rollset.faces.durations import parse_bound

APPROVE = "approve"


def parse_checkpoint(text: str) -> Checkpoint:
    """Reads `25%:approve` or `10:30m`.

    Raises:
        UsageError: it is neither.
    """
    share, colon, opens = text.strip().rpartition(":")
    if not colon:
        raise UsageError(
            f"cannot read {text!r} as a checkpoint; write how many and what opens it, such as 25%:approve or 10:30m"
        )
    wait_seconds = None if opens.strip().lower() == APPROVE else parse_bound(opens)
    return Checkpoint(share=Amount.parse(share), wait_seconds=wait_seconds)
