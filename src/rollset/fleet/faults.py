"""What went wrong while something was read, as the sentence that is shown beside it."""

from __future__ import annotations

import logging

from rollset.arm.errors import ArmError
from rollset.core.errors import RollsetError

log = logging.getLogger(__name__)


def spoken(error: Exception) -> str:
    """The error in words. One that nobody foresaw is told of what was being read, and hides nothing else."""
    if isinstance(error, RollsetError):
        return str(error)
    log.debug("an inventory met a fault of our own", exc_info=error)
    return f"something that nobody foresaw: {type(error).__name__}: {error}; please report it"


def seconds_told(error: Exception) -> float | None:
    """How long Azure asks to wait, if it does."""
    return error.retry_after if isinstance(error, ArmError) else None
