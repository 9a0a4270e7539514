"""How people write what a comparison may spend, and how its numbers are written for machines."""

from __future__ import annotations

from collections.abc import Iterable

from rollset.core.compare import Compare, Comparison
from rollset.core.errors import UsageError
from rollset.faces.calls import parse_share, share_text
from rollset.faces.documents import Json

ALPHA_MAX = 0.5


def parse_compare(text: str) -> Compare:
    """Reads `5%`.

    Raises:
        UsageError: it is no share, or none that makes sense.
    """
    return Compare(alpha=parse_alpha(text))


def parse_alpha(text: str) -> float:
    """Reads how often a good image may be called worse.

    Raises:
        UsageError: never, or more often than not.
    """
    share = parse_share(text)
    if not 0 < share <= ALPHA_MAX:
        raise UsageError(f"{text} is no share of false alarms; write one above 0% and up to {share_text(ALPHA_MAX)}")
    return share


def compare_document(compare: Compare) -> dict[str, object]:
    """Its keys in a file."""
    return {"false_alarms": share_text(compare.alpha), "min_instances": compare.min_instances}


def comparison_document(comparison: Comparison) -> Json:
    """Trait by trait, each with its numbers."""
    return {
        "worse": bool(comparison.worse),
        "differences": [
            {
                "trait": one.name,
                "worse": one.worse,
                "upgraded": one.upgraded,
                "upgraded_count": one.upgraded_count,
                "rest": one.rest,
                "rest_count": one.rest_count,
                "p": one.p,
                "threshold": one.threshold,
            }
            for one in comparison.differences
        ],
    }


def comparisons_document(comparisons: Iterable[Comparison]) -> list[Json]:
    """Each comparison, the oldest first."""
    return [comparison_document(one) for one in comparisons]
