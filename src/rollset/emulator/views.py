"""Instance views: of one instance, and the summary of a set.

Parts that follow from a state and a time alone are made once and shared, for in a large set many instances have the
same; nobody writes into a view.
"""

from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

from rollset.emulator import custommetrics
from rollset.emulator.documents import Json, at, section
from rollset.emulator.failingextensions import failure_of
from rollset.emulator.fixedparts import fixed_parts
from rollset.emulator.healthsettings import HealthState
from rollset.emulator.instance import Instance, Power, Provisioning
from rollset.emulator.model import extension_head
from rollset.emulator.scaleset import ScaleSet
from rollset.emulator.timestamps import azure_time

HEALTH_TEXTS = {
    "healthy": ("Info", "The VM is reporting itself as healthy"),
    "unhealthy": ("Error", "The VM is reporting itself as unhealthy"),
    "unknown": ("Warning", "The VM health is unknown"),
    "initializing": ("Info", "The VM health is initializing"),
}


def instance_view(instance: Instance) -> Json:
    """`instanceView` of one instance: members in Azure's own order; one of a Flexible set does not tell its place."""
    fixed = fixed_parts(instance)
    view: Json = {} if instance.vm_name is not None else _place(instance)
    if _agent_reports(instance):
        view["computerName"] = fixed.computer_name
        view["osName"], view["osVersion"] = fixed.os
        view["vmAgent"] = _agent(instance.provisioned_at)
    view["disks"] = [{"name": fixed.disk_name, "statuses": [_succeeded(instance.provisioned_at)]}]
    extensions = _extensions(instance)
    if extensions:
        view["extensions"] = extensions
    if instance.has_verdict and instance.power is not Power.DEALLOCATED:
        view["vmHealth"] = {"status": _health(instance.health, instance.probe.changed_at)}
    view["hyperVGeneration"] = fixed.generation
    view["statuses"] = [provisioning_status(instance), _power_status(instance.power), *_hibernation(instance)]
    return view


def _place(instance: Instance) -> Json:
    group = {} if instance.power is Power.DEALLOCATED else {"placementGroupId": instance.slot.placement_group}
    return {
        **group,
        "platformUpdateDomain": instance.slot.update_domain,
        "platformFaultDomain": instance.slot.fault_domain,
    }


def set_view(scale_set: ScaleSet) -> Json:
    """`instanceView` of a set: counts by code, and the state of the whole."""
    instances = list(scale_set.instances.values())
    body: Json = {"virtualMachine": {"statusesSummary": _summary(_code(one) for one in instances)}}
    names = [section(one).get("name") for one in at(scale_set.model.profile, "extensionProfile", "extensions") or ()]
    if names:
        body["extensions"] = [
            {"name": name, "statusesSummary": _summary(_extension_code(one, name) for one in instances)}
            for name in names
        ]
    if at(scale_set.properties, "automaticRepairsPolicy") is not None:
        body["orchestrationServices"] = [_repair_service(scale_set)]
    body["statuses"] = [_set_status(scale_set)]
    return body


def _repair_service(scale_set: ScaleSet) -> Json:
    service = scale_set.repairs
    enabled = at(scale_set.properties, "automaticRepairsPolicy", "enabled")
    running = "Suspended" if service.suspended else "Running"
    return {
        "serviceName": "AutomaticRepairs",
        "serviceState": running if enabled else "NotRunning",
        "latestOperationStatus": "InProgress" if service.under_way else "Completed",
        "lastStatusChangeTime": azure_time(service.changed_at or scale_set.created_at),
    }


def provisioning_status(instance: Instance) -> Json:
    """The first of an instance's `statuses`; a failure carries its code as a third part.

    Azure documentation: "States and billing status of Azure Virtual Machines".
    """
    if instance.provisioning is Provisioning.SUCCEEDED:
        return _succeeded(instance.provisioned_at)
    if instance.provisioning is Provisioning.FAILED and instance.failure is not None:
        return {
            "code": f"ProvisioningState/failed/{instance.failure.code}",
            "level": "Error",
            "displayStatus": "Provisioning failed",
            "message": instance.failure.message,
            "time": azure_time(instance.provisioned_at),
        }
    name = instance.provisioning.value
    return {"code": f"ProvisioningState/{name.lower()}", "level": "Info", "displayStatus": name}


def _agent_reports(instance: Instance) -> bool:
    return instance.power is Power.RUNNING and instance.application.serving


@lru_cache(maxsize=4096)
def _agent(ready_at: float) -> Json:
    status = {
        "code": "ProvisioningState/succeeded",
        "level": "Info",
        "displayStatus": "Ready",
        "message": "GuestAgent is running and processing the extensions.",
        "time": azure_time(ready_at),
    }
    return {"vmAgentVersion": "2.7.41491.1075", "statuses": [status], "extensionHandlers": []}


def _extensions(instance: Instance) -> list[Json]:
    told = custommetrics.reported(instance)
    return [
        {
            **head.shown,
            "statuses": [_extension_status(instance, head.shown["name"])],
            **({"substatuses": [told.substatus()]} if told and head.watches else {}),
        }
        for head in (*instance.applied.extension_heads, *map(extension_head, instance.extensions))
    ]


def _extension_status(instance: Instance, name: str) -> Json:
    failure = failure_of(instance, name)
    return _succeeded(instance.provisioned_at) if failure is None else failure.status()


@lru_cache(maxsize=4096)
def _health(verdict: HealthState, since: float) -> Json:
    level, text = HEALTH_TEXTS[verdict.value]
    return {
        "code": f"HealthState/{verdict.value}",
        "level": level,
        "displayStatus": text,
        "time": azure_time(since),
    }


@lru_cache
def _power_status(power: Power) -> Json:
    return {"code": f"PowerState/{power.value}", "level": "Info", "displayStatus": f"VM {power.value}"}


def _hibernation(instance: Instance) -> list[Json]:
    """A third status, on a machine whose memory was kept when it was deallocated."""
    if not (instance.hibernated and instance.power is Power.DEALLOCATED):
        return []
    return [{"code": "HibernationState/Hibernated", "level": "Info", "displayStatus": "VM hibernated"}]


@lru_cache(maxsize=4096)
def _succeeded(at_time: float) -> Json:
    return {
        "code": "ProvisioningState/succeeded",
        "level": "Info",
        "displayStatus": "Provisioning succeeded",
        "time": azure_time(at_time),
    }


def _code(instance: Instance) -> str:
    return f"ProvisioningState/{instance.provisioning.value.lower()}"


def _extension_code(instance: Instance, name: object) -> str:
    failure = failure_of(instance, name)
    return _code(instance) if failure is None else failure.state


def _summary(codes: Iterable[str]) -> list[Json]:
    return [{"code": code, "count": count} for code, count in Counter(codes).items()]


def _set_status(scale_set: ScaleSet) -> Json:
    state = scale_set.provisioning_state
    if state == "Succeeded":
        return _succeeded(scale_set.settled_at)
    if state == "Failed":
        return {
            "code": "ProvisioningState/failed",
            "level": "Error",
            "displayStatus": "Provisioning failed",
            "time": azure_time(scale_set.settled_at),
        }
    return {"code": f"ProvisioningState/{state.lower()}", "level": "Info", "displayStatus": state}
