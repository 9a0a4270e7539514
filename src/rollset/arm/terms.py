"""Terms of marketplace images, which somebody must have accepted for the subscription."""

from __future__ import annotations

from urllib.parse import quote

import msgspec

from rollset.core.fleet import PurchasePlan


class _Properties(msgspec.Struct):
    accepted: bool | None = None


class TermsShape(msgspec.Struct):
    """The agreement of a plan."""

    properties: _Properties | None = None

    @property
    def accepted(self) -> bool:
        return self.properties is not None and self.properties.accepted is True


TERMS = msgspec.json.Decoder(TermsShape)


def terms_path(subscription: str, plan: PurchasePlan) -> str:
    publisher, product, name = (quote(word, safe="") for word in (plan.publisher, plan.product, plan.name))
    return (
        f"/subscriptions/{subscription}/providers/Microsoft.MarketplaceOrdering/offerTypes/virtualmachine"
        f"/publishers/{publisher}/offers/{product}/plans/{name}/agreements/current"
    )
