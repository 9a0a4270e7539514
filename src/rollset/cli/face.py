"""What a rollout shows itself with: a live view on a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from rich.console import Console

from rollset.arm.pauses import Pause
from rollset.cli.lines import Lines
from rollset.cli.live import LiveView
from rollset.engine.events import Event
from rollset.engine.state import State
from rollset.faces.seen import Seen
from rollset.faces.words import STOPPING


class Face(Protocol):
    """Is told everything, and shows what it likes; never raises towards the rollout."""

    def begin(self, state: State) -> None:
        """Where the rollout stands: at its begin, or wherever one joins it. Comes before everything else."""
        ...

    def tell(self, event: Event) -> None: ...

    def see(self, seen: Seen, reason: str) -> None:
        """The fleet as another process saw it, and what that one decided."""
        ...

    def paused(self, pause: Pause) -> None: ...

    def stopping(self, words: str = STOPPING) -> None:
        """The user wants it to stop, or to look no longer; in the given words."""
        ...

    def showing(self, requests: Callable[[], int]) -> AbstractAsyncContextManager[None]:
        """Within, the rollout runs; `requests` tells how many it has made to Azure so far."""
        ...


def face_for(console: Console, extra: Callable[[], str] = str) -> Face:
    """The face that fits where `console` writes to; `extra` is a line of the caller's own."""
    if console.is_terminal and not console.is_dumb_terminal:
        return LiveView(console, extra)
    return Lines(console, extra)
