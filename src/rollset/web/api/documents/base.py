"""What all documents share."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class Document(BaseModel):
    """No member but those that are described."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"}, examples=["2026-03-01T22:00:00.000+00:00"])]
"""A point in time, in UTC."""


class PlatformImage(Document):
    """An image of the marketplace."""

    kind: Literal["platform"]
    text: str
    publisher: str
    offer: str
    sku: str
    version: str


class CustomImage(Document):
    """An image of a gallery, or a managed one."""

    kind: Literal["gallery", "managed"]
    text: str
    id: str
    version: str | None


class UnmanagedImage(Document):
    """A blob."""

    kind: Literal["unmanaged"]
    text: str
    uri: str


Image = Annotated[PlatformImage | CustomImage | UnmanagedImage, Field(discriminator="kind")]


class AzureError(Document):
    """Azure's own words."""

    code: str
    message: str | None


class Change(Document):
    """A member of the model, from what to what; what may be secret stands here by its fingerprint."""

    path: str
    before: str | None
    after: str | None


class Setting(Document):
    """What a member of the model said when it was read."""

    path: Annotated[str, Field(max_length=1000)]
    value: Annotated[str | None, Field(max_length=100_000)]
