"""How people write what a comparison may spend, and how its numbers are written for machines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable

from rollset.core.comparing.compare import Compare, Comparison
from rollset.core.errors import UsageError
from rollset.core.outside.gates import AzureMetric, AzureView, Gate, PrometheusQuery, TcpProbe
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
    gates = [{"gate": one.gate, "worse": one.worse.value} for one in compare.gates]
    document: dict[str, object] = {"false_alarms": share_text(compare.alpha), "min_instances": compare.min_instances}
    return document | ({"gates": gates} if gates else {})


def check_gates(compare: Compare | None, gates: Iterable[Gate]) -> None:
    """Makes sure that every number is judged, by its bounds or by comparison, and that there is one to compare.

    Raises:
        UsageError: a gate that is compared is not there, is named twice or has no number; or a number has no judge.
    """
    known, named = {gate.name: gate for gate in gates}, Counter(one.gate for one in (compare.gates if compare else ()))
    for place, name in enumerate(named):
        where = f"policy.compare.gates[{place}].gate: "
        if name not in known:
            raise UsageError(f"{where}there is no gate called {name}; {_spoken_gates(known)}")
        if isinstance(known[name].question, AzureView | TcpProbe):
            raise UsageError(f"{where}gate {name} has no number that could be compared; leave it out")
        if named[name] > 1:
            raise UsageError(f"{where}gate {name} is there {named[name]} times; leave all but one out")
    for place, gate in enumerate(known.values()):
        if (
            not gate.bounds.given
            and isinstance(gate.question, PrometheusQuery | AzureMetric)
            and gate.name not in named
        ):
            raise UsageError(
                f"policy.gates[{place}]: has a number and nothing to judge it by; add below, above or within, or name "
                "it in policy.compare.gates"
            )


def _spoken_gates(known: Collection[str]) -> str:
    return f"known are {', '.join(known)}" if known else "add it to policy.gates"


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
                **({"detail": one.detail} if one.detail else {}),
            }
            for one in comparison.differences
        ],
        "left_out": [{"trait": one.name, "why": one.why} for one in comparison.left_out],
    }


def comparisons_document(comparisons: Iterable[Comparison]) -> list[Json]:
    """Each comparison, the oldest first."""
    return [comparison_document(one) for one in comparisons]
