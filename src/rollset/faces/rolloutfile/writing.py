"""Writes a rollout file: every key, those left out with the value that they have then, so that it hides nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, assert_never

import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from rollset.core.ids import ScaleSetId
from rollset.core.image import CustomImage, Image, PlatformImage, UnmanagedImage
from rollset.core.pace import Engine
from rollset.faces.rolloutfile.form import ImagePart, PolicyPart, RolloutForm, SelectPart
from rollset.faces.rolloutfile.model import left_out, whole_model, written_model
from rollset.faces.rolloutfile.parts import Part
from rollset.faces.rolloutfile.scalars import Kind, kind_in
from rollset.faces.wishes import ImageFlags, PaceFlags, SelectionFlags, WishFlags

COLUMNS = 120

HEADER = """\
# yaml-language-server: $schema=rollout.schema.json
# Complete: what was left out has its default here. For the schema: rollset schema > rollout.schema.json
"""


def rollout_text(scale_set: ScaleSetId, image: Image, flags: WishFlags) -> str:
    """The file that asks for what `flags` ask for, of `scale_set`, with `image` instead of other words for it."""
    content = _content(scale_set, naming(image), flags, written_model(flags.model))
    return HEADER + _left_out(flags) + yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=COLUMNS)


def wish_text(scale_set: ScaleSetId, flags: WishFlags) -> str:
    """The same in the words of `flags`, with all that may be secret: to be sent, and shown to nobody."""
    return yaml.safe_dump(_content(scale_set, flags.image, flags, whole_model(flags.model)), sort_keys=False)


def brief_text(scale_set: ScaleSetId, flags: WishFlags) -> str:
    """The same without what is usual, and without what may be secret: for people who read it, and change it."""
    content = _content(scale_set, flags.image, flags, written_model(flags.model))
    usual = {name: _usual(field) for name, field in PolicyPart.model_fields.items()}
    policy = content.pop("policy", {})
    assert isinstance(policy, dict), "it has keys"
    if said := {name: value for name, value in policy.items() if value != usual[name]}:
        content["policy"] = said
    return _left_out(flags) + yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=COLUMNS)


def _left_out(flags: WishFlags) -> str:
    return "".join(f"# Left out, for it may be secret: model.set.{path}\n" for path in left_out(flags.model))


def _content(scale_set: ScaleSetId, image: ImageFlags, flags: WishFlags, model: dict[str, object]) -> dict[str, object]:
    policy = dict(_written(PolicyPart, flags.pace))
    if flags.pace.engine is Engine.AZURE and flags.pace.canary is None:
        del policy["canary"]  # What is usual elsewhere is not to be had there.
    content = {
        "scale_set": f"{scale_set.subscription}/{scale_set.short}",
        "image": dict(_written(ImagePart, image)),
        "model": model,
        "select": dict(_written(SelectPart, flags.select)),
        "policy": policy,
    }
    assert content.keys() == RolloutForm.model_fields.keys()
    return {name: value for name, value in content.items() if value}


def naming(image: Image) -> ImageFlags:
    """What names it in full."""
    match image:
        case PlatformImage():
            return ImageFlags(urn=image)
        case CustomImage():
            return ImageFlags(id=image)
        case UnmanagedImage():
            return ImageFlags(uri=image)
        case _:
            assert_never(image)


def _written(part: type[Part], flags: ImageFlags | SelectionFlags | PaceFlags) -> Iterator[tuple[str, object]]:
    for name, field in part.model_fields.items():
        given = part.given_in(flags, name)
        value = _usual(field) if given is None else _value(given, kind_in(field))
        if value is not None:
            yield name, value


def _usual(field: FieldInfo) -> object:
    extra = field.json_schema_extra
    return extra.get("default") if isinstance(extra, dict) else None


def _value(value: Any, kind: Kind | None) -> object:
    """A value as it is written; parts with keys of their own are written key by key."""
    if isinstance(value, tuple):
        return [_value(one, kind) for one in value]
    if isinstance(value, BaseModel):
        fields = type(value).model_fields
        members = {name: getattr(value, name) for name in fields}
        return {name: _value(one, kind_in(fields[name])) for name, one in members.items() if one is not None}
    return value if kind is None else kind.write(value)
