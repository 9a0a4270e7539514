"""What a rollout file says, as values of the form; and what a form that was sent changes in the file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rollset.faces.rolloutfile.editing import edited, value_at
from rollset.faces.rolloutfile.faulty import FaultyFile, Path
from rollset.faces.rolloutfile.tree import Content, read_tree
from rollset.web.rolling.fields import Field, Widget, all_fields

TRUE = "true"

SURGE: Path = ("policy", "surge")
ADD: Path = (*SURGE, "add")


def filled(name: str, text: str) -> dict[str, str | None]:
    """The value of every field, by its name; `None` for what is written in a way that no field can show.

    Raises:
        FaultyFile: it is no YAML.
    """
    content = read_tree(name, text).content
    return {field.name: shown(field, _said(content, field.path)) for field in all_fields()}


def _said(content: Content, path: Path) -> Content:
    """What the file says there; the short form of a surge says what to add."""
    short = value_at(content, SURGE) if path == ADD else None
    return short if isinstance(short, str) else value_at(content, path)


def shown(field: Field, value: Content) -> str | None:
    """A value as its field shows it."""
    match value:
        case None:
            return ""
        case str():
            return value
        case list() if all(isinstance(one, str) for one in value) and field.widget in (Widget.LIST, Widget.LINES):
            return ("\n" if field.widget is Widget.LINES else ", ").join(str(one) for one in value)
        case _:
            return None


def with_form(name: str, was: str, text: str, sent: Mapping[str, Sequence[str]]) -> str:
    """The file `text` with what was changed in the form since it showed the file `was`.

    So both sides may be changed at once; where both changed the same value, that of the form holds.

    Raises:
        FaultyFile: the file is no YAML.
    """
    try:
        before = filled(name, was)
    except FaultyFile:
        return edited(name, text, {})  # The form shows what was sent then, and nothing of it has changed.
    changes: dict[Path, Content] = {}
    for field in all_fields():
        shown_before, given = before[field.name], _given(field, sent)
        if shown_before is not None and given is not None and not _same(field, shown_before, given):
            changes[field.path] = _written(field, given)
    short = value_at(read_tree(name, text).content, SURGE)
    if isinstance(short, str) and any(path[: len(SURGE)] == SURGE for path in changes):
        changes = {ADD: short, **changes}
    return edited(name, text, changes)


def as_sent(sent: Mapping[str, Sequence[str]]) -> dict[str, str | None]:
    """The values of a form whose file cannot be read: as they were sent."""
    return {field.name: _given(field, sent) for field in all_fields()}


def _given(field: Field, sent: Mapping[str, Sequence[str]]) -> str | None:
    """What was sent of a field; `None` where nothing was, for it could not be changed."""
    if field.widget is Widget.CHECK:
        return TRUE if TRUE in sent.get(field.name, ()) else ""
    values = sent.get(field.name)
    if values is None:
        return None
    return ", ".join(one.strip() for one in values if one.strip()) if field.widget is not Widget.LINES else values[0]


def _same(field: Field, was: str, given: str) -> bool:
    if field.widget is Widget.CHECK:
        return (was == TRUE) == (given == TRUE)
    return _items(field, was) == _items(field, given)


def _items(field: Field, value: str) -> list[str]:
    match field.widget:
        case Widget.LINES:
            return [line.strip() for line in value.splitlines() if line.strip()]
        case Widget.LIST:
            return [one.strip() for one in value.split(",") if one.strip()]
        case _:
            return [value.strip()] if value.strip() else []


def _written(field: Field, given: str) -> Content:
    items = _items(field, given)
    if not items:
        return None
    if field.widget is Widget.LINES:
        return list(items)
    return list(items) if (field.widget is Widget.LIST and len(items) > 1) or _is_listed(field) else items[0]


def _is_listed(field: Field) -> bool:
    """Whether one value alone is written as a list as well."""
    return field.path[0] == "select" or field.path[-1] == "checkpoints"
