"""Findings as text and as a document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from rollset.cli.documents import Json
from rollset.cli.words import plural
from rollset.core.preflight.finding import Finding, Severity

STYLES = {Severity.BLOCKING: "bold red", Severity.WARNING: "yellow", Severity.NOTE: "dim"}


def print_findings(findings: Sequence[Finding], console: Console) -> None:
    """Each with its remedy below it, the heaviest first."""
    for one in findings:
        console.print(Text.assemble((f"{one.severity}: ", STYLES[one.severity]), (one.name, "bold")))
        console.print(f"  {one.fact}", soft_wrap=True, markup=False, highlight=False)
        console.print(f"  -> {one.remedy}", soft_wrap=True, markup=False, highlight=False)


def finding_document(finding: Finding) -> Json:
    """One finding; `accept` is whether `upgrade --accept NAME` lets it pass."""
    return {
        "name": finding.name,
        "severity": finding.severity.value,
        "fact": finding.fact,
        "remedy": finding.remedy,
        "accept": finding.blocks and finding.kind.acceptable,
    }


def counted(findings: Sequence[Finding]) -> dict[str, int]:
    """How many there are of each severity."""
    counts = Counter(one.severity for one in findings)
    return {severity.value: counts[severity] for severity in Severity}


def total(findings: Sequence[Finding]) -> str:
    """The counts in one line."""
    counts = counted(findings)
    return f"{counts['blocking']} blocking, {plural(counts['warning'], 'warning')}, {plural(counts['note'], 'note')}"
