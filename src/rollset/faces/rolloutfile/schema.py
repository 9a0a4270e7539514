"""The JSON Schema of rollout files, by which editors complete keys, explain them, and mark what is wrong."""

from __future__ import annotations

from typing import Any

from rollset.faces.rolloutfile.form import RolloutForm

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def rollout_schema() -> dict[str, Any]:
    """The schema, as `docs/rollout.schema.json` holds it."""
    schema = _plain(RolloutForm.model_json_schema())
    assert isinstance(schema, dict)
    return {"$schema": DIALECT, "title": "A rollout of rollset", **schema}


def _plain(schema: Any) -> Any:
    """The same without what pydantic adds for programs: names of classes, and `null` where a key is left out."""
    match schema:
        case dict():
            return {
                name: _members(value) if name in ("properties", "$defs") else _plain(value)
                for name, value in schema.items()
                if name != "title" and not (name == "default" and value is None)
            }
        case list():
            return [_plain(one) for one in schema]
        case _:
            return schema


def _members(members: dict[str, Any]) -> dict[str, Any]:
    """What stands under names of our own, which may be `title` and `default` as well."""
    return {name: _plain(value) for name, value in members.items()}
