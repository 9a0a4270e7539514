"""When something was, in the tables of `rollset serve`."""

from __future__ import annotations

from datetime import datetime


def when(at: float | None) -> str:
    """By the clock of this machine; `never` where it was not."""
    return "never" if at is None else datetime.fromtimestamp(at).astimezone().strftime("%Y-%m-%d %H:%M")
