"""Reads a rollout file: from its name to what the user asks for, or to everything that is wrong with it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from rollset.core.errors import UsageError
from rollset.faces.rolloutfile.faulty import Fault, FaultyFile, Path, clipped, nearest
from rollset.faces.rolloutfile.form import RolloutForm
from rollset.faces.rolloutfile.parts import Keyed, keys_of
from rollset.faces.rolloutfile.scalars import FAULT
from rollset.faces.rolloutfile.tree import Tree, read_tree

BYTES_MAX = 256 * 1024
"""Room for the names of thousands of instances; a larger file is another kind of file."""

STANDARD_INPUT = "-"


def read_rollout(name: str) -> RolloutForm:
    """What the file `name` says.

    Raises:
        UsageError: it cannot be opened.
        FaultyFile: it can, and something is wrong with it; every fault is named.
    """
    shown = "standard input" if name == STANDARD_INPUT else name
    return form_of(shown, _text(shown, _bytes(name)))


def form_of(name: str, text: str) -> RolloutForm:
    """What `text` says, the content of the file `name`.

    Raises:
        FaultyFile: something is wrong with it; every fault is named.
    """
    tree = read_tree(name, text)
    if not isinstance(tree.content, dict):
        raise FaultyFile(name, [Fault(path=(), line=None, why=_no_mapping(tree.content))])
    try:
        form = RolloutForm.model_validate(tree.content)
    except ValidationError as error:
        found = [_fault(tree, one) for one in error.errors(include_url=False)]
        raise FaultyFile(name, [*tree.faults, *found]) from error
    if tree.faults:
        raise FaultyFile(name, tree.faults)
    return form


def _bytes(name: str) -> bytes:
    try:
        if name == STANDARD_INPUT:
            return sys.stdin.buffer.read(BYTES_MAX + 1)
        if os.path.isdir(name):  # noqa: PTH112 (the name as it was given)
            raise UsageError(f"{name} is a directory; name a file")
        with open(name, "rb") as opened:  # noqa: PTH123
            return opened.read(BYTES_MAX + 1)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise UsageError(f"cannot read the rollout file {name}: {why}; name a file that is there") from error


def _text(name: str, content: bytes) -> str:
    if len(content) > BYTES_MAX:
        why = f"longer than {BYTES_MAX // 1024} KiB, which no description of a rollout is"
        raise FaultyFile(name, [Fault(path=(), line=None, why=why)])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        why = f"not UTF-8 (the byte {content[error.start]:#04x}); save it as UTF-8"
        raise FaultyFile(name, [Fault(path=(), line=line, why=why)]) from error


def _no_mapping(content: object) -> str:
    what = {type(None): "is empty", list: "holds a list", str: "holds one text"}[type(content)]
    return f"{what}; write keys, each with its value: {', '.join(RolloutForm.model_fields)}"


def _fault(tree: Tree, error: ErrorDetails) -> Fault:
    # Of a key that may not stand there pydantic says that it is a key.
    path: Path = tuple(part for part in error["loc"] if part != "[key]")
    return Fault(path=path, line=tree.line(path), why=_why(path, error))


def _why(path: Path, error: ErrorDetails) -> str:
    match error["type"]:
        case kind if kind == FAULT:
            return error["msg"]
        case "extra_forbidden":
            return f"there is no such key; {nearest(str(path[-1]), _siblings(path))}"
        case "missing":
            return "is missing"
        case "model_type" | "dict_type" | "model_attributes_type":
            return f"{_said(error['input'])} stands here; write keys under it, each with its value"
        case "list_type" | "tuple_type":
            return f"{_said(error['input'])} stands here; write a list, such as [...]"
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


def _siblings(path: Path) -> Sequence[str]:
    """The keys that may stand where an unknown one does."""
    form: type[BaseModel] = RolloutForm
    for part in path[:-1]:
        if isinstance(part, str) and part in form.model_fields:
            form = next(_forms(form.model_fields[part].annotation), form)
    return keys_of(form)


def _forms(annotation: Any) -> Iterator[type[BaseModel]]:
    """Every form inside a type such as `list[Gate] | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    if isinstance(annotation, Keyed):
        yield annotation.part
    for inner in get_args(annotation):
        yield from _forms(inner)
