"""The acts whose price was told, so that exactly one of them can be said yes to."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from dataclasses import dataclass, field

from rollset.core.acts.act import Act
from rollset.core.errors import UsageError
from rollset.core.ids import ScaleSetId

KEPT_MAX = 500
"""So many are remembered, the newest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """An act on a set, by whoever was told its price."""

    scale_set: ScaleSetId
    act: Act
    user: str


class Forgotten(UsageError):  # noqa: N818 (reads as the fact it states)
    """The price was told too long ago, to somebody else, or by a server that was started anew since."""


@dataclass(slots=True)
class ShownPrices:
    """Those of one server."""

    _kept: OrderedDict[str, Proposal] = field(default_factory=OrderedDict)

    def keep(self, proposal: Proposal) -> str:
        """The price is told now; returns what to say yes with."""
        key = secrets.token_urlsafe(12)
        self._kept[key] = proposal
        while len(self._kept) > KEPT_MAX:
            self._kept.popitem(last=False)
        return key

    def take(self, key: str, user: str) -> Proposal:
        """The act that was said yes to; nobody can say it twice.

        Raises:
            Forgotten: it is not known here, or was told to somebody else.
        """
        proposal = self._kept.get(key)
        if proposal is None or proposal.user != user:
            raise Forgotten(
                "nothing was done: this price was told too long ago, or was said yes to already; ask for it again"
            )
        del self._kept[key]
        return proposal
