"""Windows and freezes as people write them in one text, and as they are written again."""

from __future__ import annotations

import time

from rollset.core.errors import UsageError
from rollset.core.plan import Plan
from rollset.core.when.freezes import Freeze
from rollset.core.when.hours import refuse_hopeless
from rollset.core.when.outlook import outlook
from rollset.core.when.windows import CRON_FIELDS, MaintenanceWindow
from rollset.faces.documents import moment
from rollset.faces.durations import duration_text, parse_duration


def parse_window(text: str) -> MaintenanceWindow:
    """Reads `0 22 * * 1-5 4h Europe/Berlin`, and a name behind it.

    Raises:
        UsageError: it is no window, or one that makes no sense.
    """
    words = text.split()
    if len(words) < CRON_FIELDS + 2:
        raise UsageError(
            f"cannot read {text!r} as a window; write when it opens as cron does, for how long, and in which zone: "
            "'0 22 * * 1-5 4h Europe/Berlin'"
        )
    cron, (length, zone, *name) = words[:CRON_FIELDS], words[CRON_FIELDS:]
    return MaintenanceWindow.checked(
        cron=" ".join(cron), seconds=parse_duration(length), zone=zone, name=" ".join(name) or None
    )


def parse_freeze(text: str) -> Freeze:
    """Reads `2026-12-18T18:00/2027-01-04 Europe/Berlin`, or one day, and a name behind it.

    Raises:
        UsageError: it is no freeze, or one that makes no sense.
    """
    when, _, rest = text.strip().partition(" ")
    zone, _, name = rest.strip().partition(" ")
    if not zone:
        raise UsageError(
            f"cannot read {text!r} as a freeze; write from when until when, and in which time zone, such as "
            "'2026-12-18T18:00/2027-01-04 Europe/Berlin', or one day: '2026-12-24 Europe/Berlin'"
        )
    begins, slash, ends = when.partition("/")
    return Freeze.checked(begins=begins, ends=ends if slash else begins, zone=zone, name=name.strip() or None)


def notes_on(plan: Plan) -> tuple[str, ...]:
    """What the calendar means for the plan, from now on.

    Raises:
        UsageError: no batch could ever start.
    """
    now = time.time()
    if not plan.nothing_to_do:
        refuse_hopeless(plan.job, plan.fleet.scale_set.os_type, now)
    ahead = outlook(plan.situation, now)
    return () if ahead is None else tuple(ahead.words())


def openings_document(plan: Plan, now: float) -> dict[str, object] | None:
    """The same as data; `null` where batches may start at any time."""
    ahead = outlook(plan.situation, now)
    if ahead is None:
        return None
    return {
        "batch_seconds": round(ahead.needs.seconds),
        "next": [
            {
                "opens": moment(one.opens),
                "closes": moment(one.closes),
                "window": one.window and one.window.called,
                "freeze": one.freeze and one.freeze.called,
            }
            for one in ahead.told
        ],
        "used": ahead.used,
        "ends_by": moment(ahead.ends_by),
    }


def window_document(window: MaintenanceWindow) -> dict[str, str]:
    """Its keys in a file."""
    named = {"name": window.name} if window.name else {}
    return {"cron": window.cron, "duration": duration_text(window.seconds), "zone": window.zone, **named}


def freeze_document(freeze: Freeze) -> dict[str, str]:
    """Its keys in a file."""
    named = {word: value for word, value in (("name", freeze.name), ("reason", freeze.reason)) if value}
    return {"from": freeze.begins, "until": freeze.ends, "zone": freeze.zone, **named}
