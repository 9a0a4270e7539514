"""The tables of Resource Graph: what each emulated resource is there.

Types and groups are in lower case, and a machine's power state stands under `properties.extended.instanceView`. Azure
documentation: "Azure Resource Graph table and resource type reference", "Orchestration modes".
"""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from rollset.emulator.dialect import dialect
from rollset.emulator.documents import Json, section
from rollset.emulator.graph.query import COLUMNS
from rollset.emulator.graph.reading import Row
from rollset.emulator.instance import Instance
from rollset.emulator.machines import machine_document
from rollset.emulator.render import Form, instance_document, set_document
from rollset.emulator.views import instance_view

if TYPE_CHECKING:
    from rollset.emulator.world import World

# The api-version that the properties are shown in.
SHOWN_IN = dialect("2024-07-01")


def tables(world: "World") -> dict[str, Callable[[], list[Row]]]:
    return {
        "resources": partial(_resources, world),
        "computeresources": partial(_instances, world),
        "resourcecontainers": partial(_containers, world),
    }


def _resources(world: "World") -> list[Row]:
    rows = []
    for scale_set in world.sets.values():
        rows.append(_row(world, set_document(scale_set, SHOWN_IN)))
        if scale_set.flexible:
            machines = scale_set.instances.values()
            rows += [_row(world, _extended(one, machine_document(one, SHOWN_IN))) for one in machines]
    for resource in world.resources.all():
        document: Json = {"name": resource.name, "type": resource.type, **resource.document, "id": resource.id}
        rows.append(_row(world, document))
    return rows


def _instances(world: "World") -> list[Row]:
    """Instances of Uniform sets; those of Flexible ones are virtual machines among the resources."""
    return [
        _row(world, _extended(one, instance_document(one, Form.PLAIN, SHOWN_IN)))
        for scale_set in world.sets.values()
        if not scale_set.flexible
        for one in scale_set.instances.values()
    ]


def _containers(world: "World") -> list[Row]:
    subscription: Json = {
        "id": f"/subscriptions/{world.subscription_id}",
        "name": "Emulated subscription",
        "type": "microsoft.resources/subscriptions",
        "properties": {"state": "Enabled"},
    }
    groups: list[Json] = [
        {
            "id": world.group_id(one.name),
            "name": one.name,
            "type": "microsoft.resources/subscriptions/resourcegroups",
            "location": one.location,
            "tags": one.tags,
            "properties": {"provisioningState": "Deleting" if one.being_deleted else "Succeeded"},
        }
        for one in world.groups.values()
    ]
    return [_row(world, one) for one in (subscription, *groups)]


def _extended(instance: Instance, document: Json) -> Json:
    """With the part of the instance view that Resource Graph keeps."""
    power = f"PowerState/{instance.power.value}"
    state = {"code": power, "level": "Info", "displayStatus": f"VM {instance.power.value}"}
    view = instance_view(instance)
    kept = {name: view[name] for name in ("computerName", "osName", "osVersion", "hyperVGeneration") if name in view}
    extended: Json = {"instanceView": {**kept, "powerState": state}}
    return {**document, "properties": {**section(document, "properties"), "extended": extended}}


def _row(world: "World", document: Json) -> Row:
    parts = str(document["id"]).split("/")
    group = parts[4].lower() if len(parts) > 4 else ""  # noqa: PLR2004  /subscriptions/S/resourceGroups/G
    told = {
        **document,
        "type": str(document["type"]).lower(),
        "tenantId": world.tenant_id,
        "kind": "",
        "resourceGroup": group,
        "subscriptionId": world.subscription_id,
        "managedBy": document.get("managedBy", ""),
        "location": document.get("location", ""),
    }
    return {name: told.get(name) for name in COLUMNS}
