"""A rollout on a terminal: frames, one over the other, as often as there is something new to see.

Frames are written in a thread. A terminal that stands still (Ctrl-S, a connection that hangs) keeps whoever writes to
it waiting, and neither a rollout nor the orders for it may wait with him: frames are left out until it goes on.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from rollset.arm.pauses import Pause
from rollset.cli import faults
from rollset.cli.frame import Frames, Moment
from rollset.cli.screen import knows_unicode
from rollset.engine import events
from rollset.engine.state import State
from rollset.faces.seen import Seen
from rollset.faces.story import Story
from rollset.faces.words import STOPPING

FRAMES_A_SECOND = 8


class LiveView:
    """Shows the story from where it begins; a terminal that goes away is no reason to stop a rollout."""

    def __init__(self, console: Console, extra: Callable[[], str] = str) -> None:
        self._console = console
        self._extra = extra
        self._frames: Frames | None = None
        self._live = Live(console=console, auto_refresh=False, vertical_overflow="crop")
        self._requests: Callable[[], int] = int
        self._began_at = 0.0
        self._news = 0
        self._drawn: tuple[object, ...] = ()
        self._writing: asyncio.Future[None] | None = None

    @asynccontextmanager
    async def showing(self, requests: Callable[[], int]) -> AsyncIterator[None]:
        self._requests = requests
        ticker = asyncio.create_task(self._tick())
        try:
            yield
        finally:
            ticker.cancel()
            if self._writing is not None:
                await self._writing
            self._draw()
            if self._writing is not None:
                await self._writing
            with suppress(OSError):
                self._live.stop()

    def begin(self, state: State) -> None:
        self._frames = Frames(Story.of(state), unicode=knows_unicode(self._console))
        self._began_at = state.order.begun_at
        self._live.start()

    def tell(self, event: events.Event) -> None:
        if self._frames is not None:
            self._frames.story.take(event)
            self._news += 1

    def see(self, seen: Seen, reason: str) -> None:
        if self._frames is not None:
            self._frames.story.see(seen, reason)
            self._news += 1

    def paused(self, pause: Pause) -> None:
        """Before the view has begun, a wait is told as a plain line."""
        if self._frames is None:
            faults.say(str(pause))
        else:
            self._frames.story.take_pause(pause)
            self._news += 1

    def stopping(self, words: str = STOPPING) -> None:
        if self._frames is not None:
            self._frames.story.take_stop(words)
            self._news += 1

    async def _tick(self) -> None:
        while True:
            self._draw()
            await asyncio.sleep(1 / FRAMES_A_SECOND)

    def _draw(self) -> None:
        if self._frames is None or not (self._writing is None or self._writing.done()):
            return
        moment = Moment(
            seconds=max(0.0, time.time() - self._began_at),
            arm_requests=self._requests(),
            extra=self._extra(),
        )
        width, height = self._console.size
        seen = (self._news, int(moment.seconds), moment.extra, width, height)
        if seen == self._drawn:
            return
        self._drawn = seen
        # The last line stays free, so that the terminal never scrolls.
        lines = self._frames.lines(moment, width - 1, height - 1)
        self._writing = asyncio.get_running_loop().run_in_executor(None, self._write, lines)

    def _write(self, lines: Sequence[Text]) -> None:
        with suppress(OSError):
            self._live.update(Group(*lines), refresh=True)
