"""Network interfaces of instances: those that their model asks for, each address in the subnet of their set.

A fleet file may place that subnet in 127.0.0.0/8: then whoever listens on this machine is reached as an instance is.
"""

from ipaddress import IPv4Network
from typing import Any
from zlib import crc32

from rollset.emulator import choices
from rollset.emulator.documents import Json, at, section
from rollset.emulator.instance import Instance
from rollset.emulator.scaleset import ScaleSet


def subnet_of(scale_set: ScaleSet) -> IPv4Network:
    """The one that the fleet file names, or else one of its own for each set."""
    if scale_set.subnet is not None:
        return scale_set.subnet
    return IPv4Network(f"10.{crc32(scale_set.key.encode()) % 256}.0.0/16")


def interfaces_of(instance: Instance) -> list[Json]:
    """The interface resources of an instance, in the order of its model."""
    profile = section(instance.applied.profile, "networkProfile")
    wanted = profile.get("networkInterfaceConfigurations")
    named = [one for one in wanted if isinstance(one, dict)] if isinstance(wanted, list) else []
    counts = [len(_configurations(one)) for one in named]
    first = instance.number * sum(counts)
    return [
        _interface(instance, one, first + sum(counts[:index]), alone=len(named) == 1) for index, one in enumerate(named)
    ]


def _interface(instance: Instance, wanted: Json, first: int, *, alone: bool) -> Json:
    name = str(wanted.get("name"))
    place = f"{instance.resource_id}/networkInterfaces/{name}"
    configurations = _configurations(wanted)
    return {
        "name": name,
        "id": place,
        "properties": {
            "provisioningState": "Succeeded",
            "ipConfigurations": [
                _address(instance, place, one, first + index, alone=len(configurations) == 1)
                for index, one in enumerate(configurations)
            ],
            "dnsSettings": {"dnsServers": [], "appliedDnsServers": []},
            "enableAcceleratedNetworking": bool(at(wanted, "properties", "enableAcceleratedNetworking")),
            "enableIPForwarding": bool(at(wanted, "properties", "enableIPForwarding")),
            "primary": alone or bool(at(wanted, "properties", "primary")),
            "virtualMachine": {"id": instance.resource_id},
        },
    }


def _address(instance: Instance, place: str, wanted: Json, number: int, *, alone: bool) -> Json:
    subnet = subnet_of(instance.scale_set)
    room = subnet.num_addresses - choices.SUBNET_RESERVED - 1
    address = subnet[choices.SUBNET_RESERVED + number % room]
    asked = section(wanted, "properties")
    return {
        "name": wanted.get("name"),
        "id": f"{place}/ipConfigurations/{wanted.get('name')}",
        "properties": {
            "provisioningState": "Succeeded",
            "privateIPAddress": str(address),
            "privateIPAllocationMethod": "Dynamic",
            "privateIPAddressVersion": "IPv4",
            "primary": alone or bool(asked.get("primary")),
            **{name: asked[name] for name in ("subnet", "loadBalancerBackendAddressPools") if name in asked},
        },
    }


def _configurations(wanted: Json) -> list[Json]:
    found: Any = at(wanted, "properties", "ipConfigurations")
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
