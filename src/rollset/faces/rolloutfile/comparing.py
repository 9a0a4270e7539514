"""`policy.compare` in a rollout file."""

from __future__ import annotations

from typing import Annotated

from rollset.core.compare import Compare
from rollset.faces.calls import share_text
from rollset.faces.comparing import compare_document, parse_alpha, parse_compare
from rollset.faces.rolloutfile.parts import Keyed, Part, key
from rollset.faces.rolloutfile.scalars import COUNT, text_kind

USUAL = Compare()
SHARE_PATTERN = r"^\s*[0-9.]+%\s*$"


class ComparePart(Part):
    """How the upgraded instances are compared with those that are not upgraded yet."""

    false_alarms: Annotated[float | None, text_kind(parse_alpha, "5%", share_text, pattern=SHARE_PATTERN)] = key(
        "How often a rollout of an image as good as the old one may be called worse; "
        f"{share_text(USUAL.alpha)} when left out."
    )
    min_instances: Annotated[int | None, COUNT] = key(
        f"No comparison before there are so many on each side; {USUAL.min_instances} when left out."
    )


def _compare(part: ComparePart) -> Compare:
    return Compare(
        alpha=USUAL.alpha if part.false_alarms is None else part.false_alarms,
        min_instances=USUAL.min_instances if part.min_instances is None else part.min_instances,
    )


COMPARE = Keyed(
    part=ComparePart,
    build=_compare,
    parse=parse_compare,
    write=compare_document,
    schema={"type": "string", "pattern": SHARE_PATTERN},
    example="5%",
)
