"""What a rollout shows itself with: a live view on a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console

from rollset.arm.pauses import Pause
from rollset.cli.lines import Lines
from rollset.cli.live import LiveView
from rollset.engine.events import Event


class Face(Protocol):
    """Is told everything, and shows what it likes; never raises towards the rollout."""

    def tell(self, event: Event) -> None: ...

    def paused(self, pause: Pause) -> None: ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def face_for(console: Console, requests: Callable[[], int], extra: Callable[[], str] = str) -> Face:
    """The face that fits where `console` writes to; `requests` counts those made to Azure, `extra` is a last line."""
    if console.is_terminal and not console.is_dumb_terminal:
        return LiveView(console, requests, extra)
    return Lines(console.file, extra)
