"""What reaches into one machine: run command, boot diagnostics, data disks that are attached to it alone."""

from rollset.emulator import choices, health
from rollset.emulator.api.call import Call, accepted
from rollset.emulator.api.instances import find_instance
from rollset.emulator.documents import Json, at
from rollset.emulator.fixedparts import storage_profile
from rollset.emulator.http import Reply
from rollset.emulator.instance import Instance, Power
from rollset.emulator.refusal import invalid_parameter, invalid_value, missing_parameter, operation_not_allowed
from rollset.emulator.timestamps import azure_time

COMMANDS = {
    "Linux": ("RunShellScript", "ifconfig"),
    "Windows": ("RunPowerShellScript", "DisableNLA", "DisableWindowsUpdate", "EnableAdminAccount", "IPConfig"),
}
SAS_MINUTES = range(1, 1441)
SAS_MINUTES_USUAL = 120
LUNS = range(64)


def run_command(call: Call) -> Reply:
    """Takes a while and ends well. No script is run: there is no guest, so nothing is printed."""
    world, instance = call.world, find_instance(call)
    command = call.request.document().get("commandId")
    if not isinstance(command, str):
        raise missing_parameter("commandId")
    os_type = instance.applied.os_type
    if command.lower() not in (known.lower() for known in COMMANDS[os_type]):
        raise invalid_parameter("commandId", f"The run command '{command[:60]}' is not known for {os_type}.")
    if instance.power is not Power.RUNNING:
        raise operation_not_allowed("The operation requires the VM to be running (or set to run).")
    operation = world.start_operation("runCommand", instance.scale_set.location, choices.POLL_ACTION)
    operation.output = {"value": _printed(os_type)}
    world.release_after(operation, choices.RUN_COMMAND_SECONDS)
    return accepted(call, operation, 1)


def boot_diagnostics(call: Call) -> Reply:
    """Where the screenshot and the serial log can be read, for so many minutes."""
    instance = find_instance(call)
    minutes = call.request.whole_number("sasUriExpirationTimeInMinutes", SAS_MINUTES_USUAL)
    if minutes not in SAS_MINUTES:
        raise invalid_value("sasUriExpirationTimeInMinutes", minutes)
    if not at(instance.applied.profile, "diagnosticsProfile", "bootDiagnostics", "enabled"):
        raise operation_not_allowed(f"Boot diagnostics is not enabled on VM '{instance.name}'.")
    until = azure_time(call.world.now + 60 * minutes).replace("+", "%2B")
    base = f"{call.request.base_url}/emulator/boot/{instance.scale_set.key}/{instance.id}"
    return Reply.json(
        {
            "consoleScreenshotBlobUri": f"{base}/screenshot.bmp?se={until}",
            "serialConsoleLogBlobUri": f"{base}/serialconsole.log?se={until}",
        }
    )


def change_data_disks(call: Call) -> Reply:
    """Attaches and detaches disks of this instance alone; answers its storage profile."""
    world, instance = call.world, find_instance(call)
    asked = call.request.document()
    gone = {_disk_id(one).lower() for one in _disks(asked, "dataDisksToDetach")}
    kept = [one for one in instance.data_disks if one["managedDisk"]["id"].lower() not in gone]
    if missing := gone - {one["managedDisk"]["id"].lower() for one in instance.data_disks}:
        raise invalid_parameter("dataDisksToDetach", f"The disk '{min(missing)[:200]}' is not attached.")
    taken = {one["lun"] for one in (*kept, *_model_disks(instance))}
    for one in _disks(asked, "dataDisksToAttach"):
        lun = one.get("lun", next((lun for lun in LUNS if lun not in taken), None))
        if not isinstance(lun, int) or lun not in LUNS or lun in taken:
            raise invalid_parameter("dataDisksToAttach", f"The lun '{str(lun)[:20]}' is taken or out of range.")
        taken.add(lun)
        kept.append(_attached(one, lun))
    instance.data_disks = tuple(kept)
    health.changed(world, instance, "data disks")
    return Reply.json(storage_profile(instance))


def _printed(os_type: str) -> list[Json]:
    status: Json = {"level": "Info", "displayStatus": "Provisioning succeeded"}
    if os_type == "Windows":
        return [{"code": f"ComponentStatus/{name}/succeeded", **status, "message": ""} for name in ("StdOut", "StdErr")]
    message = "Enable succeeded: \n[stdout]\n\n[stderr]\n"
    return [{"code": "ProvisioningState/succeeded", **status, "message": message}]


def _disks(asked: Json, name: str) -> list[Json]:
    found = asked.get(name) or []
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise invalid_value(name)
    return found


def _disk_id(disk: Json) -> str:
    disk_id = disk.get("diskId")
    if not isinstance(disk_id, str):
        raise missing_parameter("diskId")
    return disk_id


def _model_disks(instance: Instance) -> list[Json]:
    disks = instance.applied.storage.get("dataDisks")
    return [one for one in disks if isinstance(one, dict) and "lun" in one] if isinstance(disks, list) else []


def _attached(disk: Json, lun: int) -> Json:
    disk_id = _disk_id(disk)
    return {
        "lun": lun,
        "name": disk_id.rpartition("/")[2],
        "createOption": "Attach",
        "caching": disk.get("caching", "None"),
        "managedDisk": {"id": disk_id},
        "deleteOption": disk.get("deleteOption", "Detach"),
        "toBeDetached": False,
    }
