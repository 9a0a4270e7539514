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
from rollset.core.model.path import Step, steps_of, whole_list

_TOP = frozenset({"sku", "tags"})
"""Groups that stand beside `properties`, and not in them."""

STORAGE = "virtualMachineProfile.storageProfile"

_ANYTHING = msgspec.json.Decoder()


def read_members(reply: Reply, paths: Sequence[str]) -> tuple[Setting, ...]:
    """What a set says at these paths."""
    document = reply.decode(_ANYTHING) if paths else None
    return tuple(Setting(path=path, value=_written(_at(document, _steps(path)))) for path in paths)


def model_patch(scale_set: ScaleSet, image: Image | None, settings: Sequence[Setting]) -> bytes:
    """The body of a PATCH that changes the image and these members, and nothing else.

    Azure replaces the tags of a set as a whole, and any list: what stays is written with what changes.
    """
    body: dict[str, Any] = {}
    if image is not None:
        _put(body, _steps(STORAGE), storage_patch(image))
    tags = dict(scale_set.tags)
    for one in settings:
        value = None if one.value is None else json.loads(one.value)
        group, _, name = one.path.partition(".")
        if group == "tags":
            tags = {tag: text for tag, text in tags.items() if tag.lower() != name.lower()}
            tags |= {} if value is None else {name: value}
            body["tags"] = tags
        else:
            if (path := whole_list(one.path)) is not None and _at(body, _steps(path)) is None:
                _put(body, _steps(path), _known(scale_set, path))
            _put(body, _steps(one.path), value)
    return msgspec.json.encode(body)


def _known(scale_set: ScaleSet, path: str) -> Any:
    """A list as it was read."""
    found = next((one.value for one in scale_set.settings if one.path == path), None)
    return [] if found is None else json.loads(found)


def _steps(path: str) -> tuple[Step, ...]:
    steps = steps_of(path)
    return steps if steps[0].name in _TOP else (Step(name="properties"), *steps)


def _put(body: dict[str, Any], steps: Sequence[Step], value: Any) -> None:
    here = body
    for step in steps[:-1]:
        here = _into(here, step)
    # An image and a setting may both lie in the profile of the disk.
    name = _spelled(here, steps[-1].name)
    here[name] = {**here[name], **value} if isinstance(here.get(name), dict) else value


def _into(here: dict[str, Any], step: Step) -> Any:
    """The object that a step leads to; it is made where there is none."""
    name, element = _spelled(here, step.name), step.element
    if element is None:
        return here.setdefault(name, {})
    among = here.setdefault(name, [])
    found = next((one for one in among if element.is_named_by(one)), None)
    if found is None:
        among.append(found := {element.key: element.member})
    return found


def _spelled(here: Mapping[str, Any], name: str) -> str:
    """A member that is there already may be in another case."""
    return next((one for one in here if one.lower() == name.lower()), name)


def _at(document: object, steps: Sequence[Step]) -> object:
    """Azure may tell a member in another case than its reference does."""
    here = document
    for step in steps:
        members = {key.lower(): inner for key, inner in here.items()} if isinstance(here, Mapping) else {}
        here = members.get(step.name.lower())
        if step.element is not None:
            here = (
                next((one for one in here if step.element.is_named_by(one)), None) if isinstance(here, list) else None
            )
    return here


def _written(value: object) -> str | None:
    return None if value is None else json.dumps(value)
