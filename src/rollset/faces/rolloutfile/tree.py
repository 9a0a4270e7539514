"""A YAML text as a tree of texts that knows its lines, read within bounds.

Nothing is made of what is read: every scalar stays the text that was written, so `no` is no truth value, `1:30` is not
ninety and `010` not eight; what a text means is decided by the parser of the key that it stands under, which is the
parser of the flag. Tags make nothing either, for they are refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import yaml

from rollset.faces.rolloutfile.faulty import Fault, FaultyFile, Path, clipped

NESTING_MAX = 20
VALUES_MAX = 50_000
"""With every alias written out, for a few lines of aliases of aliases stand for billions of values."""

QUICK: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's parser: twenty times as fast. What it cannot read the other one reads again, whose words are for people."""

NOTHING = frozenset({"", "~", "null", "Null", "NULL"})
"""What a plain scalar of YAML means nothing by."""

Content = str | None | list["Content"] | dict[str, "Content"]
"""`None` is a key without a value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """What a file holds, and on which line each of its values begins."""

    content: Content
    lines: Mapping[Path, int]
    faults: tuple[Fault, ...]
    """What is wrong with the text, although it can be read."""

    def line(self, path: Path) -> int | None:
        """The line of a value; where there is none, that of what should hold it."""
        for length in range(len(path), 0, -1):
            if (line := self.lines.get(path[:length])) is not None:
                return line
        return None


def read_tree(name: str, text: str) -> Tree:
    """Reads the text of the file `name`.

    Raises:
        FaultyFile: it is no YAML, or too much of it.
    """
    with suppress(yaml.YAMLError, UnicodeError):
        return _grown(_Growing(name), text, QUICK)
    growing = _Growing(name)
    try:
        return _grown(growing, text, yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise growing.fault(None if mark is None else mark.line + 1, _not_yaml(error)) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        why = f"not YAML: there is a character that no text has ({_code(error.character)}); take it out"
        raise growing.fault(line, why) from error
    except (ValueError, OverflowError) as error:
        why = "not YAML: an escape in a quoted text stands for no character; write the character itself"
        raise growing.fault(None, why) from error


def _grown(growing: _Growing, text: str, loader: Any) -> Tree:
    for event in yaml.parse(text, Loader=loader):
        growing.take(event)
    return growing.tree()


def _code(character: object) -> str:
    return f"U+{character:04X}" if isinstance(character, int) else str(character)


def _not_yaml(error: yaml.MarkedYAMLError) -> str:
    problem = error.problem or "unreadable"
    if "'\\t'" in problem:
        return "not YAML: a tab; write spaces to indent"
    if "mapping values are not allowed" in problem:
        return (
            "not YAML: a key stands where none may; indent it as its neighbours, see that the one above has its colon, "
            "and quote a text that holds one"
        )
    return f"not YAML: {problem}" + (f" {error.context}" if error.context and "while" in error.context else "")


@dataclass(slots=True)
class _Open:
    """A list or mapping that is being read. `key` is that of the next value of a mapping, if it was read."""

    content: list[Content] | dict[str, Content]
    path: Path
    anchor: str | None
    size: int = 1
    key: str | None = None
    repeated: bool = False


class _Growing:
    """Follows the events of a text, which cost nothing to hold, and refuses what is nested or repeated too much."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._open: list[_Open] = []
        self._anchored: dict[str, tuple[Content, int]] = {}
        self._lines: dict[Path, int] = {}
        self._faults: list[Fault] = []
        self._content: Content = None
        self._documents = 0

    def tree(self) -> Tree:
        return Tree(content=self._content, lines=self._lines, faults=tuple(self._faults))

    def fault(self, line: int | None, why: str) -> FaultyFile:
        """The end of it: what follows would be faults of this one."""
        return FaultyFile(self._name, [*self._faults, Fault(path=(), line=line, why=why)])

    def take(self, event: yaml.Event) -> None:
        line = 0 if event.start_mark is None else event.start_mark.line + 1
        match event:
            case yaml.DocumentStartEvent():
                self._documents += 1
                if self._documents > 1:
                    raise self.fault(line, "a second document begins here; one file holds one")
            case yaml.AliasEvent():
                self._alias(str(event.anchor), line)
            case yaml.ScalarEvent():
                self._no_tag(event, line)
                plain_nothing = not event.style and event.value in NOTHING
                self._complete(None if plain_nothing else event.value, 1, event.anchor, line)
            case yaml.CollectionStartEvent():
                self._no_tag(event, line)
                self._begin(event, line)
            case yaml.CollectionEndEvent():
                done = self._open.pop()
                self._complete(done.content, done.size, done.anchor, line, begun=True)
            case _:
                pass

    def _no_tag(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent, line: int) -> None:
        if event.tag is not None:
            raise self.fault(line, f"a tag ({clipped(event.tag)}); write the plain value")

    def _begin(self, event: yaml.CollectionStartEvent, line: int) -> None:
        if len(self._open) == NESTING_MAX:
            raise self.fault(line, f"nested deeper than {NESTING_MAX} levels")
        if self._open and self._wants_key:
            raise self.fault(line, "a list or mapping stands where a key should; keys are plain words")
        content: list[Content] | dict[str, Content] = {} if isinstance(event, yaml.MappingStartEvent) else []
        path = self._next_path
        self._lines.setdefault(path, line)
        self._open.append(_Open(content=content, path=path, anchor=event.anchor))

    def _alias(self, anchor: str, line: int) -> None:
        if any(anchor == one.anchor for one in self._open):
            raise self.fault(line, f"the alias {clipped(anchor)} stands within itself")
        if anchor not in self._anchored:
            raise self.fault(line, f"the alias {clipped(anchor)} stands for nothing above it")
        content, size = self._anchored[anchor]
        self._complete(content, size, None, line)

    def _complete(self, value: Content, size: int, anchor: str | None, line: int, *, begun: bool = False) -> None:
        """A key or a value is there, all of it."""
        if anchor is not None:
            self._anchored[anchor] = (value, size)
        if not self._open:
            self._content = value
            return
        around = self._open[-1]
        around.size += size
        if around.size > VALUES_MAX:
            raise self.fault(line, f"more than {VALUES_MAX} values, with aliases written out")
        if self._wants_key:
            self._key(around, value, line)
            return
        if not begun:
            self._lines.setdefault(self._next_path, line)
        if isinstance(around.content, list):
            around.content.append(value)
        elif around.key is not None:
            if not around.repeated:
                around.content[around.key] = value
            around.key, around.repeated = None, False

    def _key(self, around: _Open, value: Content, line: int) -> None:
        if isinstance(value, list | dict):
            raise self.fault(line, "a list or mapping stands where a key should; keys are plain words")
        key = value or "null"
        path = (*around.path, key)
        around.key, around.repeated = key, path in self._lines
        if key == "<<":
            raise self.fault(line, "a merge key (<<); write the values out")
        if around.repeated:
            first = self._lines[path]
            where = f"in line {line}" if first == line else f"in lines {first} and {line}"
            why = f"is there twice, {where}; keep one"
            self._faults.append(Fault(path=path, line=line, why=why))
        self._lines.setdefault(path, line)

    @property
    def _wants_key(self) -> bool:
        return isinstance(self._open[-1].content, dict) and self._open[-1].key is None

    @property
    def _next_path(self) -> Path:
        if not self._open:
            return ()
        around = self._open[-1]
        step = len(around.content) if isinstance(around.content, list) else around.key
        assert step is not None, "a value of a mapping has a key"
        return (*around.path, step)
