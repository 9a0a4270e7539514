"""Health gates: what has to say yes to an upgraded instance, several times in a row, before it counts as proven.

A gate is asked a question; what comes back is an answer, perhaps with a number; `judge` makes it a yes or a no, in
words. No answer, a late one and one that cannot be read are a no. It takes as many in a row to close an open gate as to
open a closed one, so that a flicker does neither.

    successes 2        answers          open
                       yes              no
                       yes yes          yes
                       yes no yes       no
                       yes yes no       yes
                       yes yes no no    no
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from math import isfinite

from rollset.core.outside.calls import Command, Headers, WebCall

SUCCESSES = 2
INTERVAL_SECONDS = 10.0
TIMEOUT_SECONDS = 5.0
WORDS_MAX = 300
"""So much of an answer is kept."""


class ViewPart(StrEnum):
    """What Azure itself says of an instance."""

    HEALTH = "health"
    """The verdict of the Application Health extension or of the load balancer's probe."""
    POWER = "power"
    """Running, and provisioned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AzureView:
    """The instance view, read anew each time."""

    part: ViewPart

    def __str__(self) -> str:
        return f"azure:{self.part}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TcpProbe:
    """Whether somebody listens at `HOST:PORT`."""

    address: str

    def __str__(self) -> str:
        return f"tcp://{self.address}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PrometheusQuery:
    """One number from the instant query API of the server at `url`."""

    url: str
    query: str
    headers: Headers = ()

    def __str__(self) -> str:
        return f"prometheus: {self.query}"


class Aggregation(StrEnum):
    """How Azure Monitor sums up what it measured in a minute."""

    AVERAGE = "average"
    MINIMUM = "minimum"
    MAXIMUM = "maximum"
    TOTAL = "total"
    COUNT = "count"


@dataclass(frozen=True, slots=True, kw_only=True)
class AzureMetric:
    """The latest value that Azure Monitor has of a metric of the instance."""

    name: str
    aggregation: Aggregation = Aggregation.AVERAGE

    def __str__(self) -> str:
        return f"metric: {self.name}"


Question = AzureView | WebCall | TcpProbe | PrometheusQuery | Command | AzureMetric


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What a number has to keep to; `within` is the share by which it may differ from the instance's own baseline."""

    below: float | None = None
    above: float | None = None
    within: float | None = None

    @property
    def given(self) -> bool:
        return self.below is not None or self.above is not None or self.within is not None

    def __str__(self) -> str:
        words = [f"below {self.below:g}"] if self.below is not None else []
        words += [f"above {self.above:g}"] if self.above is not None else []
        words += [f"within {100 * self.within:g}% of its baseline"] if self.within is not None else []
        return " and ".join(words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """`name` is how answers are told apart; no two gates of a job share one."""

    name: str
    question: Question
    bounds: Bounds = field(default_factory=Bounds)
    successes: int = SUCCESSES
    interval_seconds: float = INTERVAL_SECONDS
    timeout_seconds: float = TIMEOUT_SECONDS

    def __str__(self) -> str:
        words = str(self.question) if self.name == str(self.question) else f"{self.name} ({self.question})"
        return f"{words} {self.bounds}" if self.bounds.given else words


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back: `yes` as far as the question itself can tell, and its number if it has one."""

    yes: bool
    words: str
    number: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether a gate said yes, and why."""

    yes: bool
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Streak:
    """What one gate has said of one instance of late: the last answer, and how often in a row."""

    yes: bool
    words: str
    count: int
    at: float
    open: bool = False

    def __str__(self) -> str:
        times = f", {self.count} times in a row" if self.count > 1 else ""
        return f"{'yes' if self.yes else 'no'}{times}: {self.words}"

    def after(self, verdict: Verdict, gate: Gate, now: float) -> Streak:
        """The same, with one more verdict."""
        count = self.count + 1 if verdict.yes == self.yes else 1
        turned = replace(self, yes=verdict.yes, words=verdict.words, count=count, at=now)
        return replace(turned, open=verdict.yes) if count >= gate.successes else turned


def judge(gate: Gate, answer: Answer, baseline: float | None) -> Verdict:
    """A yes or a no. An instance that served nobody when it was taken out has no baseline to be held against."""
    if not answer.yes:
        return Verdict(yes=False, words=_clipped(answer.words))
    if not gate.bounds.given:
        return Verdict(yes=True, words=_clipped(answer.words))
    if answer.number is None or not isfinite(answer.number):
        return Verdict(yes=False, words=_clipped(f"no number to judge: {answer.words}"))
    if why := _beyond(gate.bounds, answer.number, baseline):
        return Verdict(yes=False, words=why)
    return Verdict(yes=True, words=f"{answer.number:g} is {_kept(gate.bounds, baseline)}")


def first_streak(verdict: Verdict, gate: Gate, now: float) -> Streak:
    """After the first verdict."""
    none = Streak(yes=verdict.yes, words="", count=0, at=now)
    return none.after(verdict, gate, now)


def _beyond(bounds: Bounds, number: float, baseline: float | None) -> str:
    if bounds.below is not None and not number < bounds.below:
        return f"{number:g} is not below {bounds.below:g}"
    if bounds.above is not None and not number > bounds.above:
        return f"{number:g} is not above {bounds.above:g}"
    if bounds.within is None or baseline is None or abs(number - baseline) <= bounds.within * abs(baseline):
        return ""
    return f"{number:g} is not within {100 * bounds.within:g}% of {baseline:g}, its baseline"


def _kept(bounds: Bounds, baseline: float | None) -> str:
    if bounds.within is None:
        return str(bounds)
    measured = "it had none" if baseline is None else f"{baseline:g}"
    return f"{bounds} ({measured})"


def _clipped(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= WORDS_MAX else line[: WORDS_MAX - 3] + "..."
