"""What all faults have in common: how they read, and the bounds of their numbers."""

from typing import Annotated, ClassVar

import msgspec

Count = Annotated[int, msgspec.Meta(ge=0, le=10**9)]
Times = Annotated[int, msgspec.Meta(ge=1, le=10**9)]
Share = Annotated[float, msgspec.Meta(gt=0, le=1)]
# The longest is ten years: what is multiplied by it stays a time.
Seconds = Annotated[float, msgspec.Meta(gt=0, le=315_360_000)]


class Fault(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", omit_defaults=True
):
    """What shall go wrong, and for how many emulated seconds; without them until it is cleared."""

    # Whether it happens once, when it is added, instead of staying in force.
    momentary: ClassVar[bool] = False

    lasts: Seconds | None = None
