"""The YAML of a fleet file, read within bounds: an absurd file is refused before it costs time or memory."""

from collections.abc import Callable
from typing import Any

import yaml

from rollset.emulator.errors import EmulatorError

# An export of 2,000 sets, with the whole model of each, has 4,700,000 characters and 200,000 values.
CHARACTERS_MAX = 10_000_000
NESTING_MAX = 20
VALUES_MAX = 400_000
"""With every alias written out, for a few lines of aliases of aliases stand for billions of values."""

MERGE = "tag:yaml.org,2002:merge"


def read_yaml(text: str) -> Any:
    """What the text holds; the first fault is named with its line and column."""
    if len(text) > CHARACTERS_MAX:
        raise EmulatorError(f"longer than {CHARACTERS_MAX} characters")
    try:
        _Measure().take(text, _FastLoader)
        return yaml.load(text, Loader=_FastLoader)  # noqa: S506  A safe loader, see below.
    except yaml.YAMLError:
        return _read_slowly(text)


def _read_slowly(text: str) -> Any:
    """The same by PyYAML's own parser, which says more of what is wrong than libyaml does."""
    try:
        _Measure().take(text, _Loader)
        return yaml.load(text, Loader=_Loader)  # noqa: S506  A safe loader, see below.
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = "" if mark is None else _place(mark)
        raise EmulatorError(f"{place}not YAML: {getattr(error, 'problem', None) or 'unreadable'}") from error


class _Measure:
    """Follows the events of a text, which cost nothing to hold, and refuses one that is nested or repeated too much."""

    def __init__(self) -> None:
        self._open: list[tuple[str | None, int]] = []  # Anchor and size of each list and mapping around.
        self._sizes: dict[str, int] = {}

    def take(self, text: str, loader: Any) -> None:
        for event in yaml.parse(text, Loader=loader):
            match event:
                case yaml.AliasEvent():
                    anchor = str(event.anchor)
                    if any(anchor == around for around, _ in self._open):
                        raise EmulatorError(f"{_place(event.start_mark)}the alias '{anchor[:60]}' stands within itself")
                    self._count(event, None, self._sizes.get(anchor, 1))
                case yaml.ScalarEvent(anchor=anchor):
                    self._count(event, anchor, 1)
                case yaml.CollectionStartEvent(anchor=anchor):
                    if len(self._open) == NESTING_MAX:
                        raise EmulatorError(f"{_place(event.start_mark)}nested deeper than {NESTING_MAX} levels")
                    self._open.append((anchor, 1))
                case yaml.CollectionEndEvent():
                    self._count(event, *self._open.pop())
                case _:
                    pass

    def _count(self, event: yaml.Event, anchor: str | None, size: int) -> None:
        """A value of that size is complete."""
        if anchor is not None:
            self._sizes[anchor] = size
        if self._open:
            around, so_far = self._open[-1]
            self._open[-1] = (around, so_far + size)
            if so_far + size > VALUES_MAX:
                raise EmulatorError(
                    f"{_place(event.start_mark)}more than {VALUES_MAX} values, with aliases written out"
                )


class _Once:
    """Takes no key twice."""

    construct_object: Callable[..., Any]

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002  PyYAML's signature.
        seen: set[str] = set()
        for key, _ in node.value:
            # `3` and `"3"` are one instance.
            name = "" if key.tag == MERGE else str(self.construct_object(key, deep=True))
            if name in seen and key.tag != MERGE:
                raise EmulatorError(f"{_place(key.start_mark)}the key {name[:60]!r} is there twice")
            seen.add(name)
        constructed: dict[Any, Any] = super().construct_mapping(node, deep)  # type: ignore[misc]
        return constructed


class _Loader(_Once, yaml.SafeLoader):
    """Leaves what only looks like a number or a date as text."""


# Ten times as fast where PyYAML was built with libyaml: a file with 2,000 sets is read in a second.
_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _FastLoader(_Once, _Base):  # type: ignore[misc]
    """The same by libyaml."""


def _or_text(construct: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def constructed(loader: Any, node: Any) -> Any:
        try:
            return construct(loader, node)
        except (
            ValueError,
            LookupError,
            AttributeError,
        ):  # What PyYAML stumbles over, tags such as `!!int ""` included.
            return loader.construct_scalar(node)

    return constructed


for _kind in (_Loader, _FastLoader):
    _kind.add_constructor("tag:yaml.org,2002:bool", _or_text(yaml.SafeLoader.construct_yaml_bool))
    _kind.add_constructor("tag:yaml.org,2002:int", _or_text(yaml.SafeLoader.construct_yaml_int))
    _kind.add_constructor("tag:yaml.org,2002:float", _or_text(yaml.SafeLoader.construct_yaml_float))
    _kind.add_constructor("tag:yaml.org,2002:timestamp", _or_text(yaml.SafeLoader.construct_yaml_timestamp))


def _place(mark: Any) -> str:
    return f"line {mark.line + 1}, column {mark.column + 1}: "
