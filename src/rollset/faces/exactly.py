"""The numbers of a plan as text and as a document: how long, how many requests, the way back, and its hash."""

from __future__ import annotations

import time
from collections.abc import Iterator

from rollset.core.ahead.charges import Charge
from rollset.core.ahead.estimate import Estimate, prior_seconds
from rollset.core.ahead.exact import Exact, exact
from rollset.core.canonical import HASH_DIGITS_SHOWN
from rollset.core.plan import Plan
from rollset.core.selection import spoken_ids
from rollset.core.undo import Reference
from rollset.faces.documents import Json, image_document
from rollset.faces.durations import spoken_duration
from rollset.faces.hours import openings_document
from rollset.faces.words import plural


def short_hash(full: str) -> str:
    """As much of a hash as people need."""
    return full[:HASH_DIGITS_SHOWN]


def exact_rows(plan: Plan) -> Iterator[tuple[str, str]]:
    """What stands below the steps."""
    numbers = exact(plan, time.time())
    if plan.steps:
        yield "takes", _lasts(plan, numbers.lasts)
        yield "asks", _charges(numbers)
        yield "back", _back(numbers.back)
    yield "plan", f"{short_hash(plan.hash)} (approve or run exactly this one with --hash)"


def exact_document(plan: Plan) -> Json:
    """The same for machines, with the hash in full."""
    now = time.time()
    numbers = exact(plan, now)
    lasts = numbers.lasts
    return {
        "hash": plan.hash,
        "steps": len(plan.steps),
        "upgrades": len(plan.upgrades),
        "lasts": None
        if lasts is None
        else {
            "p50_seconds": round(lasts.p50),
            "p90_seconds": round(lasts.p90),
            "measured": lasts.measured,
            "approvals": lasts.approvals,
        },
        "openings": openings_document(plan, now),
        "requests": [_charge_document(one) for one in numbers.charges],
        "undo": {
            "groups": [
                {"image": image_document(group.image), "instances": list(group.instances)}
                for group in numbers.back.groups
            ],
            "model": image_document(numbers.back.model),
            "not_known": list(numbers.back.unknown),
        },
    }


def _charge_document(one: Charge) -> Json:
    bucket = one.bucket
    return {
        "bucket": bucket.name,
        "what": bucket.what,
        "expected": one.requests,
        "gives": one.gives,
        "at_once": bucket.at_once,
        "each_minute": bucket.each_minute,
    }


def _lasts(plan: Plan, lasts: Estimate | None) -> str:
    if lasts is None:
        return "nobody can tell: others hold all places that may be out"
    low, high = prior_seconds(plan.situation)
    words = (
        f"about {_rounded(lasts.p50)}, nine times in ten at most {_rounded(lasts.p90)}; guessed at "
        f"{spoken_duration(low)} to {spoken_duration(high)} an instance, for none has been upgraded yet"
    )
    return words + (f"; {plural(lasts.approvals, 'approval')} taken to be given at once" if lasts.approvals else "")


def _rounded(seconds: float) -> str:
    """No guess is good to the second."""
    return spoken_duration(max(60.0, round(seconds / 60) * 60.0))


def _charges(numbers: Exact) -> str:
    total = sum(one.requests for one in numbers.charges if one.bucket.is_counted_by_request)
    most = max(numbers.charges, key=lambda one: one.share)
    return (
        f"about {plural(total, 'request')} of Azure; most of {most.bucket.what}: {most.requests} of the {most.gives} "
        f"that {most.bucket.name} gives meanwhile ({most.share:.0%})"
    )


def _back(back: Reference) -> str:
    words = [f"{spoken_ids(group.instances)} to {group.image}" for group in back.groups]
    words += [f"the model to {back.model}"] if back.model is not None else []
    words += [f"not {spoken_ids(back.unknown)}, whose exact image is not known"] if back.unknown else []
    return "; ".join(words)
