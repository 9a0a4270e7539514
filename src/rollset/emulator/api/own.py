"""The emulator's own surface under `/emulator`: what is there, what happened, which faults are in force."""

from http import HTTPStatus

import msgspec

from rollset.emulator import deferral, faulting
from rollset.emulator.api.call import Call
from rollset.emulator.balancer import Outcome
from rollset.emulator.documents import IMAGE_ID_MEMBERS, Json
from rollset.emulator.errors import EmulatorError
from rollset.emulator.faults import parse_fault
from rollset.emulator.http import DIGITS_MAX, Reply
from rollset.emulator.inforce import InForce
from rollset.emulator.instance import Instance
from rollset.emulator.refusal import bad_request, refuse
from rollset.emulator.scaleset import ScaleSet
from rollset.emulator.timestamps import azure_time


def index(call: Call) -> Reply:
    world = call.world
    return Reply.json(
        {
            "subscription_id": world.subscription_id,
            "tenant_id": world.tenant_id,
            "now": azure_time(world.now),
            "seed": world.seed,
            "sets": [f"/emulator/sets/{one.group}/{one.name}" for one in world.sets.values()],
            "load_balancers": [f"/emulator/lb/{one.group}/{one.name}/" for one in world.sets.values()],
            "faults": [fault_document(entry) for entry in world.faults],
            "requests": {"total": world.requests.total, "by_kind": dict(world.requests.by_kind)},
        }
    )


def get_health(call: Call) -> Reply:
    return Reply.json({"status": "ok", "now": azure_time(call.world.now)})


def get_set_account(call: Call) -> Reply:
    """Who is out, how many were at once, what was served, and what each upgrade took."""
    scale_set = call.scale_set
    return Reply.json(
        {
            "resource_group": scale_set.group,
            "name": scale_set.name,
            "capacity": scale_set.capacity,
            "now": azure_time(call.world.now),
            "out_now": scale_set.account.out_now,
            "most_out_at_once": scale_set.account.most_out_at_once,
            "served": scale_set.balancer.served,
            "failed": scale_set.balancer.failed,
            "instances": [_instance(one) for one in scale_set.instances.values()],
        }
    )


def get_set_history(call: Call) -> Reply:
    history = call.scale_set.account.history
    return Reply.json(
        {
            "value": [
                {"time": azure_time(one.at), "instance": one.instance, "change": one.change, "reason": one.reason}
                for one in history
            ]
        }
    )


def get_requests(call: Call) -> Reply:
    log = call.world.requests
    recent = [
        {
            "time": azure_time(one.at),
            "method": one.method,
            "path": one.path,
            "api_version": one.api_version,
            "status": one.status,
            "ms": round(one.ms, 3),
        }
        for one in log.recent
    ]
    unknown = [
        {"method": method, "path": path, "times": times}
        for (method, path), times in call.world.unknown_paths.most_common()
    ]
    return Reply.json({"total": log.total, "by_kind": dict(log.by_kind), "unknown": unknown, "recent": recent})


def reset_requests(call: Call) -> Reply:
    call.world.requests.reset()
    call.world.unknown_paths.clear()
    return Reply(204)


def list_limits(call: Call) -> Reply:
    """The buckets that were ever drawn on, the emptiest first."""
    levels = call.world.limits.levels(call.world.now)
    return Reply.json({"enforced": call.world.throttles, "value": [level._asdict() for level in levels]})


def list_faults(call: Call) -> Reply:
    return Reply.json({"value": [fault_document(entry) for entry in call.world.faults]})


def add_fault(call: Call) -> Reply:
    try:
        entry = faulting.add(call.world, parse_fault(call.request.body))
    except EmulatorError as error:
        raise bad_request(str(error)) from error
    return Reply.json(fault_document(entry), 201)


def clear_faults(call: Call) -> Reply:
    faulting.clear(call.world)
    return Reply(204)


def clear_fault(call: Call) -> Reply:
    number = call.path["fault"]
    reads = number.isascii() and number.isdigit() and len(number) <= DIGITS_MAX
    if not (reads and faulting.clear(call.world, int(number))):
        raise refuse(404, "NotFound", f"There is no fault {number[:20]}; GET /emulator/faults lists those in force.")
    return Reply(204)


def balanced(scale_set: ScaleSet, outcome: Outcome) -> Reply:
    """What became of one request through the set's load balancer."""
    body: Json = {"scale_set": scale_set.name}
    if outcome.instance is not None:
        body |= {"instance": outcome.instance.id, "image": image_name(outcome.instance)}
    if outcome.status != HTTPStatus.OK:
        body["error"] = "no instance is in rotation" if outcome.instance is None else "the instance is down"
    return Reply.json(body, outcome.status)


def image_name(instance: Instance) -> str:
    """The version that an instance runs, or the id or address of its image."""
    image = instance.image
    for member in ("exactVersion", "version", *IMAGE_ID_MEMBERS, "uri"):
        if image.get(member):
            return str(image[member])
    return ""


def _instance(instance: Instance) -> Json:
    return {
        "id": instance.id,
        "zone": instance.slot.zone,
        "placement_group": instance.slot.placement_group,
        "update_domain": instance.slot.update_domain,
        "fault_domain": instance.slot.fault_domain,
        "image": image_name(instance),
        "latest_model_applied": instance.latest_model_applied,
        "pending_os_upgrade": deferral.is_pending(instance),
        "provisioning": instance.provisioning.value,
        "power": instance.power.value,
        "in_rotation": instance.probe.healthy,
        "out": instance.out,
        "served": instance.served,
        "failed": instance.failed,
        "upgrades": [
            {
                "requested_at": azure_time(one.requested_at),
                "seconds": one.seconds,
                "ended_at": None if one.ended_at is None else azure_time(one.ended_at),
                "outcome": one.outcome,
            }
            for one in instance.upgrades
        ],
    }


def fault_document(entry: InForce) -> Json:
    body: Json = {"id": entry.id, **msgspec.to_builtins(entry.fault)}
    if entry.left is not None:
        body["left"] = entry.left
    return body
