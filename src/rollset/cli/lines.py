"""A rollout where no terminal is: one line for each fact that matters, with the time, at once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from datetime import datetime

from rich.console import Console

from rollset.arm.pauses import Pause
from rollset.core.decide import Wait
from rollset.core.selection import spoken_ids
from rollset.engine import events
from rollset.engine.state import State
from rollset.faces.aims import Aim
from rollset.faces.exactly import short_hash
from rollset.faces.seen import Seen
from rollset.faces.story import Story
from rollset.faces.telling import proven_words, sentence
from rollset.faces.words import STOPPING, plural


def local_time() -> str:
    return datetime.now().astimezone().strftime("%H:%M:%S")


class Lines:
    """Writes facts to `console`. A reader that goes away is no reason to stop a rollout."""

    def __init__(self, console: Console, extra: Callable[[], str] = str, now: Callable[[], str] = local_time) -> None:
        self._stream = console.file
        self._extra = extra
        self._now = now
        self._story: Story | None = None
        self._proven: list[events.Proven] = []
        self._waiting = ""

    def showing(self, _requests: Callable[[], int]) -> AbstractAsyncContextManager[None]:
        return nullcontext()

    def paused(self, pause: Pause) -> None:
        self.say(str(pause))

    def stopping(self, words: str = STOPPING) -> None:
        self.say(words)

    def begin(self, state: State) -> None:
        self._story = story = Story.of(state)
        plan, back = state.plan, state.order.way_back
        undo = "" if back is None else f"undo of {back.rollout}, "
        count = len(plan.upgrades) if back is None else story.total or len(back.touched)
        words = (
            f"{plan.fleet.scale_set.id}: {undo}{Aim.of_state(state)}, {plural(count, 'instance')}, at most "
            f"{plan.at_once} at once (plan {short_hash(plan.hash)})"
        )
        self.say("; ".join(filter(None, (words, story.said))))

    def tell(self, event: events.Event) -> None:
        assert self._story is not None, "a story begins before it goes on"
        self._story.take(event)
        if isinstance(event, events.Proven):
            self._proven.append(event)
            return
        # Who has come back is told before whatever follows from it: no look of ours need lie in between.
        self._tell_proven()
        match event:
            case events.Began() | events.Looked() | events.Ended() | events.Closed():
                pass
            case events.Waiting(decision=Wait(barrier=False)):
                pass  # That as many are out as may be was said with the request that sent them.
            case events.PolicyWriting() | events.Suspending() | events.ModelWriting() | events.ModelReady():
                pass  # What comes of it is told.
            case events.Answered(refused=None, lost=None) | events.Closing():
                pass
            case events.GateSaid(yes=True, open=False):
                pass  # The first yes of several: what the last one opens is told.
            case events.Waiting() | events.Troubled():
                self._wait(sentence(event))
            case _:
                self.say(sentence(event))

    def see(self, seen: Seen, _reason: str) -> None:
        assert self._story is not None, "a story begins before it goes on"
        self._story.see(seen)
        self._tell_proven()

    def say(self, words: str) -> None:
        with suppress(OSError, ValueError):
            self._stream.write(f"{self._now()}  {words}\n")
            self._stream.flush()

    def _tell_proven(self) -> None:
        if not self._proven or self._story is None:
            return
        told = [self._told(off=off) for off in (False, True) if any(one.off is off for one in self._proven)]
        counted = f"{self._story.done} of {self._story.total} done"
        self.say("; ".join(filter(None, (*told, counted, self._extra()))))
        self._proven.clear()

    def _told(self, *, off: bool) -> str:
        alike = [one for one in self._proven if one.off is off]
        longest = max((one.seconds for one in alike if one.seconds is not None), default=None)
        return f"{spoken_ids(one.instance for one in alike)} {proven_words(longest, off=off)}"

    def _wait(self, reason: str) -> None:
        """Each reason once, however many looks it lasts for."""
        if reason != self._waiting:
            self.say(reason)
        self._waiting = reason
