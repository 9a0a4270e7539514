"""A plan in a file: everything that `plan -o json` tells, and what is needed to carry out exactly that.

hash       what was agreed to
exact      the wish and the ground that the plan stands on, as the program reads them
checksum   of all the rest: whoever changes a file by hand finds it refused
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

from rollset.core.canonical import digest
from rollset.core.errors import UsageError
from rollset.core.ground import Ground
from rollset.core.plan import Plan
from rollset.engine.prepare import Wish
from rollset.engine.records import Unreadable, read_exact, write_exact
from rollset.faces.agreed import Agreed, parse_hash
from rollset.faces.documents import Json

FORM = 1
"""Of the file; raised when an older rollset could no longer read it."""

BYTES_MAX = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedPlan:
    """What a file holds."""

    wish: Wish
    agreed: Agreed


def saved_document(plan: Plan, wish: Wish, told: Json) -> Json:
    """The content of the file; `told` is what the plan says to machines."""
    exactly = write_exact(replace(wish, change=plan.job.image), Ground.of(plan.fleet, plan.job))
    document = {"form": FORM, **told, "exact": exactly}
    return {**document, "checksum": digest(document)}


def save_plan(name: str, document: Json) -> None:
    """Writes the file.

    Raises:
        UsageError: it cannot be written.
    """
    try:
        Path(name).write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise UsageError(f"cannot save the plan as {name}: {why}; nothing was changed") from error


def read_plan(name: str) -> SavedPlan:
    """What the file holds.

    Raises:
        UsageError: it is not there, is no plan, or is not as it was written.
    """
    document = _document(name)
    exactly, form = document.get("exact"), document.get("form")
    if form != FORM or not isinstance(exactly, dict):
        raise UsageError(
            f"{name} is no plan that this rollset can carry out (it says form {form!r}, and form {FORM} is known); "
            "make one with: rollset plan --save FILE"
        )
    checksum = document.pop("checksum", None)
    if checksum != digest(document):
        raise UsageError(f"{name} was changed after it was written, so it is not what was agreed to; plan again")
    try:
        wish, ground = read_exact(exactly)
        return SavedPlan(wish=wish, agreed=Agreed(hash=parse_hash(str(document["hash"])), ground=ground, name=name))
    except (KeyError, UsageError, Unreadable) as error:
        raise UsageError(f"{name} is no plan of this rollset; make one with: rollset plan --save FILE") from error


def _document(name: str) -> Json:
    try:
        with Path(name).open("rb") as opened:
            content = opened.read(BYTES_MAX + 1)
        document = json.loads(content) if len(content) <= BYTES_MAX else None
    except OSError as error:
        raise UsageError(f"cannot read the plan {name}: {error.strerror}; name a file that is there") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(
            f"{name} is no JSON ({str(error)[:100]}); make a plan with: rollset plan --save FILE"
        ) from error
    if not isinstance(document, dict):
        raise UsageError(f"{name} holds no plan; make one with: rollset plan --save FILE")
    return document
