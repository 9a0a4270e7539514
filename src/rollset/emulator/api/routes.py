"""Every path that the emulator serves."""

from rollset.emulator.api import (
    actions,
    autoscale,
    boot,
    catalogues,
    custommetrics,
    deprecate,
    fleets,
    guests,
    insights,
    instances,
    instancewrite,
    operations,
    orchestration,
    own,
    page,
    publish,
    rollingupgrades,
    sets,
    signin,
)
from rollset.emulator.api.asideroutes import ASIDE_ROUTES
from rollset.emulator.api.autoscaleroutes import AUTOSCALE_ROUTES
from rollset.emulator.api.directoryroutes import DIRECTORY_ROUTES
from rollset.emulator.api.imageroutes import IMAGE_ROUTES
from rollset.emulator.api.machineroutes import MACHINE_ROUTES
from rollset.emulator.api.memberroutes import MEMBER_ROUTES
from rollset.emulator.api.paths import COMPUTE, INSTANCE, LOCATION, SET, SETS
from rollset.emulator.api.router import Route, Router

ARM_ROUTES: tuple[Route, ...] = (
    Route("GET", SETS, sets.list_sets_of_group, "set-list"),
    Route("GET", f"{COMPUTE}/virtualMachineScaleSets", sets.list_sets, "set-list"),
    Route("GET", f"{LOCATION}/virtualMachineScaleSets", sets.list_sets_of_location, "set-list"),
    Route("GET", SET, sets.get_set, "set-get"),
    Route("PUT", SET, sets.put_set, "set-put"),
    Route("PATCH", SET, sets.patch_set, "set-patch"),
    Route("DELETE", SET, sets.delete_set, "set-delete"),
    Route("GET", f"{SET}/instanceView", sets.get_set_view, "set-view"),
    Route("POST", f"{SET}/manualupgrade", instances.manual_upgrade, "set-action"),
    *(
        Route("POST", f"{SET}/{name}", actions.on_set(name), kind)
        for names, kind in (
            (("start", "restart", "redeploy", "reimage", "reimageall"), "set-action"),
            (("poweroff", "deallocate"), "set-stop"),
        )
        for name in names
    ),
    *(
        Route("POST", f"{INSTANCE}/{name}", actions.on_instance(name), "instance-write")
        for name in ("start", "restart", "poweroff", "deallocate", "redeploy", "reimage", "reimageall")
    ),
    Route("POST", f"{SET}/delete", actions.delete_instances, "set-action"),
    Route("GET", f"{SET}/skus", catalogues.list_set_skus, "set-get"),
    Route("GET", f"{SET}/rollingUpgrades/latest", rollingupgrades.get_latest, "set-get"),
    Route("POST", f"{SET}/rollingUpgrades/cancel", rollingupgrades.cancel, "set-action"),
    Route("POST", f"{SET}/osRollingUpgrade", rollingupgrades.start_os_upgrade, "set-action"),
    Route("POST", f"{SET}/extensionRollingUpgrade", rollingupgrades.start_extension_upgrade, "set-action"),
    Route("POST", f"{SET}/setOrchestrationServiceState", orchestration.set_service_state, "set-action"),
    Route("GET", f"{SET}/osUpgradeHistory", rollingupgrades.get_os_upgrade_history, "set-get"),
    Route("PUT", INSTANCE, instancewrite.put_instance, "instance-write"),
    Route("DELETE", INSTANCE, actions.delete_instance, "instance-write"),
    Route("GET", f"{SET}/virtualMachines", instances.list_instances, "instance-list"),
    Route("GET", INSTANCE, instances.get_instance, "instance-get"),
    Route("GET", f"{INSTANCE}/instanceView", instances.get_instance_view, "instance-get"),
    Route("GET", f"{LOCATION}/operations/{{operation}}", operations.get_operation, "operation-get"),
    *IMAGE_ROUTES,
    *DIRECTORY_ROUTES,
    *AUTOSCALE_ROUTES,
    *MACHINE_ROUTES,
    *MEMBER_ROUTES,
    *ASIDE_ROUTES,
)

# These need no token.
SIGN_IN_ROUTES: tuple[Route, ...] = (
    Route("GET", "/metadata/identity/oauth2/token", signin.instance_metadata_token, "sign-in"),
    Route("GET", "/msi/token", signin.managed_identity_token, "sign-in"),
    Route("POST", "/msi/token", signin.managed_identity_token, "sign-in"),
    Route("GET", "/metadata/endpoints", signin.metadata_endpoints, "sign-in"),
    Route("POST", "/{tenant}/oauth2/token", signin.token_v1, "sign-in"),
    Route("POST", "/{tenant}/oauth2/v2.0/token", signin.token_v2, "sign-in"),
    # A split authority puts the host it pretends to be in front of the path: adal then takes that for it.
    Route("POST", "/{authority}/{tenant}/oauth2/token", signin.token_v1, "sign-in"),
    Route("GET", "/{tenant}/v2.0/.well-known/openid-configuration", signin.openid_configuration, "sign-in"),
    Route("GET", "/{tenant}/.well-known/openid-configuration", signin.openid_configuration, "sign-in"),
)

OWN_ROUTES: tuple[Route, ...] = (
    Route("GET", "/emulator", page.get_index, "own"),
    Route("GET", "/emulator/events", page.get_events, "events"),
    Route("GET", "/emulator/page/state", page.get_state, "page"),
    Route("GET", "/emulator/page/{file}", page.get_file, "page"),
    Route("GET", "/emulator/health", own.get_health, "own"),
    Route("GET", "/emulator/sets/{group}/{name}", own.get_set_account, "own"),
    Route("GET", "/emulator/sets/{group}/{name}/history", own.get_set_history, "own"),
    Route("GET", "/emulator/boot/{group}/{name}/{instance}/serialconsole.log", boot.get_serial_log, "own"),
    Route("GET", "/emulator/boot/{group}/{name}/{instance}/screenshot.bmp", boot.get_screenshot, "own"),
    Route("GET", "/emulator/quotas", catalogues.list_quotas, "own"),
    Route("POST", "/emulator/quotas", catalogues.set_quota, "own"),
    Route("GET", "/emulator/requests", own.get_requests, "own"),
    Route("DELETE", "/emulator/requests", own.reset_requests, "own"),
    Route("GET", "/emulator/limits", own.list_limits, "own"),
    Route("GET", "/emulator/ready", fleets.get_ready, "own"),
    Route("GET", "/emulator/export", fleets.export_fleet, "own"),
    Route("POST", "/emulator/import", fleets.import_fleet, "own"),
    Route("GET", "/emulator/sets/{group}/{name}/custom-metrics", custommetrics.get_custom_metrics, "own"),
    Route("PUT", "/emulator/sets/{group}/{name}/custom-metrics", custommetrics.set_custom_metrics, "own"),
    Route("GET", "/emulator/sets/{group}/{name}/metrics", autoscale.get_metrics, "own"),
    Route("PUT", "/emulator/sets/{group}/{name}/metrics", autoscale.set_metrics, "own"),
    Route("GET", "/emulator/sets/{group}/{name}/instance-metrics", insights.get_instance_metrics, "own"),
    Route("PUT", "/emulator/sets/{group}/{name}/instance-metrics", insights.set_instance_metrics, "own"),
    Route("GET", "/emulator/guests/{group}/{name}/{instance}", guests.get_guest, "own"),
    Route("POST", "/emulator/publish", publish.publish, "own"),
    Route("POST", "/emulator/deprecate", deprecate.deprecate, "own"),
    Route("GET", "/emulator/faults", own.list_faults, "own"),
    Route("POST", "/emulator/faults", own.add_fault, "own"),
    Route("DELETE", "/emulator/faults", own.clear_faults, "own"),
    Route("DELETE", "/emulator/faults/{fault}", own.clear_fault, "own"),
)

ARM = Router(ARM_ROUTES)
SIGN_IN = Router(SIGN_IN_ROUTES)
OWN = Router(OWN_ROUTES)
