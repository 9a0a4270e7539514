"""Metrics of a set as somebody sets them, from which autoscale rules read: values that hold until they are set anew."""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

# What rules may look back on; older values are forgotten.
KEPT_SECONDS = 43_200.0


class Held(NamedTuple):
    """A value, for so many seconds."""

    value: float
    seconds: float


@dataclass(slots=True)
class Metrics:
    """The values of each metric, each from a time on; None from when on there is none."""

    _since: dict[str, list[tuple[float, float | None]]] = field(default_factory=dict)

    def set(self, name: str, value: float | None, now: float) -> None:
        kept = self._since.setdefault(name.lower(), [])
        # The one value before the window still holds at its start.
        while len(kept) > 1 and kept[1][0] <= now - KEPT_SECONDS:
            kept.pop(0)
        kept.append((now, value))

    def now(self) -> dict[str, float | None]:
        return {name: kept[-1][1] for name, kept in self._since.items()}

    def aggregate(self, name: str, how: str, start: float, end: float) -> float | None:
        """What the metric came to in a window; None where it had no value in it."""
        held = self._held(name, start, end)
        if not held:
            return None
        values = [one.value for one in held]
        minutes = sum(one.seconds for one in held) / 60
        average = sum(one.value * one.seconds for one in held) / (60 * minutes) if minutes else values[-1]
        return {
            "Average": average,
            "Minimum": min(values),
            "Maximum": max(values),
            "Total": average * minutes,
            "Count": minutes,
            "Last": values[-1],
        }[how]

    def _held(self, name: str, start: float, end: float) -> list[Held]:
        kept = self._since.get(name.lower(), [])
        spans = pairwise([*kept, (end, None)])
        return [
            Held(value, min(until, end) - max(since, start))
            for (since, value), (until, _) in spans
            if value is not None and until > start and since <= end
        ]
