"""From a wish to a rollout: continues the one that was cut off, or plans, asks, claims the set and begins a new one.

the set is free                        plan, question, claim, begin
its rollout's process is gone          the same wish goes on, without a question; another one is refused
its rollout is alive, or waits for     refused: who has it since when, and how to follow it
a worker
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

from rich.console import Console

from rollset.cli.asking import ask
from rollset.cli.beginning import Rolled
from rollset.cli.findings import print_findings
from rollset.cli.office import Where
from rollset.cli.options import ConnectionFlags
from rollset.cli.planned import print_plan
from rollset.core.plan import Plan
from rollset.core.preflight.examine import refuse_blocked, worth_telling
from rollset.core.preflight.finding import Finding
from rollset.core.preflight.safety import refuse_unsafe
from rollset.engine.prepare import Wish
from rollset.faces.agreed import Agreed
from rollset.faces.ended import nothing_to_do
from rollset.faces.hours import notes_on
from rollset.faces.wishes import WishFlags


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanting:
    """What the user wants, where it is kept, and where he looks."""

    wish: Wish
    flags: WishFlags
    """The wish in words: his own, or those that say what a plan in a file does."""
    agreed: Agreed | None
    """The plan that was agreed to, where it is not asked for now."""
    budget_named: bool
    notes: tuple[str, ...]
    """What is to be said of how it was asked for."""
    accepted: tuple[str, ...]
    """Names of blocking findings to go on in spite of."""
    yes: bool
    start_only: bool
    detach: bool
    where: Where
    connection: ConnectionFlags
    console: Console


class Yard(Protocol):
    """Where one wish becomes a rollout: in this process, or at a dashboard."""

    async def go_on(self) -> Rolled | None:
        """Goes on with the rollout that the same wish began before; `None` where there is none.

        Raises:
            UnsafeError: the set has another rollout.
        """
        ...

    async def plan(self) -> Plan:
        """What would be done now."""
        ...

    async def findings(self, plan: Plan) -> Sequence[Finding]:
        """What is found around the set, before anything is written."""
        ...

    async def begin(self, plan: Plan) -> Rolled:
        """Begins exactly that.

        Raises:
            UnsafeError: another rollout of the set has not ended.
        """
        ...


@asynccontextmanager
async def opened_yard(wanting: Wanting) -> AsyncIterator[Yard]:
    """The one that the user means."""
    url = wanting.where.server_url
    if url is None:
        from rollset.cli.rolling_here import opened_here  # noqa: PLC0415 (the one or the other)

        async with opened_here(wanting) as here:
            yield here
        return
    from rollset.cli.rolling_there import RollingThere  # noqa: PLC0415 (the one or the other)
    from rollset.cli.there import opened_line  # noqa: PLC0415 (the one or the other)

    async with opened_line(url) as line:
        yield RollingThere(wanting, line)


async def carry_out(wanting: Wanting) -> Rolled:
    """Does what is wanted.

    Raises:
        UnsafeError: the plan is not safe, the set is held by another rollout, or nobody is there to be asked.
        Declined: the answer was no.
    """
    async with opened_yard(wanting) as yard:
        return await yard.go_on() or await _begin(wanting, yard)


async def _begin(wanting: Wanting, yard: Yard) -> Rolled:
    plan = await yard.plan()
    print_plan(plan, wanting.console, (*wanting.notes, *notes_on(plan)))
    if wanting.agreed is not None:
        wanting.agreed.check(plan)
    refuse_unsafe(plan, told_otherwise=wanting.budget_named)
    if plan.nothing_to_do:
        return Rolled(outcome=nothing_to_do(plan))
    findings = await yard.findings(plan)
    print_findings(worth_telling(findings), wanting.console)
    refuse_blocked(findings, wanting.accepted)
    if not wanting.yes:
        ask(wanting.console)
    wanting.console.print()
    return await yard.begin(plan)
