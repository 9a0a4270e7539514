"""Members of a model by their paths in ARM's form: read as they are, and written beside the image in one PATCH."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from rollset.arm.image_shapes import storage_patch
from rollset.arm.reply import Reply
from rollset.core.fleet import ScaleSet, Setting
from rollset.core.image import Image

_TOP = frozenset({"sku", "tags"})
"""Groups that stand beside `properties`, and not in them."""

_ANYTHING = msgspec.json.Decoder()


def read_members(reply: Reply, paths: Sequence[str]) -> tuple[Setting, ...]:
    """What a set says at these paths."""
    document = reply.decode(_ANYTHING) if paths else None
    return tuple(Setting(path=path, value=_written(_at(document, _whole(path)))) for path in paths)


def model_patch(scale_set: ScaleSet, image: Image | None, settings: Sequence[Setting]) -> bytes:
    """The body of a PATCH that changes the image and these members, and nothing else.

    Azure replaces the tags of a set as a whole, so those that stay are written with those that change.
    """
    body: dict[str, Any] = {}
    if image is not None:
        _put(body, ("properties", "virtualMachineProfile", "storageProfile"), storage_patch(image))
    tags = dict(scale_set.tags)
    for one in settings:
        value = None if one.value is None else json.loads(one.value)
        group, _, name = one.path.partition(".")
        if group == "tags":
            tags = {tag: text for tag, text in tags.items() if tag.lower() != name.lower()}
            tags |= {} if value is None else {name: value}
            body["tags"] = tags
        else:
            _put(body, _whole(one.path), value)
    return msgspec.json.encode(body)


def _whole(path: str) -> tuple[str, ...]:
    parts = tuple(path.split("."))
    return parts if parts[0] in _TOP else ("properties", *parts)


def _put(body: dict[str, Any], path: Sequence[str], value: Any) -> None:
    here = body
    for name in path[:-1]:
        here = here.setdefault(name, {})
    # An image and a setting may both lie in the profile of the disk.
    here[path[-1]] = {**here[path[-1]], **value} if isinstance(here.get(path[-1]), dict) else value


def _at(document: object, path: Sequence[str]) -> object:
    """Azure may tell a member in another case than its reference does."""
    here = document
    for name in path:
        members = {key.lower(): inner for key, inner in here.items()} if isinstance(here, Mapping) else {}
        here = members.get(name.lower())
    return here


def _written(value: object) -> str | None:
    return None if value is None else json.dumps(value)
