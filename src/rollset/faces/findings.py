"""Findings as text and as a document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rollset.core.plan import Plan
from rollset.core.preflight.finding import Finding, Severity
from rollset.faces.documents import Json, image_document
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


def examined_document(plan: Plan, findings: Sequence[Finding], requests: int | None) -> Json:
    """What `doctor -o json` prints; `requests` is `None` where nobody has counted them."""
    return {
        "scale_set": plan.fleet.scale_set.id.path,
        "image": {
            "before": image_document(plan.fleet.scale_set.image),
            "after": image_document(plan.job.image),
        },
        "findings": [finding_document(one) for one in findings],
        "count": counted(findings),
        "arm_requests": requests,
    }


def counted(findings: Sequence[Finding]) -> dict[str, int]:
    """How many there are of each severity."""
    counts = Counter(one.severity for one in findings)
    return {severity.value: counts[severity] for severity in Severity}


def total(findings: Sequence[Finding]) -> str:
    """The counts in one line."""
    counts = counted(findings)
    return f"{counts['blocking']} blocking, {plural(counts['warning'], 'warning')}, {plural(counts['note'], 'note')}"
