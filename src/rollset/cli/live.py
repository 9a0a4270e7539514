"""A rollout on a terminal: frames, one over the other, as often as there is something new to see."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from rich.console import Console, Group
from rich.live import Live

from rollset.arm.pauses import Pause
from rollset.cli import faults
from rollset.cli.frame import Frames, Moment
from rollset.cli.screen import knows_unicode
from rollset.cli.story import Story
from rollset.core.decide import survey
from rollset.core.plan import Plan
from rollset.core.progress import Progress
from rollset.engine import events

FRAMES_A_SECOND = 8


class LiveView:
    """Shows the story from `Began` to `Ended`; a terminal that goes away is no reason to stop a rollout."""

    def __init__(self, console: Console, extra: Callable[[], str] = str) -> None:
        self._console = console
        self._extra = extra
        self._frames: Frames | None = None
        self._live = Live(console=console, auto_refresh=False, vertical_overflow="crop")
        self._requests: Callable[[], int] = int
        self._began = 0.0
        self._news = 0
        self._drawn: tuple[object, ...] = ()

    @asynccontextmanager
    async def showing(self, requests: Callable[[], int]) -> AsyncIterator[None]:
        before = requests()
        self._requests = lambda: requests() - before
        self._began = asyncio.get_running_loop().time()
        ticker = asyncio.create_task(self._tick())
        try:
            yield
        finally:
            ticker.cancel()
            self._draw()
            with suppress(OSError):
                self._live.stop()

    def tell(self, event: events.Event) -> None:
        if isinstance(event, events.Began):
            self._begin(event.plan)
        if self._frames is not None:
            self._frames.story.take(event)
            self._news += 1

    def paused(self, pause: Pause) -> None:
        """Before the view has begun, a wait is told as a plain line."""
        if self._frames is None:
            faults.say(str(pause))
        else:
            self._frames.story.take_pause(pause)
            self._news += 1

    def stopping(self) -> None:
        if self._frames is not None:
            self._frames.story.take_stop()
            self._news += 1

    def _begin(self, plan: Plan) -> None:
        story = Story(plan=plan, situation=survey(plan.fleet, plan.job, Progress()))
        self._frames = Frames(story, unicode=knows_unicode(self._console))
        self._live.start()

    async def _tick(self) -> None:
        while True:
            self._draw()
            await asyncio.sleep(1 / FRAMES_A_SECOND)

    def _draw(self) -> None:
        if self._frames is None:
            return
        moment = Moment(
            seconds=asyncio.get_running_loop().time() - self._began,
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
        with suppress(OSError):
            self._live.update(Group(*lines), refresh=True)
