"""What differs between api-versions, for the members that this emulator sends.

The dates are those at which the public test recordings of Azure's own clients (CLI, PowerShell, SDKs for .NET and
Python; 2015 to 2024) begin to show a member or a header.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from rollset.emulator import choices
from rollset.emulator.documents import Json, pruned
from rollset.emulator.refusal import bad_request, refuse

_VERSION = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])-([0-2]\d|3[01])(-preview|-privatepreview)?")
# Scale sets came with 2015-06-15; ARM's own lists are still asked for in their first version.
OLDEST = "2014-01-01"


# The first api-version with a member, for members that older answers lack.
SINCE = {
    "allowExtensionOperations": "2018-10-01",
    "requireGuestProvisionSignal": "2018-10-01",
    "hardwareProfile": "2018-10-01",
    "protectionPolicy": "2019-03-01",
    "doNotRunExtensionsOnOverprovisionedVMs": "2019-07-01",
    "hyperVGeneration": "2019-07-01",
    "exactVersion": "2019-12-01",
    "modelDefinitionApplied": "2019-12-01",
    "networkProfileConfiguration": "2019-12-01",
    "orchestrationMode": "2021-03-01",
    "timeCreated": "2021-11-01",
    "disableTcpStateTracking": "2022-11-01",
    "maxSurge": "2022-11-01",
    "rollbackFailedInstancesOnPolicyBreach": "2022-11-01",
    "useRollingUpgradePolicy": "2022-11-01",
    "vmSize": "2023-07-01",
    "latestOperationStatus": "2025-04-01",
    "lastStatusChangeTime": "2025-04-01",
    "virtualMachineResourceId": "2025-11-01",
}


# The first api-version that takes a member (documentation of each feature); older answers leave it out as well.
WRITABLE_SINCE = {
    "automaticRepairsPolicy": "2018-10-01",
    "enableAutomaticOSUpgrade": "2018-10-01",
    "scaleInPolicy": "2019-03-01",
    "extensionsTimeBudget": "2020-06-01",
    "hostGroup": "2020-06-01",
    "maxSurge": "2022-11-01",
    "rollbackFailedInstancesOnPolicyBreach": "2022-11-01",
}


# No instance has these, and none needs to be searched for them.
_OF_SETS_ALONE = frozenset({"latestOperationStatus", "lastStatusChangeTime", *WRITABLE_SINCE})


@dataclass(frozen=True, slots=True, eq=False)
class Dialect:
    """What an api-version knows. There is one object for each version: a key by identity."""

    # Members that it has not.
    unknown: frozenset[str]
    # Those of them that an instance can have, as they stand in JSON.
    unknown_of_instances: tuple[bytes, ...]
    # Sets show `etag` from 2024-03-01 on, instances already in 2023-09-01.
    set_etag: bool
    instance_etag: bool
    # Virtual machines show theirs from 2024-07-01 on.
    machine_etag: bool
    # Ids in lists of instances have the resource group in upper case.
    instance_list_shouts: bool
    # Operation URLs carry a partition since 2022.
    partition: bool
    # The limits over all principals of a subscription are told since late 2023.
    new_rate_limits: bool
    # `Azure-AsyncNotification`: on PUT, PATCH and DELETE of sets since 2018, on all else since 2022.
    notifies_of_sets: bool
    notifies_of_all: bool

    def finds_unknown(self, instance: bytes) -> bool:
        """Whether a member that this version has not may be in the JSON text of an instance."""
        return any(name in instance for name in self.unknown_of_instances)

    def known(self, document: Json) -> Json:
        """The document without the members that this version has not."""
        return pruned(document, self.unknown) if self.unknown else document


@lru_cache(maxsize=512)
def dialect(api_version: str) -> Dialect:
    shouting_since, shouting_until = choices.INSTANCE_LIST_SHOUTS
    unknown = frozenset(name for name, since in (SINCE | WRITABLE_SINCE).items() if api_version < since)
    return Dialect(
        unknown=unknown,
        unknown_of_instances=tuple(f'"{name}"'.encode() for name in unknown - _OF_SETS_ALONE),
        set_etag=api_version >= "2024-03-01",
        instance_etag=api_version >= "2023-09-01",
        machine_etag=api_version >= "2024-07-01",
        instance_list_shouts=shouting_since <= api_version < shouting_until,
        partition=api_version >= "2022-01-01",
        new_rate_limits=api_version >= "2023-09-01",
        notifies_of_sets=api_version >= "2018-01-01",
        notifies_of_all=api_version >= "2022-01-01",
    )


def check_members(document: Json, api_version: str) -> None:
    """Refuses members of a set that came with a later version, as a version that never heard of them does."""
    late = {name.lower(): name for name, since in WRITABLE_SINCE.items() if api_version < since}
    if late:
        _refuse_late(document, "virtualMachineScaleSet", late)


def _refuse_late(value: Json, owner: str, late: dict[str, str]) -> None:
    for name, inner in value.items():
        if name.lower() in late and inner is not None:
            raise bad_request(f"Could not find member '{late[name.lower()]}' on object of type '{owner}'")
        if isinstance(inner, dict) and name not in ("tags", "settings"):
            _refuse_late(inner, name, late)


def check_api_version(api_version: str, resource_type: str) -> None:
    """Refuses a missing or impossible api-version. Any date since `OLDEST` is served."""
    if not api_version:
        raise refuse(
            400,
            "MissingApiVersionParameter",
            "The api-version query parameter (?api-version=) is required for all requests.",
        )
    if not _VERSION.fullmatch(api_version) or api_version < OLDEST:
        raise refuse(
            400,
            "NoRegisteredProviderFound",
            f"No registered resource provider found for API version '{api_version[:40]}' for type '{resource_type}'. "
            f"The supported api-versions are '{OLDEST}' and later ones.",
        )
