"""Findings as text and as a document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rollset.core.preflight.finding import Finding, Severity
from rollset.faces.documents import Json
from rollset.faces.words import plural


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
