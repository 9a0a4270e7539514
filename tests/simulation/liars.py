"""Whom gates ask and hooks call in a simulation: they lie, flap, fail and are late, until all is calm.

What each has said and done is kept in an account of its own, which the referee reads.
"""

import asyncio
from dataclasses import dataclass, field
from random import Random

from rollset.core.outside.calls import Command, WebCall
from rollset.core.outside.gates import Answer, Bounds, Gate, PrometheusQuery
from rollset.core.outside.hooks import Hook, Moment

GATES = (
    Gate(name="web", question=WebCall(url="http://{ip}/healthz")),
    Gate(name="own", question=Command(argv=("measure", "{id}")), bounds=Bounds(within=0.5), successes=3),
)
LOAD = Gate(name="load", question=PrometheusQuery(url="http://prometheus:9090", query="load"))
"""What is compared. Its number is told by `Liars.load`."""
HOOKS = tuple(
    Hook(moment=moment, name=moment.value, call=Command(argv=(moment.value, "{id}")), deadline_seconds=100.0)
    for moment in Moment
)
BURDEN = 1000.0
"""More than any two instances of one image differ by."""

HOOK_SECONDS = sum(hook.deadline_seconds for hook in HOOKS)


def drawn_outside(seed, *, compares=False):
    """The gates and the hooks of a seed; most have none, and who compares has one gate."""
    luck = Random(f"outside of {seed}")
    gates = tuple(gate for gate in GATES if luck.random() < 0.2)
    hooks = tuple(hook for hook in HOOKS if luck.random() < 0.5) if luck.random() < 0.25 else ()
    return {"gates": (*gates, LOAD) if compares else gates, "hooks": hooks}


@dataclass
class Liars:
    """`share` of what they say is not so, drawn from the seed, for as long as it is not calm."""

    seed: int
    clock: object
    calm_at: float
    burdened: object
    """Whether the image that an instance runs makes it slower than the others."""
    said: dict = field(default_factory=dict)
    """By gate and instance: what was answered, in order."""
    readied: set = field(default_factory=set)
    """Those before whose upgrade the hook has gone well, and that were not sent since."""
    calls: int = 0

    def __post_init__(self):
        luck = Random(f"lies of {self.seed}")
        self.share = luck.choice([0.0, 0.1, 0.3])
        self.luck = luck
        self.by_question = {str(gate.question): gate for gate in (*GATES, LOAD)}

    async def ask(self, question, about, seconds):
        await asyncio.sleep(min(seconds, self._takes(seconds)))
        gate, lies = self.by_question[str(question)], self._lies()
        number = None if gate.name == "web" else self._number(about.instance)
        if gate is LOAD and self.burdened(about.instance):
            number += BURDEN
        answer = Answer(yes=not lies, words="no" if lies else "yes", number=number)
        self.said.setdefault((gate.name, about.instance), []).append(answer.yes)
        return answer

    async def call(self, call, about, seconds):
        self.calls += 1
        takes = self._takes(seconds)
        await asyncio.sleep(min(seconds, takes))
        if takes > seconds or self._lies(0.3):
            return Answer(yes=False, words="no route")
        if call.argv[0] == Moment.BEFORE_INSTANCE:
            self.readied.add(about.instance)
        return Answer(yes=True, words="done")

    def vouched(self, one, gate):
        """Whether the gate has ever said yes to it so often in a row."""
        run = 0
        for yes in self.said.get((gate.name, one), ()):
            run = run + 1 if yes else 0
            if run >= gate.successes:
                return True
        return False

    @staticmethod
    def _number(instance):
        return 100.0 + int("0" + str(instance)[-1:], 36)

    @property
    def _calm(self):
        return self.clock() >= self.calm_at

    def _lies(self, part=1.0):
        return not self._calm and self.luck.random() < self.share * part

    def _takes(self, seconds):
        if self._calm:
            return 0.0
        return self.luck.choice(
            [0.0, 0.0, 0.0, 0.1 * seconds, 0.5 * seconds, *((2.0 * seconds,) if self.share else ())]
        )
