"""What an act is to do, complete and exact: enough for any process, on any machine, to carry it out."""

from __future__ import annotations

from dataclasses import dataclass

from rollset.core.acts.act import Act
from rollset.core.fleet import Instance, ScaleSet


@dataclass(frozen=True, slots=True, kw_only=True)
class ActOrder:
    """One act as it was agreed to. `scale_set` and `targets` are what its price was told from.

    `asked_at` is in seconds since the epoch; `by` is who asked for it.
    """

    id: str
    by: str
    asked_at: float
    act: Act
    scale_set: ScaleSet
    targets: tuple[Instance, ...] = ()
    told: str = ""
    """The price, as it was told."""
