"""Lifecycle hook events of a set: what Azure asks before it upgrades, and the answers."""

from datetime import datetime

from rollset.emulator.api.call import Call
from rollset.emulator.documents import Json, objects, section
from rollset.emulator.http import Reply
from rollset.emulator.lifecyclehooks import ActionState, HookEvent, HookType, answer
from rollset.emulator.refusal import entity_not_found, invalid_value, operation_not_allowed
from rollset.emulator.resourcetypes import SET_TYPE
from rollset.emulator.timestamps import azure_time

# What `additionalContext` says of an upgrade that is about to be scheduled.
PRIORITY = "Normal"


def list_events(call: Call) -> Reply:
    return Reply.json({"value": [_document(call, one) for one in call.scale_set.hook_events.by_name.values()]})


def get_event(call: Call) -> Reply:
    return Reply.json(_document(call, _event(call)))


def patch_event(call: Call) -> Reply:
    """Approves or rejects targets, or puts off the moment at which the default action is taken."""
    event = _event(call)
    properties = section(call.request.document(), "properties")
    if event.closed:
        raise operation_not_allowed(f"The lifecycle hook event '{event.name}' is completed and cannot be changed.")
    answers = dict(_answer(event, one) for one in objects(properties, "targetResources"))
    until = properties.get("waitUntil")
    answer(call.world, event, answers, None if until is None else _moment(call, event, until))
    return Reply.json(_document(call, event))


def _event(call: Call) -> HookEvent:
    event = call.scale_set.hook_events.by_name.get(call.path["event"].lower())
    if event is None:
        raise entity_not_found()
    return event


def _answer(event: HookEvent, target: Json) -> tuple[str, ActionState]:
    """An answer once given stays: only what still waits can be answered."""
    asked = str(section(target, "resource").get("id") or "")
    known = next((one for one in event.targets if one.lower() == asked.lower()), None)
    if known is None:
        raise invalid_value("targetResources.resource.id", asked)
    state = next((one for one in ActionState if one.value == target.get("actionState")), None)
    if state is None or (event.targets[known] is not ActionState.WAITING and state is not event.targets[known]):
        raise invalid_value("targetResources.actionState", target.get("actionState"))
    return known, state


def _moment(call: Call, event: HookEvent, text: object) -> float:
    """A time between now and the latest that the event may be put off to."""
    try:
        moment = datetime.fromisoformat(str(text)).timestamp()
    except (ValueError, OverflowError, OSError) as error:
        raise invalid_value("waitUntil", text) from error
    if not call.world.now <= moment <= event.max_wait_until:
        raise invalid_value("waitUntil", text)
    return moment


def _document(call: Call, event: HookEvent) -> Json:
    properties: Json = {
        "type": event.type.value,
        "waitUntil": azure_time(event.wait_until),
        "maxWaitUntil": azure_time(event.max_wait_until),
        "timeCreated": azure_time(event.created_at),
        "defaultAction": event.default_action,
        "targetResources": [
            {"resource": {"id": resource_id}, "actionState": state.value}
            for resource_id, state in event.targets.items()
        ],
        "state": "Completed" if event.closed else "Active",
    }
    if event.type is HookType.SCHEDULING:
        properties["additionalContext"] = {"priority": PRIORITY}
    return {
        "id": f"{call.scale_set.id}/lifecycleHookEvents/{event.name}",
        "name": event.name,
        "type": f"{SET_TYPE}/lifecycleHookEvents",
        "properties": properties,
    }
