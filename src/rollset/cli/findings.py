"""Findings, printed."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from rollset.core.preflight.finding import Finding, Severity

STYLES = {Severity.BLOCKING: "bold red", Severity.WARNING: "yellow", Severity.NOTE: "dim"}


def print_findings(findings: Sequence[Finding], console: Console) -> None:
    """Each with its remedy below it, the heaviest first."""
    for one in findings:
        console.print(Text.assemble((f"{one.severity}: ", STYLES[one.severity]), (one.name, "bold")))
        console.print(f"  {one.fact}", soft_wrap=True, markup=False, highlight=False)
        console.print(f"  -> {one.remedy}", soft_wrap=True, markup=False, highlight=False)
