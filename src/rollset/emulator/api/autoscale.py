"""`Microsoft.Insights/autoscaleSettings`, and the metrics that their rules read."""

import math

from rollset.emulator import autoscale
from rollset.emulator.api.call import Call
from rollset.emulator.autoscaledocument import plan_of
from rollset.emulator.autoscalesettings import AutoscaleSetting
from rollset.emulator.documents import Json, merged, section, without
from rollset.emulator.http import Reply
from rollset.emulator.refusal import (
    GATEWAY,
    ArmError,
    Refusal,
    bad_request,
    invalid_value,
    location_required,
    operation_not_allowed,
)
from rollset.emulator.regions import folded
from rollset.emulator.tags import tags_of

TYPE = "Microsoft.Insights/autoscaleSettings"
_READ_ONLY = ("id", "name", "type", "systemData", "etag")
METRIC_NAME_CHARACTERS_MAX = 200
METRICS_MAX = 50


def put_setting(call: Call) -> Reply:
    """201 for a new one, 200 for one that is written anew."""
    group = call.world.find_group(call.path["group"])
    setting_id = f"{call.world.group_id(group.name)}/providers/{TYPE}/{call.path['setting']}"
    return _write(call, setting_id, without(call.request.document(), *_READ_ONLY))


def patch_setting(call: Call) -> Reply:
    setting = _find(call)
    asked = without(call.request.document(), *_READ_ONLY)
    tags = {"tags": asked["tags"]} if asked.get("tags") is not None else {}
    return _write(call, setting.id, {**merged(setting.document, asked), **tags})


def get_setting(call: Call) -> Reply:
    return Reply.json(_document(_find(call)))


def delete_setting(call: Call) -> Reply:
    call.world.find_group(call.path["group"])
    gone = call.world.autoscale.remove(_id(call))
    return Reply(204 if gone is None else 200)


def list_of_group(call: Call) -> Reply:
    group = call.world.find_group(call.path["group"])
    return _listed(call, f"{call.world.group_id(group.name)}/")


def list_all(call: Call) -> Reply:
    return _listed(call, f"/subscriptions/{call.world.subscription_id}/")


def get_metrics(call: Call) -> Reply:
    return Reply.json(call.scale_set.metrics.now())


def set_metrics(call: Call) -> Reply:
    """Values by name, from now on; null where a metric is not to be had any more."""
    asked = call.request.document()
    for name, value in asked.items():
        number = value is None or (isinstance(value, int | float) and not isinstance(value, bool))
        if not number or (value is not None and not math.isfinite(value)):
            raise bad_request(f"{name[:80]}: expected a number or null")
        if not 0 < len(name) <= METRIC_NAME_CHARACTERS_MAX:
            raise bad_request("expected names of metrics of up to 200 characters")
    metrics = call.scale_set.metrics
    if len({*metrics.now(), *(name.lower() for name in asked)}) > METRICS_MAX:
        raise bad_request(f"a set has at most {METRICS_MAX} metrics")
    for name, value in asked.items():
        metrics.set(name, value, call.world.now)
    return Reply.json(metrics.now())


def _write(call: Call, setting_id: str, document: Json) -> Reply:
    world = call.world
    location = document.get("location")
    if not isinstance(location, str) or not location:
        raise location_required()
    document["tags"] = tags_of(document) or {}
    properties = section(document, "properties")
    if not properties:
        raise invalid_value("properties")
    plan = plan_of(properties)
    known, other = world.autoscale.get(setting_id), world.autoscale.of_target(plan.target)
    if other is not None and other is not known:
        raise operation_not_allowed(f"The resource already has the autoscale setting '{other.name}'.")
    setting = AutoscaleSetting(setting_id if known is None else known.id, document, plan)
    setting.scaled_at = 0.0 if known is None else known.scaled_at
    world.autoscale.put(setting)
    autoscale.watch(world, setting)
    return Reply.json(_document(setting), 201 if known is None else 200)


def _document(setting: AutoscaleSetting) -> Json:
    properties = section(setting.document, "properties")
    return {
        "id": setting.id,
        "name": setting.name,
        "type": TYPE,
        **without(setting.document, "properties"),
        "location": folded(setting.document["location"]),
        "properties": {"enabled": True, "notifications": [], **properties, "name": setting.name},
    }


def _listed(call: Call, prefix: str) -> Reply:
    return Reply.json({"value": [_document(one) for one in call.world.autoscale.under(prefix)]})


def _find(call: Call) -> AutoscaleSetting:
    group, name = call.world.find_group(call.path["group"]).name, call.path["setting"]
    setting = call.world.autoscale.get(_id(call))
    if setting is None:
        message = (
            f"The Resource '{TYPE}/{name[:200]}' under resource group '{group}' was not found. For more details please "
            "go to https://aka.ms/ARMResourceNotFoundFix"
        )
        raise Refusal(404, ArmError("ResourceNotFound", message), GATEWAY)
    return setting


def _id(call: Call) -> str:
    return f"{call.world.group_id(call.path['group'])}/providers/{TYPE}/{call.path['setting']}"
