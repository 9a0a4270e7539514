"""Values of members of a model: how they are read from words, and when two are the same."""

from __future__ import annotations

import json
from collections.abc import Mapping

from rollset.core.errors import UsageError
from rollset.core.model.form import Sort
from rollset.core.model.path import SPOKEN_MAX

Value = str | int | float | bool | list[str] | list[dict[str, str]]


def read_json(text: str) -> object:
    """What the text says as JSON; `None` where it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def value_of(path: str, sort: Sort, text: str) -> Value:
    """The value that `text` gives to the member at a path.

    Raises:
        UsageError: the member takes no such value.
    """
    read = read_json(text)
    if read is None and text.strip() == "null":
        raise UsageError(f"cannot set {path} to null: rollset does not take members away; use az vmss update")
    if sort in (Sort.TEXTS, Sort.REFERENCES):
        return _list(path, sort, read, text)
    if isinstance(read, list | Mapping):
        raise UsageError(f"cannot set {path}: it holds one value, and no list or object")
    match sort:
        case Sort.TRUTH if isinstance(read, bool):
            return read
        case Sort.NUMBER if isinstance(read, int | float) and not isinstance(read, bool):
            return read
        case Sort.TEXT | Sort.HIDDEN:
            return read if isinstance(read, str) else text
        case _:
            kind = "true or false" if sort is Sort.TRUTH else "a number"
            raise UsageError(f"cannot set {path} to {text[:SPOKEN_MAX]!r}: it takes {kind}")


def _list(path: str, sort: Sort, read: object, text: str) -> list[str] | list[dict[str, str]]:
    """A list in JSON; references may be written as `{"id": ...}` or as ids alone."""
    found = read if isinstance(read, list) else [None]
    ids = [one.get("id") if isinstance(one, Mapping) and set(one) == {"id"} else one for one in found]
    texts = [one for one in (ids if sort is Sort.REFERENCES else found) if isinstance(one, str) and one]
    if len(texts) != len(found):
        example = '["OldestVM"]' if sort is Sort.TEXTS else '[{"id": "/subscriptions/..."}]'
        raise UsageError(f"cannot set {path} to {text[:SPOKEN_MAX]!r}: it takes a list in JSON, such as {example}")
    return [{"id": one} for one in texts] if sort is Sort.REFERENCES else texts


def folded(value: object) -> object:
    """The value with names in one case: Azure tells them in another one than they were given."""
    match value:
        case str():
            return value.lower()
        case list():
            return [folded(one) for one in value]
        case dict():
            return {name: folded(one) for name, one in value.items()}
        case _:
            return value
