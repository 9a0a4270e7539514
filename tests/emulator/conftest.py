"""The emulator that tests ask, and documents they send. The client is in local.py."""

from collections.abc import Callable
from typing import Any

import pytest

from rollset.emulator.fleet import parse_fleet
from tests.emulator.local import Client


@pytest.fixture
def azure() -> Client:
    """An emulator with the article's fleet: myrg/myvmss, 20 Windows instances, Manual."""
    return Client()


@pytest.fixture
def azure_with() -> Callable[..., Client]:
    """An emulator with the fleet of a YAML text."""

    def make(text: str, seed: int = 0) -> Client:
        return Client(parse_fleet(text), seed)

    return make


@pytest.fixture
def set_document() -> Callable[..., dict[str, Any]]:
    """The body of a PUT that makes a Linux scale set."""

    def make(capacity: Any = 3, mode: str = "Manual", **properties: Any) -> dict[str, Any]:
        return {
            "location": "westus",
            "sku": {"name": "Standard_DS1_v2", "tier": "Standard", "capacity": capacity},
            "properties": {
                "upgradePolicy": {"mode": mode},
                **({} if "orchestrationMode" in properties else {"overprovision": False}),
                "virtualMachineProfile": {
                    "osProfile": {"computerNamePrefix": "web", "adminUsername": "me", "adminPassword": "secret-1"},
                    "storageProfile": {
                        "imageReference": {
                            "publisher": "Canonical",
                            "offer": "0001-com-ubuntu-server-jammy",
                            "sku": "22_04-lts-gen2",
                            "version": "latest",
                        }
                    },
                },
                **properties,
            },
        }

    return make
