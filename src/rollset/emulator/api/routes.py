"""Every path that the emulator serves."""

from rollset.emulator.api import (
    actions,
    catalogues,
    directory,
    galleries,
    images,
    instances,
    instancewrite,
    operations,
    own,
    publicgalleries,
    rollingupgrades,
    sets,
    signin,
)
from rollset.emulator.api.router import Route, Router

S = "/subscriptions/{subscription}"
G = f"{S}/resourceGroups/{{group}}"
C = f"{S}/providers/Microsoft.Compute"
L = f"{C}/locations/{{location}}"
VS = f"{G}/providers/Microsoft.Compute/virtualMachineScaleSets"
V = f"{VS}/{{name}}"
I = f"{V}/virtualMachines/{{instance}}"  # noqa: E741  The reference's own letters.
P = f"{L}/publishers"


def _resource_routes(kind: str, place: str) -> tuple[Route, ...]:
    """What every kind of image resource has."""
    one = f"{G}/providers/Microsoft.Compute/{place}"
    return (
        Route("GET", one, galleries.read(kind), "image-get"),
        Route("PUT", one, galleries.write(kind), "image-write"),
        Route("PATCH", one, galleries.write(kind), "image-write"),
        Route("DELETE", one, galleries.delete(kind), "image-write"),
        Route("GET", one.rpartition("/")[0], galleries.list_under(kind), "image-list"),
    )


def _public_routes(kind: str) -> tuple[Route, ...]:
    """What can be read of galleries that others share."""
    gallery = f"{L}/{kind}Galleries/{{gallery}}"
    image = f"{gallery}/images/{{image}}"
    return (
        Route("GET", gallery, publicgalleries.read(kind, 0), "image-get"),
        Route("GET", f"{gallery}/images", publicgalleries.list_under(kind, 1), "image-list"),
        Route("GET", image, publicgalleries.read(kind, 1), "image-get"),
        Route("GET", f"{image}/versions", publicgalleries.list_under(kind, 2), "image-list"),
        Route("GET", f"{image}/versions/{{version}}", publicgalleries.read(kind, 2), "image-get"),
    )


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
    *(
        Route("POST", f"{V}/{name}", actions.on_set(name), kind)
        for names, kind in (
            (("start", "restart", "redeploy", "reimage", "reimageall"), "set-action"),
            (("poweroff", "deallocate"), "set-stop"),
        )
        for name in names
    ),
    *(
        Route("POST", f"{I}/{name}", actions.on_instance(name), "instance-write")
        for name in ("start", "restart", "poweroff", "deallocate", "redeploy", "reimage", "reimageall")
    ),
    Route("POST", f"{V}/delete", actions.delete_instances, "set-action"),
    Route("GET", f"{V}/skus", catalogues.list_set_skus, "set-get"),
    Route("GET", f"{V}/rollingUpgrades/latest", rollingupgrades.get_latest, "set-get"),
    Route("POST", f"{V}/rollingUpgrades/cancel", rollingupgrades.cancel, "set-action"),
    Route("GET", f"{V}/osUpgradeHistory", rollingupgrades.get_os_upgrade_history, "set-get"),
    Route("PUT", I, instancewrite.put_instance, "instance-write"),
    Route("DELETE", I, actions.delete_instance, "instance-write"),
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
    *(
        route
        for kind, place in (
            ("images", "images/{image}"),
            ("galleries", "galleries/{gallery}"),
            ("galleries/images", "galleries/{gallery}/images/{image}"),
            ("galleries/images/versions", "galleries/{gallery}/images/{image}/versions/{version}"),
        )
        for route in _resource_routes(kind, place)
    ),
    *(route for kind in ("shared", "community") for route in _public_routes(kind)),
    Route("GET", f"{C}/images", galleries.list_all("images"), "image-list"),
    Route("GET", f"{C}/galleries", galleries.list_all("galleries"), "image-list"),
    Route("GET", f"{L}/usages", catalogues.list_usages, "directory"),
    Route("GET", f"{L}/vmSizes", catalogues.list_sizes, "directory"),
    Route("GET", f"{C}/skus", catalogues.list_compute_skus, "directory"),
    Route("GET", f"{S}/resources", catalogues.list_resources, "directory"),
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
