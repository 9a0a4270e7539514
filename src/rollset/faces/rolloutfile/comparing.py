"""`policy.compare` in a rollout file."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from rollset.core.comparing.compare import Compare, ComparedGate, Worse
from rollset.faces.calls import share_text
from rollset.faces.comparing import compare_document, parse_alpha, parse_compare
from rollset.faces.rolloutfile.gates import TEXT
from rollset.faces.rolloutfile.parts import Keyed, Part, key
from rollset.faces.rolloutfile.scalars import COUNT, GIVEN, one_of, text_kind

USUAL = Compare()
SHARE_PATTERN = r"^\s*[0-9.]+%\s*$"


class ComparedGatePart(Part):
    """One gate whose number is compared."""

    gate: Annotated[str, TEXT] = Field(description="The name of the gate.")
    worse: Annotated[Worse, one_of(Worse)] = Field(description="Which way of its number is the bad one.")


class ComparePart(Part):
    """How the upgraded instances are compared with those that are not upgraded yet."""

    false_alarms: Annotated[float | None, text_kind(parse_alpha, "5%", share_text, pattern=SHARE_PATTERN)] = key(
        "How often a rollout of an image as good as the old one may be called worse; "
        f"{share_text(USUAL.alpha)} when left out."
    )
    min_instances: Annotated[int | None, COUNT] = key(
        f"No comparison before there are so many on each side; {USUAL.min_instances} when left out."
    )
    gates: Annotated[tuple[ComparedGatePart, ...] | None, GIVEN] = key(
        "Gates whose numbers are compared: both sides are asked at the same time."
    )


def _compare(part: ComparePart) -> Compare:
    return Compare(
        alpha=USUAL.alpha if part.false_alarms is None else part.false_alarms,
        min_instances=USUAL.min_instances if part.min_instances is None else part.min_instances,
        gates=tuple(ComparedGate(gate=one.gate, worse=one.worse) for one in part.gates or ()),
    )


COMPARE = Keyed(
    part=ComparePart,
    build=_compare,
    parse=parse_compare,
    write=compare_document,
    schema={"type": "string", "pattern": SHARE_PATTERN},
    example="5%",
)
