"""Instance views: of one instance, and the summary of a set."""

from collections import Counter
from collections.abc import Iterable

from rollset.emulator import custommetrics
from rollset.emulator.documents import Json, at, section
from rollset.emulator.healthsettings import HEALTH_EXTENSIONS
from rollset.emulator.images import generation
from rollset.emulator.instance import Instance, Power, Provisioning
from rollset.emulator.scaleset import ScaleSet
from rollset.emulator.timestamps import azure_time

OS_NAMES = {
    "2012-r2-datacenter": ("Windows Server 2012 R2 Datacenter", "Microsoft Windows NT 6.3.9600.0"),
    "2016-datacenter": ("Windows Server 2016 Datacenter", "Microsoft Windows NT 10.0.14393.0"),
    "2019-datacenter": ("Windows Server 2019 Datacenter", "10.0.17763.6189"),
    "2022-datacenter-g2": ("Windows Server 2022 Datacenter", "10.0.20348.2655"),
    "22_04-lts-gen2": ("ubuntu", "22.04"),
    "18.04-lts": ("ubuntu", "18.04"),
}
HEALTH_TEXTS = {
    "healthy": ("Info", "The VM is reporting itself as healthy"),
    "unhealthy": ("Error", "The VM is reporting itself as unhealthy"),
    "unknown": ("Warning", "The VM health is unknown"),
    "initializing": ("Info", "The VM health is initializing"),
}
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def instance_view(instance: Instance) -> Json:
    """`instanceView` of one instance: members in Azure's own order; one of a Flexible set does not tell its place."""
    view: Json = {} if instance.vm_name is not None else _place(instance)
    if _agent_reports(instance):
        view["computerName"] = computer_name(instance)
        view["osName"], view["osVersion"] = _os_name(instance)
        view["vmAgent"] = _agent(instance)
    view["disks"] = [{"name": disk_name(instance), "statuses": [_succeeded(instance.provisioned_at)]}]
    extensions = _extensions(instance)
    if extensions:
        view["extensions"] = extensions
    if instance.has_verdict and instance.power is not Power.DEALLOCATED:
        view["vmHealth"] = {"status": _health(instance)}
    view["hyperVGeneration"] = generation(str(instance.image.get("sku", "")))
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
            {"name": name, "statusesSummary": _summary(_code(one) for one in instances)} for name in names
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


def computer_name(instance: Instance) -> str:
    """The prefix and the id in base 36, six digits wide, such as `vmss1e119000004`; of a member, six of its name."""
    profile = section(instance.applied.profile, "osProfile")
    if instance.attached:
        return str(profile.get("computerName") or instance.name)
    prefix = profile.get("computerNamePrefix") or instance.scale_set.name
    if instance.vm_name is not None:
        return f"{prefix}{instance.vm_name[-6:].upper()}"
    digits, number = "", instance.number
    while number:
        number, digit = divmod(number, 36)
        digits = DIGITS[digit] + digits
    return f"{prefix}{digits:0>6}"


def disk_name(instance: Instance) -> str:
    name = instance.scale_set.name
    owner = instance.vm_name or f"{name}_{name}_{instance.id}"
    return f"{owner}_OsDisk_1_{instance.disk_id.replace('-', '')}"


def _agent_reports(instance: Instance) -> bool:
    return instance.power is Power.RUNNING and instance.application.serving


def _agent(instance: Instance) -> Json:
    status = {
        "code": "ProvisioningState/succeeded",
        "level": "Info",
        "displayStatus": "Ready",
        "message": "GuestAgent is running and processing the extensions.",
        "time": azure_time(instance.provisioned_at),
    }
    return {"vmAgentVersion": "2.7.41491.1075", "statuses": [status], "extensionHandlers": []}


def _os_name(instance: Instance) -> tuple[str, str]:
    sku = str(instance.image.get("sku", "")).lower()
    usual = ("Windows Server", "10.0") if instance.applied.os_type == "Windows" else ("linux", "")
    return OS_NAMES.get(sku, usual)


def _extensions(instance: Instance) -> list[Json]:
    return [
        {
            "name": extension.get("name"),
            "type": f"{at(extension, 'properties', 'publisher')}.{at(extension, 'properties', 'type')}",
            "typeHandlerVersion": at(extension, "properties", "typeHandlerVersion"),
            "statuses": [_succeeded(instance.provisioned_at)],
            **_substatuses(instance, extension),
        }
        for extension in instance.all_extensions
    ]


def _substatuses(instance: Instance, extension: Json) -> Json:
    """The health extension passes on what the application told it."""
    told = custommetrics.reported(instance)
    watches = str(at(extension, "properties", "type") or "").lower() in HEALTH_EXTENSIONS
    return {"substatuses": [told.substatus()]} if told is not None and watches else {}


def _health(instance: Instance) -> Json:
    verdict = instance.health.value
    level, text = HEALTH_TEXTS[verdict]
    return {
        "code": f"HealthState/{verdict}",
        "level": level,
        "displayStatus": text,
        "time": azure_time(instance.probe.changed_at),
    }


def _power_status(power: Power) -> Json:
    return {"code": f"PowerState/{power.value}", "level": "Info", "displayStatus": f"VM {power.value}"}


def _hibernation(instance: Instance) -> list[Json]:
    """A third status, on a machine whose memory was kept when it was deallocated."""
    if not (instance.hibernated and instance.power is Power.DEALLOCATED):
        return []
    return [{"code": "HibernationState/Hibernated", "level": "Info", "displayStatus": "VM hibernated"}]


def _succeeded(at_time: float) -> Json:
    return {
        "code": "ProvisioningState/succeeded",
        "level": "Info",
        "displayStatus": "Provisioning succeeded",
        "time": azure_time(at_time),
    }


def _code(instance: Instance) -> str:
    return f"ProvisioningState/{instance.provisioning.value.lower()}"


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
