"""What programs send."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from rollset.core.control import Verb
from rollset.faces.actwords import What
from rollset.web.api.documents.base import Document, Setting

Facet = Annotated[
    str | Annotated[list[str | int], Field(max_length=10_000)] | None,
    Field(description="A list, or a line such as `1, 4, 7-9`.", examples=[[0, 2], "0-2"]),
]
Text = Annotated[str | None, Field(max_length=2000)]

MEMBERS_MAX = 200
PATH_MAX = 500
DEPTH_MAX = 20
"""Of what an edit sets."""


def writable(value: Any) -> Any:
    """JSON can name halves of characters and numbers that are none, and neither can be written again."""
    try:
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except ValueError as error:
        raise ValueError("has half a character, or a number that is none, in it") from error
    return value


def settable(value: dict[str, Any]) -> dict[str, Any]:
    """What a model could be given: no more members, and no deeper ones, than any has."""
    if len(value) > MEMBERS_MAX or any(len(path) > PATH_MAX for path in value):
        raise ValueError(f"has more than {MEMBERS_MAX} members, or one whose path has more than {PATH_MAX} characters")
    if any(_depth(one) > DEPTH_MAX for one in value.values()):
        raise ValueError(f"is nested deeper than {DEPTH_MAX} levels")
    return value


def _depth(value: Any) -> int:
    depth, level = 0, [value]
    while level and depth <= DEPTH_MAX:
        depth += 1
        level = [one for each in level for one in _within(each)]
    return depth


def _within(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


class Selected(Document):
    """Who is meant: those that meet every facet that is given."""

    instances: Facet = None
    update_domains: Facet = None
    fault_domains: Facet = None
    zones: Facet = None
    placement_groups: Facet = None


class WishedImage(Document):
    """Another image: a version or SKU of the set's own, or one by its URN, id or URI."""

    version: Text = None
    sku: Text = None
    urn: Text = None
    id: Text = None
    uri: Text = None


class ActWish(Document):
    """What is to be done to a set: an action on `selection` or `all`, a new capacity `to`, or an edit."""

    act: What
    all: bool = False
    selection: Selected | None = None
    to: Annotated[int | None, Field(ge=0, le=1000)] = None
    image: WishedImage | None = None
    vm_size: Text = None
    set: Annotated[
        Annotated[dict[str, Any], AfterValidator(settable), AfterValidator(writable)] | None,
        Field(description="Further members of the model, by their paths."),
    ] = None
    read: Annotated[
        list[Setting] | None,
        Field(max_length=1000, description="What was read before an edit; where it is another by now, that is told."),
    ] = None


class Yes(Document):
    """Says yes to a price. A dangerous act takes the name of its set besides."""

    key: Annotated[str, Field(max_length=200)]
    token: Annotated[str, Field(max_length=200)]
    name: Annotated[str, Field(max_length=200)] = ""


class OrderWish(Document):
    """An order for a rollout. An approval may name its checkpoint, and the plan that it is for."""

    verb: Verb
    checkpoint: Annotated[int | None, Field(ge=1, le=1000)] = None
    plan: Annotated[str | None, Field(max_length=200, description="The hash of a plan, or its beginning.")] = None
