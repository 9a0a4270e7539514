"""The page at `/emulator`: its files, and what it shows of the world."""

from importlib.resources import files

from rollset.emulator.api.call import Call
from rollset.emulator.api.own import fault_document, image_name, index
from rollset.emulator.clock import real_seconds
from rollset.emulator.documents import Json
from rollset.emulator.http import Reply
from rollset.emulator.instance import Instance, Power, Provisioning
from rollset.emulator.model import ImageKind
from rollset.emulator.refusal import entity_not_found
from rollset.emulator.scaleset import ScaleSet
from rollset.emulator.timestamps import azure_time

TYPES = {
    "page.css": "text/css; charset=utf-8",
    "page.js": "text/javascript; charset=utf-8",
    "index.html": "text/html; charset=utf-8",
}
# Nothing is asked of anybody else, and nothing runs that is not in these files.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
SETS_SHOWN_MAX = 60
LIMITS_SHOWN_MAX = 12
BUSY = (Provisioning.CREATING, Provisioning.UPDATING, Provisioning.DELETING)


def get_index(call: Call) -> Reply:
    """The page for a browser, JSON for everybody else."""
    wants_page = "text/html" in call.request.headers.get("accept", "")
    return _file("index.html") if wants_page else index(call)


def get_file(call: Call) -> Reply:
    name = call.path["file"]
    if name not in TYPES or name == "index.html":
        raise entity_not_found()
    return _file(name)


def get_events(_call: Call) -> Reply:
    """Where there is a connection, it stays open, and each request is told as it comes (`events.py`)."""
    return Reply(200)


def get_state(call: Call) -> Reply:
    """What the page shows, in one answer; sets with something going on come first."""
    world, wanted = call.world, call.request.query.get("filter", "").lower()
    found = [one for one in world.sets.values() if wanted in one.key]
    found.sort(key=lambda one: (one.stand is not None, not one.operations, one.account.out_now == 0, one.key))
    limits = world.limits.levels(world.now)[:LIMITS_SHOWN_MAX]
    second = real_seconds(world.clock, 1.0)
    return Reply.json(
        {
            "now": azure_time(world.now),
            "time_scale": round(1 / second, 3) if second > 0 else 1,
            "sets_total": len(world.sets),
            "sets": [_set(one) for one in found[:SETS_SHOWN_MAX]],
            "faults": [fault_document(entry) for entry in world.faults],
            "limits": {"enforced": world.throttles, "value": [one._asdict() for one in limits]},
            "requests_total": world.requests.total,
        }
    )


def _file(name: str) -> Reply:
    body = (files("rollset.emulator") / "page" / name).read_bytes()
    headers = {"Content-Type": TYPES[name], "Content-Security-Policy": POLICY}
    return Reply(200, body, {**headers, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"})


def _set(scale_set: ScaleSet) -> Json:
    """A set with a letter for each instance; those that nobody has asked for yet are all well."""
    shown: Json = {
        "group": scale_set.group,
        "name": scale_set.name,
        "location": scale_set.location,
        "mode": scale_set.mode,
        "state": scale_set.provisioning_state,
        "image": _model_image(scale_set),
        "capacity": scale_set.capacity,
        "out_now": scale_set.account.out_now,
        "most_out_at_once": scale_set.account.most_out_at_once,
        "served": scale_set.balancer.served,
        "failed": scale_set.balancer.failed,
    }
    if scale_set.stand is not None:
        return {**shown, "cells": "c" * scale_set.capacity}
    instances = list(scale_set.instances.values())
    cells = "".join(_letter(one) for one in instances)
    return {**shown, "ids": [f"{one.id}, {image_name(one)}" for one in instances], "cells": cells}


def _letter(instance: Instance) -> str:
    if instance.provisioning in BUSY:
        return "u"
    if instance.power in (Power.STOPPED, Power.DEALLOCATED) and instance.provisioning is not Provisioning.FAILED:
        return "s"
    if not instance.in_service:
        return "x"
    return "c" if instance.latest_model_applied else "b"


def _model_image(scale_set: ScaleSet) -> str:
    model = scale_set.model
    if model.image_kind is ImageKind.PLATFORM:
        reference = model.image_reference
        return ":".join(str(reference.get(name) or "") for name in ("publisher", "offer", "sku", "version"))
    return str(model.image_reference.get("id") or model.image_uri or "no image")
