"""The paths of what every subscription has: groups, locations, providers, locks, catalogues, the list of resources."""

from collections.abc import Iterator

from rollset.emulator.api import catalogues, directory, graph, groups, inventory, locks, marketplace
from rollset.emulator.api.paths import COMPUTE, GROUP, LOCATION, SUBSCRIPTION
from rollset.emulator.api.router import Route

LOCKS = "providers/Microsoft.Authorization/locks"
ONE = "providers/{namespace}/{type}/{resource}"
# A resource, one within it, and one within that: a version of a gallery image.
LOCKED = (SUBSCRIPTION, GROUP, *(f"{GROUP}/{ONE}{below}" for below in ("", "/{type2}/{resource2}")))
DEEPEST = f"{GROUP}/{ONE}/{{type2}}/{{resource2}}/{{type3}}/{{resource3}}"

TERMS = (
    f"{SUBSCRIPTION}/providers/Microsoft.MarketplaceOrdering/offerTypes/virtualmachine/publishers/{{publisher}}"
    "/offers/{offer}/plans/{plan}/agreements/current"
)


def _locks() -> Iterator[Route]:
    for scope in (*LOCKED, DEEPEST):
        yield Route("GET", f"{scope}/{LOCKS}", locks.list_locks, "directory")
        one = f"{scope}/{LOCKS}/{{lock}}"
        yield Route("GET", one, locks.get_lock, "directory")
        yield Route("PUT", one, locks.put_lock, "directory")
        yield Route("DELETE", one, locks.delete_lock, "directory")


DIRECTORY_ROUTES: tuple[Route, ...] = (
    Route("GET", "/tenants", directory.list_tenants, "directory"),
    Route("GET", "/subscriptions", directory.list_subscriptions, "directory"),
    Route("GET", SUBSCRIPTION, directory.get_subscription, "directory"),
    Route("GET", f"{SUBSCRIPTION}/locations", directory.list_locations, "directory"),
    Route("GET", f"{SUBSCRIPTION}/resourceGroups", groups.list_groups, "directory"),
    Route("GET", GROUP, groups.get_group, "directory"),
    Route("HEAD", GROUP, groups.head_group, "directory"),
    Route("PUT", GROUP, groups.put_group, "directory"),
    Route("PATCH", GROUP, groups.patch_group, "directory"),
    Route("DELETE", GROUP, groups.delete_group, "directory"),
    Route("GET", f"{SUBSCRIPTION}/operationresults/{{operation}}", groups.get_operation_result, "directory"),
    Route("GET", f"{SUBSCRIPTION}/providers", directory.list_providers, "directory"),
    Route("GET", f"{SUBSCRIPTION}/providers/{{namespace}}", directory.get_provider, "directory"),
    Route("POST", f"{SUBSCRIPTION}/providers/{{namespace}}/register", directory.get_provider, "directory"),
    Route("GET", f"{SUBSCRIPTION}/resources", inventory.list_resources, "directory"),
    Route("GET", f"{GROUP}/resources", inventory.list_resources_of_group, "directory"),
    Route("GET", f"{LOCATION}/usages", catalogues.list_usages, "directory"),
    Route("GET", f"{LOCATION}/vmSizes", catalogues.list_sizes, "directory"),
    Route("GET", f"{COMPUTE}/skus", catalogues.list_compute_skus, "directory"),
    Route("GET", TERMS, marketplace.get_terms, "directory"),
    Route("PUT", TERMS, marketplace.put_terms, "directory"),
    Route("POST", "/providers/Microsoft.ResourceGraph/resources", graph.query_resources, "graph"),
    *_locks(),
)
