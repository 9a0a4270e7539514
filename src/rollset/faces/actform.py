"""An act as a JSON document, as the dashboard's API takes it.

    {"act": "restart", "selection": {"update_domains": [2]}}
    {"act": "power-off", "all": true}
    {"act": "scale", "to": 12, "read": [{"path": "sku.capacity", "value": "8"}]}
    {"act": "edit", "image": {"version": "4.0.1"}, "vm_size": "Standard_D4s_v5", "set": {"tags.owner": "ops"}}

`read` is what the price of the act has told under the same name: what its author was shown.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, assert_never

from rollset.core.acts.act import Act, Edit, OnInstances, Scale
from rollset.core.change import ImageChange, VersionChange
from rollset.core.errors import UsageError
from rollset.core.fleet import Setting
from rollset.core.image import CustomImage, PlatformImage, UnmanagedImage, parse_image_id, parse_urn
from rollset.core.model.change import parse_vm_size, settings_of
from rollset.core.selection import parse_domains, parse_instances, parse_names
from rollset.faces.actwords import ActWords, What, WholeFlags
from rollset.faces.image_words import parse_blob_uri, parse_sku, parse_version
from rollset.faces.rolloutfile.model import plain_value
from rollset.faces.wishes import ImageFlags, ModelFlags, SelectionFlags

MEMBERS = frozenset({"act", "all", "selection", "image", "vm_size", "set", "to", "read"})

SHOWN_MAX = 60
"""How much of something that cannot be read is shown again."""

FACETS: Mapping[str, Callable[[str], object]] = {
    "instances": parse_instances,
    "update_domains": partial(parse_domains, word="update domain"),
    "fault_domains": partial(parse_domains, word="fault domain"),
    "zones": partial(parse_names, word="zone"),
    "placement_groups": partial(parse_names, word="placement group"),
}

IMAGES: Mapping[str, Callable[[str], object]] = {
    "version": parse_version,
    "sku": parse_sku,
    "uri": parse_blob_uri,
    "id": parse_image_id,
    "urn": parse_urn,
}


def read_act(document: object) -> Act:
    """The act that the document names.

    Raises:
        UsageError: it is none; the message says where.
    """
    told = _object(document, "an act", MEMBERS)
    try:
        what = What(_text(told.get("act"), "act"))
    except ValueError:
        raise UsageError(f"cannot read act: {_shown(told.get('act'))} is none of {', '.join(What)}") from None
    words = ActWords(
        what=what,
        whole=WholeFlags(whole=_truth(told.get("all", False), "all"), to=_number(told.get("to"))),
        select=SelectionFlags(**_parsed(told.get("selection"), "selection", FACETS, _line)),
        image=ImageFlags(**_parsed(told.get("image"), "image", IMAGES, _text)),
        model=ModelFlags(vm_size=_size(told.get("vm_size")), settings=tuple(_settings(told.get("set")))),
        read=tuple(_read(told.get("read"))),
    )
    return words.act()


def act_wish(act: Act) -> dict[str, Any]:
    """The document that `read_act` reads as this act."""
    match act:
        case OnInstances():
            facets = {name: getattr(act.selection, name) for name in FACETS}
            given = {name: sorted(map(str, ids)) for name, ids in facets.items() if ids is not None}
            return {"act": What[act.action.name].value, **({"selection": given} if given else {"all": True})}
        case Scale():
            return {"act": What.SCALE.value, "to": act.capacity, "read": _told(act.read)}
        case Edit():
            named = {} if act.image is None else {"image": _naming(act.image)}
            size = {} if act.model.vm_size is None else {"vm_size": act.model.vm_size}
            members = {one.path: plain_value(one) for one in act.model.settings}
            document = {"act": What.EDIT.value, **named, **size, "set": members, "read": _told(act.read)}
            return document if act.capacity is None else {**document, "to": act.capacity}
        case _:
            assert_never(act)


def _naming(image: ImageChange) -> dict[str, str]:
    match image:
        case VersionChange():
            named = {"version": image.version, "sku": image.sku}
            return {name: value for name, value in named.items() if value is not None}
        case PlatformImage():
            return {"urn": str(image)}
        case CustomImage():
            return {"id": image.resource_id}
        case UnmanagedImage():
            return {"uri": image.uri}
        case _:
            assert_never(image)


def _told(read: Iterable[Setting]) -> list[dict[str, str | None]]:
    return [{"path": one.path, "value": one.value} for one in read]


def _mapping(value: object, where: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise UsageError(f"cannot read {where}: it has to be a JSON object, and is {_shown(value)}")
    return value


def _object(value: object, where: str, members: Iterable[str]) -> Mapping[str, Any]:
    told = _mapping(value, where)
    if unknown := sorted(set(told) - set(members)):
        known = ", ".join(sorted(members))
        raise UsageError(f"cannot read {where}: there is no {_shown(unknown[0])} in it; there are {known}")
    return told


def _parsed(
    value: object, where: str, parsers: Mapping[str, Callable[[str], object]], text: Callable[[object, str], str]
) -> dict[str, Any]:
    told = {} if value is None else _object(value, where, parsers)
    return {name: parsers[name](text(one, f"{where}.{name}")) for name, one in told.items() if one is not None}


def _line(value: object, where: str) -> str:
    """A list of ids, or the line that people write; an empty one is an error, and never means all."""
    if isinstance(value, list):
        if not all(isinstance(one, str | int) and not isinstance(one, bool) for one in value):
            raise UsageError(f"cannot read {where}: it has to be a list of ids, and is {_shown(value)}")
        return ",".join(map(str, value))
    return _text(value, where)


def _text(value: object, where: str) -> str:
    if not isinstance(value, str):
        raise UsageError(f"cannot read {where}: it has to be a text, and is {_shown(value)}")
    return value


def _truth(value: object, where: str) -> bool:
    if not isinstance(value, bool):
        raise UsageError(f"cannot read {where}: it has to be true or false, and is {_shown(value)}")
    return value


def _number(value: object) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool):
        raise UsageError(f"cannot read to: it has to be a whole number, and is {_shown(value)}")
    return value


def _size(value: object) -> str | None:
    return None if value is None else parse_vm_size(_text(value, "vm_size"))


def _settings(value: object) -> Iterable[Setting]:
    told = {} if value is None else _mapping(value, "set")
    for path, one in told.items():
        yield from settings_of(path, one if isinstance(one, str) else json.dumps(one))


def _read(value: object) -> Iterable[Setting]:
    if value is None:
        return
    if not isinstance(value, list):
        raise UsageError(f"cannot read read: it has to be a list, and is {_shown(value)}")
    for one in value:
        told = _object(one, "read", ("path", "value"))
        known = told.get("value")
        text = None if known is None else _json_text(_text(known, "read.value"))
        yield Setting(path=_text(told.get("path"), "read.path"), value=text)


def _json_text(text: str) -> str:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        raise UsageError(f"cannot read read.value: {_shown(text)} is no JSON") from None
    return text


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= SHOWN_MAX else f"{text[:SHOWN_MAX]}..."
