"""Ends a run of a rollout the way kill -9 does, at a point drawn beforehand: nothing after it is done or noted."""

from dataclasses import dataclass

from tests.support.inprocess import AppTransport


class Crash(BaseException):
    """The process is gone; not an `Exception`, for nothing in it could have caught that."""


@dataclass(frozen=True, kw_only=True)
class Point:
    """The `count`-th request to Azure, or turn, of a run: before it, after the work and before the answer, or after it."""

    what: str
    count: int
    when: str


class Crashing:
    """Counts what a run does, and ends it at its point; `None` lets it live."""

    def __init__(self, point):
        self.point = point
        self.done = {"request": 0, "turn": 0}
        self.dead = False

    def begin(self, what):
        self.check_alive()
        self.done[what] += 1
        self._at(what, "before")

    def middle(self, what):
        self._at(what, "middle")

    def end(self, what):
        self._at(what, "after")

    def check_alive(self):
        if self.dead:
            raise Crash

    def _at(self, what, when):
        point = self.point
        if point is not None and (what, self.done[what], when) == (point.what, point.count, point.when):
            self.dead = True
        self.check_alive()


class CrashingTransport(AppTransport):
    """A line of one run; `delivered` hears of each request at the moment when it reaches Azure."""

    def __init__(self, app, crashing, delivered):
        super().__init__(app)
        self._crashing = crashing
        self._delivered = delivered

    async def send(self, request, **options):
        self._crashing.begin("request")
        answer = await super().send(request, **options)
        self._crashing.end("request")
        return answer

    async def _call(self, request, seconds):
        self._delivered(request)
        answer = await super()._call(request, seconds)
        self._crashing.middle("request")
        return answer


class CrashingJournal:
    """Over a list that outlives the run."""

    def __init__(self, kept, crashing, told):
        self.kept = kept
        self._crashing = crashing
        self._told = told
        self._at = 0

    async def keep(self, make):
        if self._at == len(self.kept):
            self._crashing.begin("turn")
            text = await make()
            self._crashing.middle("turn")
            self.kept.append(text)
            self._told(text)
            self._crashing.end("turn")
        self._at += 1
        return self.kept[self._at - 1]
