"""Instances: list, read, and the upgrade of some of them."""

import re

import orjson

from rollset.emulator import choices, flexible, rolling
from rollset.emulator.api.call import Call, accepted
from rollset.emulator.http import Reply
from rollset.emulator.instance import Instance, Provisioning
from rollset.emulator.paging import page_of_instances
from rollset.emulator.refusal import bad_request, entity_not_found, invalid_parameter, invalid_value, missing_parameter
from rollset.emulator.render import Form, fragment, instance_document
from rollset.emulator.scaleset import ScaleSet
from rollset.emulator.upgrade import may_upgrade, upgrade
from rollset.emulator.views import instance_view

LIST = "VirtualMachineScaleSets.virtualMachines.GET"
SELECTED = {"instanceview": Form.VIEW_ONLY, "instanceview/statuses": Form.STATUSES_ONLY}
_BY_MODEL = re.compile(r"properties/latestModelApplied\s+eq\s+(true|false)", re.IGNORECASE)
_BY_POWER = re.compile(
    r"startswith\(\s*instanceView/statuses/code\s*,\s*'PowerState([^']*)'\s*\)\s+eq\s+true", re.IGNORECASE
)


def list_instances(call: Call) -> Reply:
    """A page of instances, put together from what was rendered before."""
    form = _form(call)
    if call.scale_set.flexible and form is not Form.PLAIN:
        message = f"Operation '{LIST}' is not allowed on Virtual Machine Scale Set '{call.scale_set.name}'."
        raise bad_request(message)
    page, next_link = page_of_instances(call.request, call.scale_set, _filtered(call))
    spoken = call.dialect
    link = b"" if next_link is None else b',"nextLink":' + orjson.dumps(next_link)
    body = b"".join((b'{"value":[', b",".join([fragment(one, form, spoken) for one in page]), b"]", link, b"}"))
    call.world.rendered.note(call.scale_set, len(body))
    reply = Reply.raw_json(body)
    reply.headers["x-ms-request-charge"] = str(len(page))
    return reply


def get_instance(call: Call) -> Reply:
    form = Form.WITH_VIEW if _expands_view(call) else Form.PLAIN
    if form is not Form.PLAIN:
        flexible.refuse_of(call.scale_set, LIST)
    instance = find_instance(call)
    document = instance_document(instance, form, call.dialect)
    user_data = instance.applied.profile.get("userData")
    if user_data and call.request.query.get("$expand", "").lower() == "userdata":
        document["properties"] |= {"userData": user_data}
    return Reply.json(document, charge=1)


def get_instance_view(call: Call) -> Reply:
    flexible.refuse_of(call.scale_set, "VirtualMachineScaleSets.virtualMachines.instanceView.GET")
    return Reply.json(instance_view(find_instance(call)), charge=1)


def manual_upgrade(call: Call) -> Reply:
    """Brings the named instances to the latest model; those that are there already, or protected, are left alone."""
    world, scale_set = call.world, call.scale_set
    if not choices.FLEXIBLE_UPGRADES_BY_NAME:
        flexible.refuse_of(scale_set, "VirtualMachineScaleSets.ManualUpgrade.POST")
    chosen = named(call)
    rolling.refuse_during(scale_set, "manualupgrade")
    charge = sum(1 for one in chosen if may_upgrade(one))
    operation = world.start_operation("manualupgrade", scale_set.location, choices.POLL_ACTION, scale_set)
    if charge:
        scale_set.etag += choices.ETAG_STEPS_OF_UPGRADE
        operation.on_end.append(scale_set.step_etag)
    for instance in chosen:
        upgrade(world, instance, operation)
    world.release_after(operation, choices.MODEL_WRITE_SECONDS)
    return accepted(call, operation, charge)


def find_instance(call: Call) -> Instance:
    """The instance of the path, under its set or as the virtual machine that a Flexible set's member is."""
    if "machine" in call.path:
        return call.world.find_machine(call.path["group"], call.path["machine"])
    instance = call.scale_set.find(call.path["instance"])
    if instance is None:
        raise entity_not_found()
    return instance


def named(call: Call, unnamed: object = None) -> list[Instance]:
    """The instances that the body's `instanceIds` names; `["*"]` means all. One bad id fails the whole call.

    `unnamed` is what leaving the ids out means; where it means nothing, the call is refused.
    """
    ids = call.request.document().get("instanceIds")
    if ids is None:
        ids = unnamed
    if ids is None:
        raise missing_parameter("instanceIds")
    return instances_of(call.scale_set, ids)


def instances_of(scale_set: ScaleSet, ids: object) -> list[Instance]:
    """The instances of these ids."""
    if not isinstance(ids, list) or not ids:
        raise invalid_value("instanceIds")
    texts = [str(one) for one in ids if isinstance(one, str | int) and not isinstance(one, bool)]
    if len(texts) != len(ids):
        raise invalid_value("instanceIds")
    if "*" in texts:
        return [one for one in scale_set.instances.values() if one.provisioning is not Provisioning.DELETING]
    chosen = {text.lower(): scale_set.find(text) for text in texts}
    for text, instance in chosen.items():
        if instance is None or instance.provisioning is Provisioning.DELETING:
            raise invalid_parameter(
                "instanceIds",
                f"The provided instanceId {text[:40]} is not an active Virtual Machine Scale Set VM instanceId.",
            )
    return [instance for instance in chosen.values() if instance is not None]


def _form(call: Call) -> Form:
    if not _expands_view(call):
        return Form.PLAIN
    selected = call.request.query.get("$select", "").lower()
    return SELECTED.get(selected, Form.WITH_VIEW)


def _expands_view(call: Call) -> bool:
    expanded = call.request.query.get("$expand", "")
    if expanded and expanded.lower() not in ("instanceview", "userdata", "resiliencyview"):
        raise invalid_value("$expand", expanded)
    return expanded.lower() == "instanceview"


def _filtered(call: Call) -> list[Instance] | None:
    """The three filters that Compute knows, as the models of Azure/azure-rest-api-specs list them."""
    text = call.request.query.get("$filter")
    past = call.world.past.get(call.scale_set.key)
    instances = list(call.scale_set.instances.values()) if past is None else past.instances(call.world.now)
    if not text:
        return None if past is None else instances
    if by_model := _BY_MODEL.fullmatch(text.strip()):
        wanted = by_model[1].lower() == "true"
        return [one for one in instances if one.latest_model_applied is wanted]
    if by_power := _BY_POWER.fullmatch(text.strip()):
        start = by_power[1].lower()
        return [one for one in instances if f"/{one.power.value}".startswith(start)]
    raise invalid_value("$filter", text)
