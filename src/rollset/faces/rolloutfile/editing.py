"""Changes single values of a rollout file, and leaves all the rest as it was written, comments included.

A value that stands on a line of its own is changed on that line. Where that would not give what is wanted (a list over
several lines, braces, aliases), the file is written anew from what it says, without its comments.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml

from rollset.faces.rolloutfile.faulty import FaultyFile, Path
from rollset.faces.rolloutfile.form import RolloutForm
from rollset.faces.rolloutfile.tree import Content, Tree, read_tree

COLUMNS = 120
INDENT = 2

Changes = Mapping[Path, Content]
"""New values by path; `None` takes the key out."""


def edited(name: str, text: str, changes: Changes) -> str:
    """The text of the file `name` with these values.

    Raises:
        FaultyFile: it is no YAML, so there is nothing to change in it.
    """
    tree = read_tree(name, text)
    for path, value in changes.items():
        wanted = _with(tree.content, path, value)
        attempt = _in_place(text, tree, path, value)
        read = None if attempt is None else _read(name, attempt)
        if attempt is not None and read is not None and read.content == wanted:
            text, tree = attempt, read
        else:
            text = _anew(wanted)
            tree = read_tree(name, text)
    return text


def value_at(content: Content, path: Path) -> Content:
    """What stands there, if anything does."""
    for step in path:
        content = content.get(step) if isinstance(content, dict) and isinstance(step, str) else None
    return content


def _read(name: str, text: str) -> Tree | None:
    try:
        return read_tree(name, text)
    except FaultyFile:
        return None


def _with(content: Content, path: Path, value: Content) -> Content:
    """What the file is to say; a mapping that has become empty goes."""
    known = content if isinstance(content, dict) else {}
    step, rest = str(path[0]), path[1:]
    inner = _with(known.get(step), rest, value) if rest else value
    if inner is None or inner == {}:
        return {key: one for key, one in known.items() if key != step}
    return {**known, step: inner}


def _anew(content: Content) -> str:
    plain = _plain(content)
    return yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=COLUMNS) if plain else ""


_NUMBER = re.compile("0|[1-9][0-9]{0,17}")


def _plain(content: Content) -> Any:
    """As it would be written by hand: a number without quotes."""
    match content:
        case dict():
            return {key: _plain(value) for key, value in content.items()}
        case list():
            return [_plain(one) for one in content]
        case str() if _NUMBER.fullmatch(content):
            return int(content)
        case "true" | "false":
            return content == "true"
        case _:
            return content


def _inline(value: Content) -> str:
    """A value behind its key."""
    if isinstance(value, str) and "\n" in value:
        return yaml.safe_dump(value, default_style='"', allow_unicode=True, width=10**6).strip()
    written = yaml.safe_dump(_plain(value), default_flow_style=True, allow_unicode=True, width=10**6)
    return written.removesuffix("...\n").strip()


def _in_place(text: str, tree: Tree, path: Path, value: Content) -> str | None:
    lines = text.splitlines()
    if value_at(tree.content, path) is None:
        return None if value is None else _added(lines, tree, path, value)
    if value is None:
        return _removed(lines, tree, path)
    at = _line_of(lines, tree, path)
    if at is None:
        return None
    found = _KEYED.fullmatch(lines[at])
    assert found is not None, "the line was found by its key"
    after = _end_of(lines, at)
    comment = _COMMENT.search(found["rest"])
    lines[at:after] = [f"{found['head']} {_inline(value)}{comment[0] if comment else ''}"]
    return _joined(lines)


_KEYED = re.compile(r"(?P<head>\s*[A-Za-z_][\w.-]*\s*:)(?P<rest>(\s.*)?)")
_COMMENT = re.compile(r"(?<!\s)\s+#.*")
"""Both look at each character a few times at most, however long a line is."""


def _line_of(lines: list[str], tree: Tree, path: Path) -> int | None:
    """Where a key stands on a line of its own."""
    number = tree.lines.get(path)
    if number is None or not 0 < number <= len(lines):
        return None
    found = _KEYED.fullmatch(lines[number - 1])
    return number - 1 if found and found["head"].strip().removesuffix(":").strip() == path[-1] else None


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _end_of(lines: list[str], at: int) -> int:
    """Behind the last line that belongs to the key at that line."""
    end = at + 1
    for number in range(at + 1, len(lines)):
        line = lines[number]
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if _indent(line) <= _indent(lines[at]) and not line.lstrip().startswith("- "):
            break
        end = number + 1
    return end


def _removed(lines: list[str], tree: Tree, path: Path) -> str | None:
    around = value_at(tree.content, path[:-1]) if len(path) > 1 else None
    if isinstance(around, dict) and len(around) == 1:
        return _removed(lines, tree, path[:-1])
    at = _line_of(lines, tree, path)
    if at is None:
        return None
    del lines[at : _end_of(lines, at)]
    return _joined(lines)


def _added(lines: list[str], tree: Tree, path: Path, value: Content) -> str | None:
    """Below the nearest mapping that is there, at its end."""
    depth = max(n for n in range(len(path)) if n == 0 or isinstance(value_at(tree.content, path[:n]), dict))
    if depth == 0:
        block, at = _block(path, value, 0), _place_of(lines, tree, path[0])
    else:
        parent = _line_of(lines, tree, path[:depth])
        if parent is None or parent + 1 >= len(lines):
            return None
        at = _end_of(lines, parent)
        children = [_indent(line) for line in lines[parent + 1 : at] if line.strip()]
        block = _block(path[depth:], value, children[0] if children else INDENT * depth)
    lines[at:at] = block
    return _joined(lines)


def _place_of(lines: list[str], tree: Tree, key: str | int) -> int:
    """Before the keys that usually come later, or at the end."""
    later = list(RolloutForm.model_fields)
    later = later[later.index(key) + 1 :] if isinstance(key, str) and key in later else []
    there = (at for one in later if (at := _line_of(lines, tree, (one,))) is not None)
    return min(there, default=len(lines))


def _block(path: Path, value: Content, indent: int) -> list[str]:
    *around, key = path
    heads = [f"{' ' * (indent + INDENT * n)}{step}:" for n, step in enumerate(around)]
    return [*heads, f"{' ' * (indent + INDENT * len(around))}{key}: {_inline(value)}"]


def _joined(lines: list[str]) -> str:
    return "\n".join(lines) + "\n"
