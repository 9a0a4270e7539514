"""A path into a model: names with dots between them; an element of a list is named by what makes it the one it is.

    virtualMachineProfile.storageProfile.dataDisks[lun=0].caching

Positions are no names: they move when somebody else adds an element.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from rollset.core.errors import UsageError

SPOKEN_MAX = 80

COUNTED = frozenset({"lun"})
"""What names an element by a number."""

_DOTS = re.compile(r"\.(?![^\[\]]*\])")
"""Those outside of brackets."""

_STEP = re.compile(r"(?P<name>[^\[\]]*)(?P<list>\[(?P<element>[^\[\]]*)\])?")
_TAG = re.compile(r"(?P<path>\s*(?:properties\.)?tags\.[^=]*)=(?P<value>.*)", re.DOTALL | re.IGNORECASE)
"""The name of a tag may hold brackets."""

_SETTING = re.compile(r"(?P<path>(?:[^=\[]|\[[^\[\]]*\])*)=(?P<value>.*)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """The element of a list whose member `key` is `value`, whatever the case of its letters."""

    key: str
    value: str

    @property
    def member(self) -> str | int:
        """The value as ARM writes it."""
        return int(self.value) if self.key in COUNTED else self.value

    def is_named_by(self, one: object) -> bool:
        """Whether this is the element."""
        members = {name.lower(): value for name, value in one.items()} if isinstance(one, Mapping) else {}
        return str(members.get(self.key.lower())).lower() == self.value.lower()

    def __str__(self) -> str:
        return f"[{self.key}={self.value}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One name, and of a list the element that is meant."""

    name: str
    element: Element | None = None

    def __str__(self) -> str:
        return f"{self.name}{self.element or ''}"


def steps_of(path: str) -> tuple[Step, ...]:
    """The steps of a path.

    Raises:
        UsageError: it has no such form.
    """
    return tuple(_step(part.strip(), path) for part in _DOTS.split(path))


def spelled(steps: tuple[Step, ...]) -> str:
    """The path of these steps."""
    return ".".join(map(str, steps))


def whole_list(path: str) -> str | None:
    """The path of the outermost list that a path leads into; Azure replaces it as a whole."""
    above, bracket, _ = path.partition("[")
    return above if bracket else None


def split_setting(text: str) -> tuple[str, str] | None:
    """Path and value of `PATH=VALUE`; `None` where there is no path or no equals sign."""
    found = (_TAG if _TAG.fullmatch(text) else _SETTING).fullmatch(text)
    if found is None or not found["path"].strip():
        return None
    return found["path"].strip(), found["value"]


def _step(part: str, path: str) -> Step:
    found = _STEP.fullmatch(part)
    if found is None:
        raise UsageError(f"cannot read the path {path[:SPOKEN_MAX]!r}: a bracket is left open, or something follows it")
    if found["list"] is None:
        return Step(name=part)
    key, equals, value = (one.strip() for one in found["element"].partition("="))
    if not (key and equals and value):
        raise UsageError(
            f"cannot read {found['list']} in the path {path[:SPOKEN_MAX]!r}: positions in a list move; name the "
            "element, such as dataDisks[lun=0] or networkInterfaceConfigurations[name=NAME]"
        )
    return Step(name=found["name"].strip(), element=Element(key=key, value=value))
