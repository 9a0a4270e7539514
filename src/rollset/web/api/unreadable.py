"""What cannot be read of a request, each fault once and in our own manner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi.exceptions import RequestValidationError

from rollset.faces.rolloutfile.faulty import Fault, Path

WORDS = {"missing": "is missing", "extra_forbidden": "there is no such member here"}
"""Of what is found by the kind of fault alone."""

ORDER, HAS_TO = "Input should be ", "has to be "

FAULTS_MAX = 100
"""Of a body that has thousands, the first say enough."""


def faults_of(error: RequestValidationError) -> list[Fault]:
    """What is wrong, by path; what a value could have been instead is one fault, not one for each possibility."""
    found: dict[Path, list[str]] = {}
    for one in error.errors()[:FAULTS_MAX]:
        path, why = _path(one, error.body), _why(one)
        if why not in found.setdefault(path, []):
            found[path].append(why)
    # Where a value could have been of several kinds, the one whose inside was looked at was meant.
    outer = {path[:length] for path in found for length in range(len(path))}
    return [Fault(path=path, line=None, why=_either(why)) for path, why in found.items() if path not in outer]


def _why(fault: Mapping[str, Any]) -> str:
    kind, told = fault["type"], str(fault["msg"])
    if kind == "json_invalid":
        return f"is no JSON: {fault.get('ctx', {}).get('error', told)} at character {fault['loc'][-1]}"
    if told.startswith(ORDER):
        return HAS_TO + told.removeprefix(ORDER)
    return WORDS.get(kind, f"{told[:1].lower()}{told[1:]}")


def _path(fault: Mapping[str, Any], body: object) -> Path:
    """Where it is in what was sent: the check adds the names of the kinds that it has tried, which nobody wrote."""
    place, *parts = fault["loc"]
    if fault["type"] == "json_invalid":
        return ()
    if place != "body":
        return tuple(parts)
    path: list[str | int] = []
    for part in parts:
        if isinstance(body, Mapping) and (part in body or fault["type"] == "missing"):
            body = body.get(part)
        elif isinstance(body, Sequence) and not isinstance(body, str) and isinstance(part, int):
            body = body[part] if part < len(body) else None
        else:
            continue
        path.append(part)
    return tuple(path)


def _either(why: Sequence[str]) -> str:
    """One sentence of several.

    >>> _either(["has to be a valid string", "has to be a valid list"])
    'has to be a valid string or a valid list'
    """
    if len(why) > 1 and all(one.startswith(HAS_TO) for one in why):
        return HAS_TO + " or ".join(one.removeprefix(HAS_TO) for one in why)
    return ", or ".join(why)
