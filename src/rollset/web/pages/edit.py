"""Editing the model of a scale set: what the region offers to choose from, and the price before anything is written."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field

from rollset.core.acts.act import Edit
from rollset.core.acts.editing import EditConflict, ground
from rollset.core.change import ImageChange, VersionChange
from rollset.core.errors import UsageError
from rollset.core.fleet import ScaleSet, Setting, UpgradeMode
from rollset.core.ids import ScaleSetId
from rollset.core.image import CustomImage, Image, PlatformImage, UnmanagedImage, parse_image_id
from rollset.core.model.change import NO_CHANGE, gather
from rollset.faces.image_words import parse_blob_uri
from rollset.web.access.asking import needs
from rollset.web.access.roles import Role
from rollset.web.looks import in_time
from rollset.web.pages.act import CAPACITY_MAX, tell_price
from rollset.web.pages.asked import SET, TheSet, TheSite, TheUser
from rollset.web.render import page
from rollset.web.rolling.choices import Choices, choices
from rollset.web.shown_prices import Proposal

router = APIRouter()

MEANINGS = {
    UpgradeMode.MANUAL: "The upgrade policy is Manual: writing the model changes no instance. They follow when they "
    "are rolled or upgraded.",
    UpgradeMode.AUTOMATIC: "The upgrade policy is Automatic: a change of the image or the size reaches all instances "
    "by itself, perhaps all at once. To have it go step by step, roll the set instead, with policy.switch_policy.",
    UpgradeMode.ROLLING: "The upgrade policy is Rolling: a change of the image or the size starts a rolling upgrade of "
    "Azure's own at once.",
}


class EditForm(BaseModel):
    """The fields of the form. `read` is what the set said when the form was shown, as `paths_read` wrote it."""

    version: str = ""
    sku: str = ""
    image_id: str = ""
    image_uri: str = ""
    vm_size: str = ""
    capacity: int | None = Field(default=None, ge=0, le=CAPACITY_MAX)
    read: str = Field(default="[]", max_length=10_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class EditPage:
    """The model as it is, and what there is to choose from."""

    scale_set: ScaleSet
    choices: Choices
    read: str

    @property
    def id(self) -> ScaleSetId:
        return self.scale_set.id

    @property
    def meaning(self) -> str:
        """What writing the model does to instances."""
        return MEANINGS[self.scale_set.upgrade_mode]

    @property
    def platform(self) -> PlatformImage | None:
        image = self.scale_set.image
        return image if isinstance(image, PlatformImage) else None

    @property
    def image_id(self) -> str | None:
        """None where the set runs an image of another kind, which Azure does not let it leave."""
        image = self.scale_set.image
        return image.resource_id if isinstance(image, CustomImage) else None

    @property
    def image_uri(self) -> str | None:
        """The same for an unmanaged image."""
        image = self.scale_set.image
        return image.uri if isinstance(image, UnmanagedImage) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictPage:
    """Somebody else has changed the set since the form was shown."""

    id: ScaleSetId
    conflict: EditConflict


@router.get(f"{SET}/edit", dependencies=[Depends(needs(Role.OPERATOR))])
async def edit(request: Request, site: TheSite, scale_set: TheSet, sku: str | None = None) -> HTMLResponse:
    """The form; `sku` is that of the versions to choose from."""
    look = await site.looks.look(scale_set)
    model = look.fleet.scale_set
    offered = await in_time(scale_set, choices(site.azure, look, sku))
    return page(request, "edit.html", EditPage(scale_set=model, choices=offered, read=paths_read(model)))


@router.post(f"{SET}/edit")
async def ask(
    request: Request, site: TheSite, scale_set: TheSet, form: Annotated[EditForm, Form()], user: TheUser
) -> HTMLResponse:
    """The price of what the form asks for, or both sides where somebody else was faster."""
    now = await site.azure.scale_set(scale_set)
    proposal = Proposal(scale_set=scale_set, act=edit_of(form, now), user=user)
    try:
        return await tell_price(request, site, proposal)
    except EditConflict as conflict:
        model = ConflictPage(id=scale_set, conflict=conflict)
        return page(request, "conflict.html", model, status=HTTPStatus.CONFLICT)


def edit_of(form: EditForm, now: ScaleSet) -> Edit:
    """The edit that the form asks for; what it leaves as it is, or empty, is not written.

    Raises:
        UsageError: it changes nothing, or names an image in two ways.
    """
    read = _read(form.read)
    edited = Edit(
        image=_image(form, now),
        model=gather(form.vm_size, ()) if form.vm_size and form.vm_size != now.vm_size else NO_CHANGE,
        capacity=form.capacity if form.capacity != now.capacity else None,
        read=read,
    )
    if edited == Edit(read=read):
        raise UsageError(f"nothing would change: {now.id} says all of this already")
    return edited


def _image(form: EditForm, now: ScaleSet) -> ImageChange | None:
    """Another image than the set's own, if the form names one."""
    by_id, by_uri = form.image_id.strip(), form.image_uri.strip()
    if by_id and by_uri:
        raise UsageError("name one image: an id or a URI")
    match now.image:
        case UnmanagedImage(uri=uri) if by_uri == uri:
            return None
        case CustomImage(resource_id=known) if by_id == known:
            return None
        case _ if by_uri:
            return parse_blob_uri(by_uri)
        case _ if by_id:
            return parse_image_id(by_id)
        case image:
            return _version(form, image)


def _version(form: EditForm, image: Image | None) -> VersionChange | None:
    """Another version or SKU of the set's own image."""
    named = VersionChange()
    if isinstance(image, PlatformImage | CustomImage) and form.version and form.version != image.version:
        named = replace(named, version=form.version)
    if isinstance(image, PlatformImage) and form.sku and form.sku != image.sku:
        named = replace(named, sku=form.sku)
    return None if named == VersionChange() else named


def paths_read(scale_set: ScaleSet) -> str:
    """What an edit of anything stands on, as a field of a form."""
    everything = Edit(model=gather(scale_set.vm_size, ()), capacity=scale_set.capacity)
    return json.dumps([[one.path, one.value] for one in ground(scale_set, everything)])


def _read(text: str) -> tuple[Setting, ...]:
    """What `paths_read` wrote; whoever changes it by hand changes only what his own edit is held against."""
    try:
        return tuple(
            Setting(path=str(path), value=None if value is None else str(value)) for path, value in json.loads(text)
        )
    except (ValueError, TypeError) as error:
        raise UsageError("the form is not as it was shown; open it again") from error
