"""Whom gates ask and hooks call, on a virtual clock: what they answer, and how long that takes, is up to the test."""

import asyncio
from dataclasses import dataclass, field

from rollset.core.outside.gates import Answer


def yes(_about, _now):
    return Answer(yes=True, words="HTTP 200")


@dataclass
class Outsiders:
    """`answers` by the text of a question, and `calls` by that of a call; what is not named says yes at once.

    An answer is made by a function of the subject and the time. `asked` and `called` are the honest account.
    """

    answers: dict = field(default_factory=dict)
    calls: dict = field(default_factory=dict)
    seconds: dict = field(default_factory=dict)
    asked: list = field(default_factory=list)
    called: list = field(default_factory=list)
    ended: list = field(default_factory=list)

    async def ask(self, question, about, seconds):
        now = asyncio.get_running_loop().time()
        self.asked.append((now, str(question), about.instance))
        return await self._answer(self.answers, str(question), about, seconds)

    async def call(self, call, about, seconds):
        now = asyncio.get_running_loop().time()
        self.called.append((now, str(call), dict(about.facts)))
        answer = await self._answer(self.calls, str(call), about, seconds)
        self.ended.append((asyncio.get_running_loop().time(), str(call), about.instance))
        return answer

    async def _answer(self, known, text, about, seconds):
        takes = self.seconds.get(text, 0.0)
        await asyncio.sleep(min(takes, seconds))
        if takes > seconds:
            return Answer(yes=False, words=f"not done within {seconds:g} s, and ended")
        return known.get(text, yes)(about, asyncio.get_running_loop().time())

    def whom(self, text):
        """The instances for which something was called, in order."""
        return [facts.get("id") for _, call, facts in self.called if call == text]
