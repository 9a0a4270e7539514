"""Every path that the emulator serves."""

from rollset.emulator.api import directory, images, instances, operations, own, sets, signin
from rollset.emulator.api.router import Route, Router

S = "/subscriptions/{subscription}"
G = f"{S}/resourceGroups/{{group}}"
C = f"{S}/providers/Microsoft.Compute"
L = f"{C}/locations/{{location}}"
VS = f"{G}/providers/Microsoft.Compute/virtualMachineScaleSets"
V = f"{VS}/{{name}}"
I = f"{V}/virtualMachines/{{instance}}"  # noqa: E741  The reference's own letters.
P = f"{L}/publishers"

ARM_ROUTES: tuple[Route, ...] = (
    Route("GET", "/tenants", directory.list_tenants, "directory"),
    Route("GET", "/subscriptions", directory.list_subscriptions, "directory"),
    Route("GET", S, directory.get_subscription, "directory"),
    Route("GET", f"{S}/locations", directory.list_locations, "directory"),
    Route("GET", f"{S}/resourceGroups", directory.list_groups, "directory"),
    Route("GET", G, directory.get_group, "directory"),
    Route("HEAD", G, directory.head_group, "directory"),
    Route("PUT", G, directory.put_group, "directory"),
    Route("DELETE", G, directory.delete_group, "directory"),
    Route("GET", f"{S}/providers/{{namespace}}", directory.get_provider, "directory"),
    Route("POST", f"{S}/providers/{{namespace}}/register", directory.get_provider, "directory"),
    Route("GET", VS, sets.list_sets_of_group, "set-list"),
    Route("GET", f"{C}/virtualMachineScaleSets", sets.list_sets, "set-list"),
    Route("GET", f"{L}/virtualMachineScaleSets", sets.list_sets_of_location, "set-list"),
    Route("GET", V, sets.get_set, "set-get"),
    Route("PUT", V, sets.put_set, "set-put"),
    Route("PATCH", V, sets.patch_set, "set-patch"),
    Route("DELETE", V, sets.delete_set, "set-delete"),
    Route("GET", f"{V}/instanceView", sets.get_set_view, "set-view"),
    Route("POST", f"{V}/manualupgrade", instances.manual_upgrade, "set-action"),
    Route("GET", f"{V}/virtualMachines", instances.list_instances, "instance-list"),
    Route("GET", I, instances.get_instance, "instance-get"),
    Route("GET", f"{I}/instanceView", instances.get_instance_view, "instance-get"),
    Route("GET", f"{L}/operations/{{operation}}", operations.get_operation, "operation-get"),
    Route("GET", P, images.list_publishers, "image-list"),
    Route("GET", f"{P}/{{publisher}}/artifacttypes/vmimage/offers", images.list_offers, "image-list"),
    Route("GET", f"{P}/{{publisher}}/artifacttypes/vmimage/offers/{{offer}}/skus", images.list_skus, "image-list"),
    Route(
        "GET",
        f"{P}/{{publisher}}/artifacttypes/vmimage/offers/{{offer}}/skus/{{sku}}/versions",
        images.list_versions,
        "image-list",
    ),
    Route(
        "GET",
        f"{P}/{{publisher}}/artifacttypes/vmimage/offers/{{offer}}/skus/{{sku}}/versions/{{version}}",
        images.get_version,
        "image-get",
    ),
)

# These need no token.
SIGN_IN_ROUTES: tuple[Route, ...] = (
    Route("GET", "/metadata/identity/oauth2/token", signin.instance_metadata_token, "sign-in"),
    Route("GET", "/msi/token", signin.managed_identity_token, "sign-in"),
    Route("POST", "/msi/token", signin.managed_identity_token, "sign-in"),
    Route("GET", "/metadata/endpoints", signin.metadata_endpoints, "sign-in"),
    Route("POST", "/{tenant}/oauth2/token", signin.token_v1, "sign-in"),
    Route("POST", "/{tenant}/oauth2/v2.0/token", signin.token_v2, "sign-in"),
    # A split authority puts the host it pretends to be in front of the path (real clients, section 4.1).
    Route("POST", "/{authority}/{tenant}/oauth2/token", signin.token_v1, "sign-in"),
    Route("GET", "/{tenant}/v2.0/.well-known/openid-configuration", signin.openid_configuration, "sign-in"),
    Route("GET", "/{tenant}/.well-known/openid-configuration", signin.openid_configuration, "sign-in"),
)

OWN_ROUTES: tuple[Route, ...] = (
    Route("GET", "/emulator", own.index, "own"),
    Route("GET", "/emulator/health", own.get_health, "own"),
    Route("GET", "/emulator/sets/{group}/{name}", own.get_set_account, "own"),
    Route("GET", "/emulator/sets/{group}/{name}/history", own.get_set_history, "own"),
    Route("GET", "/emulator/requests", own.get_requests, "own"),
    Route("DELETE", "/emulator/requests", own.reset_requests, "own"),
    Route("GET", "/emulator/faults", own.list_faults, "own"),
    Route("POST", "/emulator/faults", own.add_fault, "own"),
    Route("DELETE", "/emulator/faults", own.clear_faults, "own"),
    Route("DELETE", "/emulator/faults/{fault}", own.clear_fault, "own"),
)

ARM = Router(ARM_ROUTES)
SIGN_IN = Router(SIGN_IN_ROUTES)
OWN = Router(OWN_ROUTES)
