"""A rollout where no terminal is: one line for each event that matters, with the time, at once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from datetime import datetime

from rich.console import Console

from rollset.arm.pauses import Pause
from rollset.cli.durations import spoken_duration
from rollset.cli.words import STOPPING, image_change, plural, why_nothing_starts
from rollset.core.decide import Wait
from rollset.core.ids import InstanceId
from rollset.core.selection import spoken_ids
from rollset.engine import events


def local_time() -> str:
    return datetime.now().astimezone().strftime("%H:%M:%S")


class Lines:
    """Writes events to `console`. A reader that goes away is no reason to stop a rollout."""

    def __init__(self, console: Console, extra: Callable[[], str] = str, now: Callable[[], str] = local_time) -> None:
        self._stream = console.file
        self._extra = extra
        self._now = now
        self._to_prove: frozenset[InstanceId] = frozenset()
        self._proven: list[events.Proven] = []
        self._waiting = ""

    def showing(self, _requests: Callable[[], int]) -> AbstractAsyncContextManager[None]:
        return nullcontext()

    def paused(self, pause: Pause) -> None:
        self.say(str(pause))

    def stopping(self) -> None:
        self.say(STOPPING)

    def tell(self, event: events.Event) -> None:
        match event:
            case events.Began(plan=plan):
                self._to_prove = plan.to_prove
                self.say(
                    f"{plan.fleet.scale_set.id}: {image_change(plan.fleet.scale_set.image, plan.job.image)}, "
                    f"{plural(len(plan.upgrades), 'instance')}, at most {plan.at_once} at once"
                )
            case events.PolicyWritten():
                self.say(f"the upgrade policy was {event.before} and is {event.mode} now")
            case events.ModelWritten():
                self.say(f"the model names {event.image} now")
            case events.Asked():
                self.say(f"upgrading {spoken_ids(event.instances)} ({event.reason})")
            case events.Proven():
                self._proven.append(event)
            case events.Looked():
                self._looked(event)
            case events.Failed(failure=failure):
                self.say(f"instance {failure.instance} failed: {failure.error}")
            case events.Ended() | events.Waiting(decision=Wait(barrier=False)):
                pass  # That as many are out as may be was said with the request that sent them.
            case events.Waiting() | events.Troubled():
                self._wait(why_nothing_starts(event))

    def say(self, words: str) -> None:
        with suppress(OSError, ValueError):
            self._stream.write(f"{self._now()}  {words}\n")
            self._stream.flush()

    def _looked(self, event: events.Looked) -> None:
        if not self._proven:
            return
        done = len(self._to_prove & event.situation.progress.proven.keys())
        known = [one.seconds for one in self._proven if one.seconds is not None]
        took = f" after {spoken_duration(max(known))}" if known else ""
        ids = spoken_ids(one.instance for one in self._proven)
        words = (f"{ids} on the image and healthy{took}", f"{done} of {len(self._to_prove)} done", self._extra())
        self.say("; ".join(filter(None, words)))
        self._proven.clear()

    def _wait(self, reason: str) -> None:
        """Each reason once, however many looks it lasts for."""
        if reason != self._waiting:
            self.say(reason)
        self._waiting = reason
