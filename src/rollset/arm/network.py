"""Network interfaces of an instance: under which private address it can be reached.

Those of a Uniform set stand under its own path; a machine of a Flexible set names its own. Both answer to versions of
Microsoft.Network.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from rollset.arm.reply import Page


class _ConfigurationProperties(msgspec.Struct):
    primary: bool | None = None
    address: str | None = msgspec.field(name="privateIPAddress", default=None)


class _Configuration(msgspec.Struct):
    properties: _ConfigurationProperties | None = None


class _Properties(msgspec.Struct, rename="camel"):
    primary: bool | None = None
    ip_configurations: list[_Configuration] | None = None


class InterfaceShape(msgspec.Struct):
    """A network interface."""

    properties: _Properties | None = None


class _Reference(msgspec.Struct):
    id: str | None = None


class _NetworkProfile(msgspec.Struct, rename="camel"):
    network_interfaces: list[_Reference] | None = None


class _MachineProperties(msgspec.Struct, rename="camel"):
    network_profile: _NetworkProfile | None = None


class InterfacesOfMachine(msgspec.Struct):
    """As much of a virtual machine as names its interfaces."""

    properties: _MachineProperties | None = None


INTERFACE = msgspec.json.Decoder(InterfaceShape)
INTERFACES_OF_MACHINE = msgspec.json.Decoder(InterfacesOfMachine)
INTERFACE_PAGE = msgspec.json.Decoder(Page[InterfaceShape])


def private_address(interfaces: Iterable[InterfaceShape]) -> str | None:
    """The address of the primary configuration of the primary interface; of the first where none says it is that."""
    found = [
        (one.properties.primary is not True, each.properties.primary is not True, number, each.properties.address)
        for number, one in enumerate(interfaces)
        if one.properties is not None
        for each in one.properties.ip_configurations or ()
        if each.properties is not None and each.properties.address
    ]
    return min(found)[3] if found else None


def interface_ids(machine: InterfacesOfMachine) -> list[str]:
    """The interfaces of a machine, by their ids."""
    profile = None if machine.properties is None else machine.properties.network_profile
    return [one.id for one in (profile and profile.network_interfaces) or () if one.id]
