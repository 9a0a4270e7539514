"""Reads a file that people write: from its name to what they ask for, or to everything that is wrong with it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from rollset.core.errors import UsageError
from rollset.faces.rolloutfile.faulty import Fault, FaultyFile, Path, clipped, nearest
from rollset.faces.rolloutfile.form import RolloutForm
from rollset.faces.rolloutfile.parts import Keyed, Part, keys_of
from rollset.faces.rolloutfile.scalars import FAULT
from rollset.faces.rolloutfile.tree import Tree, read_tree

BYTES_MAX = 256 * 1024
"""Room for the names of thousands of instances; a larger file is another kind of file."""

P = TypeVar("P", bound=Part)

STANDARD_INPUT = "-"


def read_rollout(name: str) -> RolloutForm:
    """What the rollout file `name` says.

    Raises:
        UsageError: it cannot be opened.
        FaultyFile: it can, and something is wrong with it; every fault is named.
    """
    return read_form(name, RolloutForm, "the rollout file")


def read_form(name: str, form: type[P], what: str) -> P:
    """What the file `name` says, of the given form; `what` is what such a file is called.

    Raises:
        UsageError: it cannot be opened.
        FaultyFile: it can, and something is wrong with it; every fault is named.
    """
    shown = "standard input" if name == STANDARD_INPUT else name
    return filled(form, shown, _text(shown, _bytes(name, what)))


def form_of(name: str, text: str) -> RolloutForm:
    """What `text` says, the content of the rollout file `name`.

    Raises:
        FaultyFile: something is wrong with it; every fault is named.
    """
    return filled(RolloutForm, name, text)


def filled(form: type[P], name: str, text: str) -> P:
    """What `text` says, the content of the file `name`, of the given form.

    Raises:
        FaultyFile: something is wrong with it; every fault is named.
    """
    tree = read_tree(name, text)
    if not isinstance(tree.content, dict):
        raise FaultyFile(name, [Fault(path=(), line=None, why=_no_mapping(tree.content, form))])
    try:
        read = form.model_validate(tree.content)
    except ValidationError as error:
        found = [_fault(tree, form, one) for one in error.errors(include_url=False)]
        raise FaultyFile(name, [*tree.faults, *found]) from error
    if tree.faults:
        raise FaultyFile(name, tree.faults)
    return read


def _bytes(name: str, what: str) -> bytes:
    try:
        if name == STANDARD_INPUT:
            return sys.stdin.buffer.read(BYTES_MAX + 1)
        if os.path.isdir(name):  # noqa: PTH112 (the name as it was given)
            raise UsageError(f"{name} is a directory; name a file")
        with open(name, "rb") as opened:  # noqa: PTH123
            return opened.read(BYTES_MAX + 1)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise UsageError(f"cannot read {what} {name}: {why}; name a file that is there") from error


def _text(name: str, content: bytes) -> str:
    if len(content) > BYTES_MAX:
        why = f"longer than {BYTES_MAX // 1024} KiB, which no such file is"
        raise FaultyFile(name, [Fault(path=(), line=None, why=why)])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        why = f"not UTF-8 (the byte {content[error.start]:#04x}); save it as UTF-8"
        raise FaultyFile(name, [Fault(path=(), line=line, why=why)]) from error


def _no_mapping(content: object, form: type[Part]) -> str:
    what = {type(None): "is empty", list: "holds a list", str: "holds one text"}[type(content)]
    return f"{what}; write keys, each with its value: {', '.join(form.model_fields)}"


KEYS_WANTED, LIST_WANTED = "keys under it, each with its value", "a list, such as [...]"
WANTED = {
    "model_type": KEYS_WANTED,
    "dict_type": KEYS_WANTED,
    "model_attributes_type": KEYS_WANTED,
    "string_type": "a text",
    "list_type": LIST_WANTED,
    "tuple_type": LIST_WANTED,
}
"""What should stand where something of another shape does."""


def _fault(tree: Tree, form: type[Part], error: ErrorDetails) -> Fault:
    # Of a key that may not stand there pydantic says that it is a key.
    path: Path = tuple(part for part in error["loc"] if part != "[key]")
    return Fault(path=path, line=tree.line(path), why=_why(path, form, error))


def _why(path: Path, form: type[Part], error: ErrorDetails) -> str:
    match error["type"]:
        case kind if kind == FAULT:
            return error["msg"]
        case "extra_forbidden":
            return f"there is no such key; {nearest(str(path[-1]), _siblings(path, form))}"
        case "missing":
            return "is missing"
        case kind if kind in WANTED:
            return f"{_said(error['input'])} stands here; write {WANTED[kind]}"
        case _:
            return f"{_said(error['input'])}: {error['msg']}"


def _said(value: Any) -> str:
    match value:
        case None:
            return "no value"
        case str():
            return clipped(value)
        case list():
            return "a list"
        case _:
            return "a mapping"


def _siblings(path: Path, form: type[Part]) -> Sequence[str]:
    """The keys that may stand where an unknown one does."""
    at: type[BaseModel] = form
    for part in path[:-1]:
        if isinstance(part, str) and part in at.model_fields:
            at = next(_forms(at.model_fields[part].annotation), at)
    return keys_of(at)


def _forms(annotation: Any) -> Iterator[type[BaseModel]]:
    """Every form inside a type such as `list[Gate] | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    if isinstance(annotation, Keyed):
        yield annotation.part
    for inner in get_args(annotation):
        yield from _forms(inner)
