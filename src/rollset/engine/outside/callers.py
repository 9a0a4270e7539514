"""Makes calls: asks the questions of gates, and runs what hooks call."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from typing import Protocol, assert_never

from rollset.arm.azure import Azure
from rollset.core.errors import RollsetError
from rollset.core.fleet import Health, Power, Provisioning
from rollset.core.ids import InstanceId
from rollset.core.outside.calls import Call, Command, WebCall
from rollset.core.outside.gates import Answer, AzureMetric, AzureView, PrometheusQuery, Question, TcpProbe, ViewPart
from rollset.core.outside.placeholders import ADDRESS, names_address
from rollset.engine.outside.questions import ask_command, ask_prometheus, ask_tcp, ask_web
from rollset.engine.outside.subject import Subject
from rollset.engine.outside.template import Filling
from rollset.engine.printable import printable

AT_ONCE_MAX = 32
"""So many calls run at the same time; more would be a flood."""

GRACE_SECONDS = 5.0
"""Beside its own time, so long may finding an address take, and ending a command that is late."""


class Outside(Protocol):
    """Whom a rollout asks and calls; in simulations, somebody who lies."""

    async def ask(self, question: Question, about: Subject, seconds: float) -> Answer:
        """The answer; never raises for what happened outside."""
        ...

    async def call(self, call: Call, about: Subject, seconds: float) -> Answer:
        """Whether it went well, and in what words; never raises for what happened outside."""
        ...


class Callers:
    """The real world. `environ` is where commands run, and where `${NAME}` is looked up."""

    def __init__(self, azure: Azure, environ: Mapping[str, str] | None = None) -> None:
        self._azure = azure
        self._environ = os.environ if environ is None else environ
        self._room = asyncio.Semaphore(AT_ONCE_MAX)
        self._addresses: dict[InstanceId, str] = {}

    async def ask(self, question: Question, about: Subject, seconds: float) -> Answer:
        async with self._room:
            answer = await self._guarded(question, about, seconds)
        if not answer.yes and about.instance is not None:
            # Perhaps it has another address by now: the next time it is looked up anew.
            self._addresses.pop(about.instance, None)
        return answer

    async def call(self, call: Call, about: Subject, seconds: float) -> Answer:
        # Not one after another in small groups: what drains takes long, and costs nothing here.
        return await self._guarded(call, about, seconds)

    async def _guarded(self, question: Question, about: Subject, seconds: float) -> Answer:
        filling = Filling(about.facts, self._environ)
        try:
            async with asyncio.timeout(seconds + 2 * GRACE_SECONDS):
                if names_address(question):
                    filling.facts = {**about.facts, ADDRESS: await self._address(about)}
                answer = await self._ask(question, about, filling, seconds)
        except TimeoutError:
            return Answer(yes=False, words=f"no answer within {seconds:g} s")
        except RollsetError as error:
            return Answer(yes=False, words=printable(filling.hide(str(error))))
        return Answer(yes=answer.yes, words=printable(filling.hide(answer.words)), number=answer.number)

    async def _ask(self, question: Question, about: Subject, filling: Filling, seconds: float) -> Answer:
        match question:
            case WebCall():
                return await ask_web(question, filling, seconds)
            case TcpProbe():
                return await ask_tcp(question, filling, seconds)
            case PrometheusQuery():
                return await ask_prometheus(question, filling, seconds)
            case Command():
                return await ask_command(question, filling, _environment(about, filling), seconds)
            case AzureView() | AzureMetric():
                async with asyncio.timeout(seconds):
                    return await self._ask_azure(question, about)
            case _:
                assert_never(question)

    async def _ask_azure(self, question: AzureView | AzureMetric, about: Subject) -> Answer:
        assert about.instance is not None, "Azure is asked about an instance"
        if isinstance(question, AzureMetric):
            number = await self._azure.metric(
                about.scale_set,
                about.instance,
                question.name,
                question.aggregation,
                since=about.since,
                until=about.at,
            )
            words = "nothing measured yet" if number is None else f"{number:g}"
            return Answer(yes=number is not None, words=words, number=number)
        seen = await self._azure.instance(about.scale_set, about.instance)
        if seen is None:
            return Answer(yes=False, words="it exists no more")
        if question.part is ViewPart.HEALTH:
            return Answer(yes=seen.health is Health.HEALTHY, words=f"health {seen.health or 'not reported'}")
        well = seen.power is Power.RUNNING and seen.provisioning is Provisioning.SUCCEEDED
        return Answer(yes=well, words=f"power {seen.power}, provisioning {seen.provisioning}")

    async def _address(self, about: Subject) -> str:
        if about.instance is None:
            return ""
        if about.instance not in self._addresses:
            self._addresses[about.instance] = await self._azure.private_address(about.scale_set, about.instance)
        return self._addresses[about.instance]


def _environment(about: Subject, filling: Filling) -> dict[str, str]:
    address = filling.facts.get(ADDRESS)
    return about.environment() | ({} if address is None else {"ROLLSET_IP": address})
