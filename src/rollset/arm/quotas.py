"""What a subscription may use in a region, and what it uses."""

from __future__ import annotations

import msgspec

from rollset.arm.reply import Page
from rollset.core.preflight.around import Usage


class _Name(msgspec.Struct, rename="camel"):
    value: str | None = None
    localized_value: str | None = None


class UsageShape(msgspec.Struct, rename="camel"):
    """One line of the list of usages."""

    name: _Name | None = None
    current_value: int | None = None
    limit: int | None = None


USAGE_PAGE = msgspec.json.Decoder(Page[UsageShape])


def usages_path(subscription: str, location: str) -> str:
    return f"/subscriptions/{subscription}/providers/Microsoft.Compute/locations/{location}/usages"


def to_usage(shape: UsageShape) -> Usage | None:
    """The quota; `None` where it has no name or no limit."""
    if shape.name is None or not shape.name.value or shape.limit is None:
        return None
    title = shape.name.localized_value or shape.name.value
    return Usage(name=shape.name.value, title=title, used=shape.current_value or 0, limit=shape.limit)
