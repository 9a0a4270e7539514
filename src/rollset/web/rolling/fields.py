"""The fields of the form beside a rollout file, made from the form of the file itself: same keys, same words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from rollset.faces.rolloutfile.faulty import Path, spoken_path
from rollset.faces.rolloutfile.form import ImagePart, PolicyPart, SelectPart, SurgePart
from rollset.faces.rolloutfile.model import ModelPart
from rollset.faces.rolloutfile.scalars import TRUTH, Listed, kind_in


class Widget(StrEnum):
    """How a value is asked for."""

    TEXT = "text"
    LIST = "list"
    """Several values in one line, with commas."""
    LINES = "lines"
    """One value a line."""
    CHOICE = "choice"
    CHECK = "check"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One value. `usual` is what it is when left out; `choices` are those of a choice."""

    path: Path
    hint: str
    widget: Widget
    usual: str = ""
    example: str = ""
    choices: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """`policy.max_unavailable`: its name in the form, and how faults call it."""
        return spoken_path(self.path)

    @property
    def id(self) -> str:
        """Of its element."""
        return "-".join(str(step) for step in self.path)

    @property
    def label(self) -> str:
        """The key in words."""
        return " ".join(str(step) for step in self.path[1:]).replace("_", " ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Fields that belong together, under the title of the page that explains them."""

    title: str
    fields: tuple[Field, ...]
    open: bool = False
    """Whether it is shown at once."""


LINES = ("windows", "freezes", "gates", "hooks")
"""Keys whose values are sentences."""

POLICY: tuple[tuple[str, bool, tuple[str, ...]], ...] = (
    ("Budget", True, ("max_unavailable", "min_healthy", "canary", "batch_size", "pause", "repair")),
    ("Proof", True, ("bake", "bake_end", "checkpoints")),
    ("Failures", True, ("on_failure", "max_failures", "retries", "health_deadline", "upgrade_deadline")),
    ("Order", False, ("order", "first", "across_domains")),
    ("Set aside", False, ("protected", "protected_deadline", "stopped")),
    ("Surge", False, ("surge.add", "surge.fallback")),
    ("Windows and freezes", False, ("windows", "freezes")),
    ("Gates, hooks and comparison", False, ("gates", "hooks", "compare")),
    (
        "Upgrade policy and other actors",
        False,
        ("switch_policy", "engine", "automatic_repairs", "automatic_os_upgrade"),
    ),
)
"""The groups of `policy`, with whether each is open from the beginning."""


@cache
def policy_groups() -> tuple[Group, ...]:
    """The fields of `policy`, group by group."""
    return tuple(
        Group(title=title, open=is_open, fields=tuple(_policy(key) for key in keys)) for title, is_open, keys in POLICY
    )


@cache
def image_fields() -> tuple[Field, ...]:
    """The ways of naming an image, and the size of the machines."""
    return (
        *(_field(("image", key), ImagePart.model_fields[key]) for key in ("version", "sku", "id", "uri", "urn")),
        _field(("model", "vm_size"), ModelPart.model_fields["vm_size"]),
    )


@cache
def select_fields() -> tuple[Field, ...]:
    """The facets of the selection."""
    return tuple(_field(("select", key), field) for key, field in SelectPart.model_fields.items())


def all_fields() -> tuple[Field, ...]:
    return (*image_fields(), *select_fields(), *(field for group in policy_groups() for field in group.fields))


def _policy(key: str) -> Field:
    part: type[BaseModel] = PolicyPart
    *around, last = key.split(".")
    if around:
        part = SurgePart
    return _field(("policy", *around, last), part.model_fields[last])


def _field(path: Path, field: FieldInfo) -> Field:
    kind = kind_in(field)
    choices = tuple(kind.schema.get("enum", ())) if kind is not None else ()
    return Field(
        path=path,
        hint=field.description or "",
        widget=_widget(path, field, choices),
        usual=_usual(field),
        example="" if kind is None else kind.example,
        choices=choices,
    )


def _widget(path: Path, field: FieldInfo, choices: Sequence[str]) -> Widget:
    kind = kind_in(field)
    if path[-1] in LINES:
        return Widget.LINES
    if choices:
        return Widget.CHOICE
    if kind is TRUTH:
        return Widget.CHECK
    return Widget.LIST if isinstance(kind, Listed) or path[-1] == "checkpoints" else Widget.TEXT


def _usual(field: FieldInfo) -> str:
    extra = field.json_schema_extra
    usual = extra.get("default") if isinstance(extra, dict) else None
    return "" if usual is None or usual is False or usual == [] else str(usual)
