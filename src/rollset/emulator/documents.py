"""JSON documents as ARM keeps them: merged by PATCH, compared by content."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import orjson

Json = dict[str, Any]

# Members that name the image beside the platform's four; an image reference holds one kind or the other.
IMAGE_ID_MEMBERS = ("id", "sharedGalleryImageId", "communityGalleryImageId")


def merged(old: Json, new: Mapping[str, Any]) -> Json:
    """`old` with the members that `new` names: objects are merged, lists and values replaced, null removes.

    >>> merged({"a": {"b": 1, "c": 2}, "d": [1]}, {"a": {"b": 3}, "d": []})
    {'a': {'b': 3, 'c': 2}, 'd': []}
    """
    result = dict(old)
    for name, value in new.items():
        if value is None:
            result.pop(name, None)
        elif isinstance(value, dict) and isinstance(result.get(name), dict):
            result[name] = (
                _merged_reference(result[name], value) if name == "imageReference" else merged(result[name], value)
            )
        else:
            result[name] = deepcopy(value)
    return result


def _merged_reference(old: Json, new: Json) -> Json:
    """An image reference by id takes the place of another one by id, whichever member names it."""
    by_id = any(new.get(member) for member in IMAGE_ID_MEMBERS)
    return deepcopy(new) if by_id and "publisher" not in new else merged(old, new)


def without(document: Json, *names: str) -> Json:
    return {name: value for name, value in document.items() if name not in names}


def pruned(value: Any, names: frozenset[str]) -> Any:
    """A copy without the members of these names, at any depth.

    >>> pruned({"a": 1, "b": [{"a": 2, "c": 3}]}, frozenset({"a"}))
    {'b': [{'c': 3}]}
    """
    if isinstance(value, dict):
        return {name: pruned(inner, names) for name, inner in value.items() if name not in names}
    return [pruned(inner, names) for inner in value] if isinstance(value, list) else value


def at(document: Json, *path: str) -> Any:
    """The value at a path of members, or None where the path ends early.

    >>> at({"a": {"b": 1}}, "a", "b"), at({"a": {}}, "a", "b", "c")
    (1, None)
    """
    value: Any = document
    for name in path:
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value


def section(document: Json, *path: str) -> Json:
    """The object at a path of members; empty where there is none."""
    value = at(document, *path)
    return value if isinstance(value, dict) else {}


def objects(document: Json, name: str) -> list[Json]:
    """The objects in the list of that name; none where it is no list."""
    found = document.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def kept_json(value: Any) -> bytes:
    """JSON that is kept for long: a copy, for orjson's own bytes hold on to the whole buffer they were written in.

    Measured with 100 sets of 100 instances: 9 KB an instance instead of 40.
    """
    return bytes(memoryview(orjson.dumps(value)))


def fingerprint(document: Any) -> bytes:
    """Equal for equal contents, whatever the order of members."""
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS)
