"""A running emulator as these tests see it: the environment of a client, and an independent look at what there is."""

import json
import urllib.parse
import urllib.request
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from rollset.cli.emulator_env import CLIENTS, COMMON, picked
from rollset.emulator.server import Ready

API = "2024-07-01"
TIMEOUT_SECONDS = 30
NEW = "4.0.20160229"
OLD = "4.0.20160126"
IMAGE = "properties.virtualMachineProfile.storageProfile.imageReference"


@dataclass(frozen=True)
class Running:
    """Asks over plain HTTP with a token of its own, so nothing is taken from the client under test."""

    ready: Ready

    def env(self, client: str) -> dict[str, str]:
        """What `rollset emulator env --for CLIENT` prints."""
        ready = self.ready.document()
        return {**CLIENTS[client](ready), **picked(ready, *COMMON)}

    @property
    def set_path(self) -> str:
        group = f"/subscriptions/{self.ready.subscription_id}/resourceGroups/myrg"
        return f"{group}/providers/Microsoft.Compute/virtualMachineScaleSets/myvmss"

    @cached_property
    def _token(self) -> str:
        form = b"grant_type=client_credentials&client_id=me&client_secret=x"
        token: str = self._ask("/any/oauth2/token", form)["access_token"]
        return token

    def get(self, path: str = "", **query: str) -> Any:
        """A raw GET of something of the set `myvmss`."""
        return self.read(f"{self.set_path}{path}", **query)

    def read(self, path: str, **query: str) -> Any:
        """A raw GET of anything."""
        asked = urllib.parse.urlencode({"api-version": API, **query})
        return self._ask(f"{path}?{asked}", authorization=f"Bearer {self._token}")

    @property
    def compute(self) -> str:
        """What Microsoft.Compute has of the subscription."""
        return f"/subscriptions/{self.ready.subscription_id}/providers/Microsoft.Compute"

    def sets(self) -> list[str]:
        return [one["name"] for one in self.read(f"{self.compute}/virtualMachineScaleSets")["value"]]

    def offered(self) -> list[str]:
        """The versions on offer of the image that the set has."""
        publishers = f"{self.compute}/locations/westus/publishers"
        place = f"{publishers}/MicrosoftWindowsServer/artifacttypes/vmimage/offers/WindowsServer"
        return [one["name"] for one in self.read(f"{place}/skus/2012-R2-Datacenter/versions")]

    def _ask(self, path: str, data: bytes | None = None, **headers: str) -> Any:
        request = urllib.request.Request(f"{self.ready.http}{path}", data=data, headers=headers)
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
            return json.load(answer)

    def own(self, path: str, body: Any = None) -> Any:
        """One of the emulator's own paths."""
        data = None if body is None else json.dumps(body).encode()
        return self._ask(f"/emulator{path}", data, **{"Content-Type": "application/json"})

    @property
    def version(self) -> str:
        """The image version in the model."""
        found: Any = self.get()
        for name in IMAGE.split("."):
            found = found[name]
        return str(found["version"])

    @property
    def capacity(self) -> int:
        capacity: int = self.get()["sku"]["capacity"]
        return capacity

    def instances(self) -> dict[str, Any]:
        """Every instance with its view, by id."""
        page = self.get("/virtualMachines", **{"$expand": "instanceView"})
        assert "nextLink" not in page
        return {one["instanceId"]: one for one in page["value"]}

    def latest(self) -> set[str]:
        """The ids of those to whom the latest model is applied."""
        return {key for key, one in self.instances().items() if one["properties"]["latestModelApplied"]}

    def disks(self) -> dict[str, str]:
        """The names of the OS disks: another one means another disk."""
        return {key: one["properties"]["storageProfile"]["osDisk"]["name"] for key, one in self.instances().items()}

    def running_version(self, version: str) -> set[str]:
        """The ids of those whose disk is made from the version."""
        return {
            key
            for key, one in self.instances().items()
            if one["properties"]["storageProfile"]["imageReference"]["exactVersion"] == version
        }

    def power(self, instance: str) -> str:
        statuses = self.instances()[instance]["properties"]["instanceView"]["statuses"]
        (power,) = (one["code"] for one in statuses if one["code"].startswith("PowerState/"))
        return str(power)

    def protected(self, instance: str) -> dict[str, bool]:
        found: dict[str, bool] = self.get(f"/virtualMachines/{instance}")["properties"]["protectionPolicy"]
        return found

    def asked(self) -> list[str]:
        """What reached the emulator, as `METHOD last part of the path`."""
        return [f"{one['method']} {one['path'].rpartition('/')[2]}" for one in self.own("/requests")["recent"]]
