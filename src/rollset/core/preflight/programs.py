"""Programs that hooks and gates call, and that are not where the check runs."""

from __future__ import annotations

from collections.abc import Iterator

from rollset.core.outside.calls import Command
from rollset.core.pace import Job
from rollset.core.preflight.facts import Facts
from rollset.core.preflight.finding import Finding, warning

NO_PROGRAM = warning(
    "no-such-program",
    "A hook or gate calls a command that is no program on this machine: it would fail for the first instance.",
)
KINDS = (NO_PROGRAM,)

OPEN = "{$"
"""What a name holds that is known only when the call is made."""


def programs_of(job: Job) -> dict[str, str]:
    """What the job calls by a name that is known beforehand, each with who calls it first."""
    calls = [(f"hook {one.name} ({one.moment})", one.call) for one in job.hooks]
    asked = [(f"gate {one.name}", one.question) for one in job.gates]
    found: dict[str, str] = {}
    for caller, called in (*calls, *asked):
        if isinstance(called, Command) and not any(mark in called.argv[0] for mark in OPEN):
            found.setdefault(called.argv[0], caller)
    return found


def program_findings(facts: Facts) -> Iterator[Finding]:
    callers = programs_of(facts.plan.job)
    for one in facts.around.missing_programs:
        yield NO_PROGRAM.found(
            f"{callers[one]} calls {one}, which is no program on this machine",
            "put it where the rollout runs, make it executable, or name it by its whole path",
        )
