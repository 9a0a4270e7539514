"""Long-running operations: what they wait for, how they end, and how they read.

Azure documentation: "Track asynchronous Azure operations".
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from rollset.emulator.documents import Json
from rollset.emulator.refusal import ArmError
from rollset.emulator.timestamps import azure_time

Ended = Callable[["Operation"], None]


@dataclass(slots=True, kw_only=True, eq=False)
class Operation:
    """One operation. It ends when nothing holds it any more, `Failed` if anything that held it failed."""

    id: str
    location: str
    kind: str
    started_at: float
    poll_pauses: tuple[float, float]
    on_end: list[Ended] = field(default_factory=list)
    error: ArmError | None = None
    # What the call would have answered had it been synchronous, where that is anything.
    output: Json | None = None
    ended_at: float | None = None
    polls: int = 0
    _held: int = 0

    @property
    def status(self) -> str:
        if self.ended_at is None:
            return "InProgress"
        return "Succeeded" if self.error is None else "Failed"

    @property
    def running(self) -> bool:
        return self.ended_at is None

    def hold(self) -> None:
        self._held += 1

    def release(self, now: float, error: ArmError | None = None) -> None:
        """Something that the operation waited for is over; the first error is the one it reports."""
        self._held -= 1
        self.error = self.error or error
        if self._held == 0:
            self.ended_at = now
            for callback in self.on_end:
                callback(self)

    def next_pause(self) -> float:
        """Emulated seconds until the next poll is worth its while: one longer pause, then shorter ones."""
        first, later = self.poll_pauses
        self.polls += 1
        return first if self.polls == 1 else later

    def document(self) -> Json:
        body: Json = {"startTime": azure_time(self.started_at)}
        if self.ended_at is not None:
            body["endTime"] = azure_time(self.ended_at)
        body["status"] = self.status
        if self.output is not None and self.status == "Succeeded":
            body["properties"] = {"output": self.output}
        if self.error is not None and self.ended_at is not None:
            body["error"] = self.error.document()
        body["name"] = self.id
        return body
