"""The paths of what is done to one instance, under its set and as a virtual machine of its own, and of extensions."""

from collections.abc import Iterator

from rollset.emulator.api import extensions, guest, hookevents, maintenance
from rollset.emulator.api.actions import on_instance, on_set
from rollset.emulator.api.machineroutes import MACHINE
from rollset.emulator.api.paths import INSTANCE, SET
from rollset.emulator.api.router import Route


def _of_one(place: str, write: str) -> Iterator[Route]:
    """What an instance and a virtual machine both have."""
    yield Route("POST", f"{place}/performMaintenance", maintenance.perform_maintenance, write)
    yield Route("POST", f"{place}/simulateEviction", maintenance.simulate_eviction, write)
    yield Route("POST", f"{place}/runCommand", guest.run_command, write)
    yield Route("POST", f"{place}/attachDetachDataDisks", guest.change_data_disks, write)
    yield Route("POST", f"{place}/retrieveBootDiagnosticsData", guest.boot_diagnostics, "instance-get")
    yield Route("GET", f"{place}/extensions", extensions.list_of_instance, "instance-get")
    one = f"{place}/extensions/{{extension}}"
    yield Route("GET", one, extensions.get_of_instance, "instance-get")
    yield Route("PUT", one, extensions.write_of_instance, write)
    yield Route("PATCH", one, extensions.write_of_instance, write)
    yield Route("DELETE", one, extensions.delete_of_instance, write)


def _of_set() -> Iterator[Route]:
    for name, handler in (
        ("performMaintenance", maintenance.perform_maintenance),
        ("approveRollingUpgrade", maintenance.approve_rolling_upgrade),
        ("convertToSinglePlacementGroup", maintenance.convert_to_single_placement_group),
        ("forceRecoveryServiceFabricPlatformUpdateDomainWalk", maintenance.walk_platform_update_domain),
        ("reapply", on_set("reapply")),
        ("scaleOut", maintenance.scale_out),
        ("migrateVMAvailabilityZone", maintenance.migrate_zone),
    ):
        yield Route("POST", f"{SET}/{name}", handler, "set-action")
    yield Route("GET", f"{SET}/lifecycleHookEvents", hookevents.list_events, "set-get")
    yield Route("GET", f"{SET}/lifecycleHookEvents/{{event}}", hookevents.get_event, "set-get")
    yield Route("PATCH", f"{SET}/lifecycleHookEvents/{{event}}", hookevents.patch_event, "set-action")
    yield Route("GET", f"{SET}/extensions", extensions.list_of_set, "set-get")
    one = f"{SET}/extensions/{{extension}}"
    yield Route("GET", one, extensions.get_of_set, "set-get")
    yield Route("PUT", one, extensions.write_of_set, "set-patch")
    yield Route("PATCH", one, extensions.write_of_set, "set-patch")
    yield Route("DELETE", one, extensions.delete_of_set, "set-patch")


MEMBER_ROUTES: tuple[Route, ...] = (
    *_of_set(),
    Route("POST", f"{INSTANCE}/approveRollingUpgrade", maintenance.approve_rolling_upgrade, "instance-write"),
    *_of_one(INSTANCE, "instance-write"),
    Route("POST", f"{MACHINE}/reapply", on_instance("reapply"), "machine-write"),
    *_of_one(MACHINE, "machine-write"),
)
