"""What Microsoft's own models of Azure's answers would make of one of ours: unknown enum values, missing members."""

from collections.abc import Callable, Iterator
from datetime import datetime
from enum import Enum
from functools import cache
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from azure.mgmt.compute import models

SIMPLE: dict[Any, tuple[type, ...]] = {
    str: (str,),
    bool: (bool,),
    int: (int,),
    float: (int, float),
    datetime: (str,),
}


@cache
def members(model: Any) -> dict[str, Any]:
    """The members of a model by the names that they have on the wire, with their types."""
    hints = get_type_hints(model, localns={"_models": models})
    # A model knows its fields once there is one of it.
    fields = model({})._attr_to_rest_field
    return {field._rest_name: hints.get(name) for name, field in fields.items()}


def misfits(model: type, document: Any, path: str = "") -> Iterator[str]:
    """Everything about the document that the model does not know, as sentences."""
    if not isinstance(document, dict):
        yield f"{path}: expected an object"
        return
    known = members(model)
    in_any_case = {name.lower(): name for name in known}
    for name in document:
        if name not in known and (proper := in_any_case.get(name.lower())):
            yield f"{path}.{name}: is spelled {proper}"
    for name, hint in known.items():
        if hint is None:
            continue
        if name in document and document[name] is not None:
            yield from _of_hint(hint, document[name], f"{path}.{name}")
        elif name not in document and not _may_be_absent(hint):
            yield f"{path}.{name}: is missing"


def _may_be_absent(hint: Any) -> bool:
    return type(None) in get_args(hint) or hint is Any


def _of_hint(hint: Any, value: Any, path: str) -> Iterator[str]:
    parts = [one for one in get_args(hint) if one is not type(None)]
    check = _BY_ORIGIN.get(get_origin(hint))
    if check is not None:
        yield from check(parts, value, path)
    elif hint in SIMPLE:
        if not isinstance(value, SIMPLE[hint]) or (isinstance(value, bool) and hint is not bool):
            yield f"{path}: {value!r} is no {hint.__name__}"
    elif hasattr(hint, "as_dict"):
        yield from misfits(hint, value, path)


def _of_union(parts: list[Any], value: Any, path: str) -> Iterator[str]:
    """An enum, which is typed as text or the enum; or what may be null."""
    enums = [one for one in parts if isinstance(one, type) and issubclass(one, Enum)]
    if enums and value not in {one.value for enum in enums for one in enum}:
        yield f"{path}: {value!r} is no {enums[0].__name__}"
    elif not enums and len(parts) == 1:
        yield from _of_hint(parts[0], value, path)


def _of_literal(parts: list[Any], value: Any, path: str) -> Iterator[str]:
    if value not in parts:
        yield f"{path}: {value!r} is none of {parts}"


def _of_list(parts: list[Any], value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"{path}: expected a list"
        return
    for at, one in enumerate(value):
        yield from _of_hint(parts[0], one, f"{path}[{at}]")


def _of_dict(parts: list[Any], value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{path}: expected an object"
        return
    for name, one in value.items():
        yield from _of_hint(parts[1], one, f"{path}.{name}")


_BY_ORIGIN: dict[Any, Callable[[list[Any], Any, str], Iterator[str]]] = {
    Union: _of_union,
    UnionType: _of_union,
    Literal: _of_literal,
    list: _of_list,
    dict: _of_dict,
}
