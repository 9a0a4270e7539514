"""From a recorded exchange to a world in that state, and the answer of the emulator to the same request there."""

import json
import re
from functools import cache
from typing import Any
from urllib.parse import unquote, urlsplit

from rollset.emulator.fleet import parse_fleet
from rollset.emulator.images import Offered, Urn
from tests.conformance.documents import (
    MEMBER_OF,
    PROBE,
    SPOT,
    gallery_path,
    model_around,
    set_document,
    without_priority,
)
from tests.emulator.local import Answer, Client, path_of
from tests.support.recordings import Exchange, exchanges

# Emulated seconds between looks at an operation.
LOOK_SECONDS = 120.0
SETS = "/providers/Microsoft.Compute/virtualMachineScaleSets/"
PLACE = re.compile(r"(?i)/subscriptions/[^/]+/resourcegroups/(?P<group>[^/]+)(?P<rest>/.*)?$")
SUBSCRIPTION = re.compile(r"(?i)(/subscriptions/)0{8}-0{4}-0{4}-0{4}-0{12}")


@cache
def set_documents() -> dict[tuple[str, str], Any]:
    """The first full model that was recorded of each set."""
    found: dict[tuple[str, str], Any] = {}
    for exchange in exchanges():
        parts = exchange.request["path"].lower().split("/")
        body = exchange.body if isinstance(exchange.body, dict) else {}
        if parts[-2:-1] == ["virtualmachinescalesets"] and "virtualMachineProfile" in body.get("properties", {}):
            found.setdefault((parts[4], parts[-1]), body)
    return found


class Stage:
    """One exchange, its world, and its request as it reads there."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.azure = Client() if exchange.file == "operations-poll" else Client(parse_fleet("scale_sets: []"))
        asked = exchange.request
        self.method: str = asked["method"]
        self.api = str(asked["query"].get("api-version", "2024-07-01"))
        self.query = {name.replace("$", "__"): value for name, value in asked["query"].items() if name != "api-version"}
        self.path = self._ours(unquote(asked["path"]))
        self.body = self._ours(asked["body"])
        # What Azure answered, with our subscription in it.
        self.recorded = self._ours(exchange.body)
        place = PLACE.match(self.path)
        self.group = place["group"] if place else "myrg"
        self.rest = (place["rest"] or "") if place else ""
        name = re.search(r"(?i)/virtualMachineScaleSets/([^/]+)", self.path)
        self.name = name[1] if name else "myvmss"
        self.set_path = f"{self.azure.group(self.group)}{SETS}{self.name}"
        # What comes after the set's name, in lower case.
        self.below = re.sub(r"(?i)^.*/virtualMachineScaleSets/[^/]+/?", "", self.path).lower() if name else ""

    @property
    def makes_refused(self) -> bool:
        """A set that was refused when it was to be made."""
        return self.method == "PUT" and not self.below and bool(self.said) and self.code != "PropertyChangeNotAllowed"

    @property
    def code(self) -> str:
        """The code of the recorded error; empty where there was none."""
        body = self.exchange.body if isinstance(self.exchange.body, dict) else {}
        return str(body.get("error", {}).get("code", ""))

    @property
    def said(self) -> str:
        """The message of the recorded error; empty where there was none."""
        body = self.exchange.body if isinstance(self.exchange.body, dict) else {}
        return str(body.get("error", {}).get("message", ""))

    def _ours(self, value: Any) -> Any:
        """The same with our subscription in every id."""
        text = SUBSCRIPTION.sub(rf"\g<1>{self.azure.world.subscription_id}", json.dumps(value))
        return json.loads(text)

    def answer(self) -> Answer:
        family = self.exchange.file
        if family == "operations-poll":
            return self._poll()
        if family == "images-versions":
            self._offer_asked()
        elif family == "galleries":
            gallery_path(self)
        elif family == "vmss-list" or SETS.lower() in self.path.lower():
            self._set()
            self._before()
        return self._send()

    def _send(self) -> Answer:
        if "__skiptoken" in self.query:
            del self.query["__skiptoken"]
            first = urlsplit(self.azure.get(self.path, api=self.api, **self.query).body["nextLink"])
            return self.azure.get(f"{first.path}?{first.query}")
        return self.azure.ask(self.method, self.path.replace(" ", "%20"), self.body, api=self.api, **self.query)

    # The set.

    def _set(self) -> None:
        """Makes the set that the request is about, unless the request makes or misses it."""
        status = self.exchange.status
        creates = self.method == "PUT" and not self.below and status == 201
        if creates and not self.body:
            self.body = self.recorded
        model = self._model()
        self.azure.put(self.azure.group(self.group), {"location": model["location"]})
        self._provide(model)
        if self.method == "PUT" and not self.below and self.body:
            self._provide(self.body)
        if "quota" in self.said:
            self.azure.post("/emulator/quotas", {"name": "cores", "location": model["location"], "limit": 1})
        if creates or self.makes_refused or (status in (204, 404) and not self.below):
            return
        made = self.azure.put(self.set_path, model, api=max(self.api, "2023-09-01"))
        assert made.status == 201, (self.exchange.id, made.body)
        self.azure.follow(made, LOOK_SECONDS)

    def _model(self) -> Any:
        """The set's own model where one was recorded, with enough instances for the request."""
        recorded = self._recorded_model()
        rolls = "rollingupgrade" in self.below and "set to Rolling" not in self.said
        model = self._ours(recorded) if recorded and not rolls else set_document(rolling=rolls)
        properties = model["properties"]
        if "version set to latest" in self.said:
            properties["virtualMachineProfile"]["storageProfile"]["imageReference"]["version"] = "1.0.0"
        if properties.get("orchestrationMode", "Uniform") == "Uniform":
            properties["overprovision"] = False
        if "simulateeviction" in self.below and self.exchange.status != 409:
            properties["virtualMachineProfile"] |= SPOT
        if self.below == "setorchestrationservicestate":
            properties["automaticRepairsPolicy"] = {"enabled": True, "gracePeriod": "PT30M"}
            properties["virtualMachineProfile"].setdefault("networkProfile", {}).update(PROBE)
        if "sku" in model and self.below:
            self._enough(model)
        return model

    def _recorded_model(self) -> Any:
        """From the answer itself, from another of the same set, or from an instance; None where none of them is."""
        body = self.recorded
        if self.code == "PropertyChangeNotAllowed":
            return without_priority(self.body)
        if isinstance(body, dict) and "virtualMachineProfile" in body.get("properties", {}):
            return body
        if self.exchange.file == "vmss-list" and body and body.get("value"):
            first = body["value"][0]
            self.name, self.group = first["name"], first["id"].split("/")[4]
            self.set_path = f"{self.azure.group(self.group)}{SETS}{self.name}"
            return first
        return set_documents().get((self.group.lower(), self.name.lower())) or model_around(body)

    def _enough(self, model: Any) -> None:
        """As many instances as the request names, or as fill more than a page."""
        paged = "__skiptoken" in self.query
        if paged:
            model["properties"]["singlePlacementGroup"] = False
        least = 130 if paged else 2
        model["sku"]["capacity"] = max(model["sku"].get("capacity") or 0, least, *(at + 1 for at in self._instances()))

    def _instances(self) -> list[int]:
        """The numbers of the instances that the request names."""
        named = re.findall(r"(?i)virtualmachines/(\d+)", self.path)
        if isinstance(self.body, dict):
            named += [one for one in self.body.get("instanceIds") or [] if one.isdigit()]
        return [int(one) for one in named]

    def _provide(self, model: Any) -> None:
        """Puts the images on offer that a model names."""
        reference = model.get("properties", {}).get("virtualMachineProfile", {}).get("storageProfile", {})
        reference = (reference.get("imageReference") or {}) if isinstance(reference, dict) else {}
        if "publisher" in reference:
            version = reference.get("version") or "latest"
            versions = ("1.0.0",) if version == "latest" else ("1.0.0", version)
            os_type = "Windows" if "Windows" in reference["offer"] else "Linux"
            self.azure.world.images.offer(
                Offered(Urn(reference["publisher"], reference["offer"], reference["sku"]), os_type, versions)
            )
        elif (path := reference.get("id", "")).lower().find("/images/") > 0 and "/galleries/" not in path.lower():
            disk = {"osType": "Linux", "osState": "Generalized", "blobUri": "https://shop.example/i.vhd"}
            self.azure.put(self.azure.group(path.split("/")[4]), {"location": model["location"]})
            self.azure.put(path, {"location": model["location"], "properties": {"storageProfile": {"osDisk": disk}}})

    # What was done to it before.

    def _before(self) -> None:
        azure, below = self.azure, self.below
        if self.exchange.file == "rolling-upgrade-latest":
            started = azure.post(f"{self.set_path}/osRollingUpgrade")
            code = self.exchange.body["properties"]["runningStatus"]["code"]
            if code == "Cancelled":
                azure.post(f"{self.set_path}/rollingUpgrades/cancel")
            if code != "RollingForward":
                azure.follow(started, LOOK_SECONDS)
        elif self.exchange.file == "os-upgrade-history" and self.exchange.body["value"]:
            azure.follow(azure.post(f"{self.set_path}/osRollingUpgrade"))
        elif self.exchange.file == "rolling-upgrade-cancel":
            azure.post(f"{self.set_path}/osRollingUpgrade")
        elif self.exchange.file == "manualupgrade":
            azure.follow(azure.patch(self.set_path, {"sku": {"name": "Standard_D4s_v3"}}))
        elif below.startswith("extensions/") and (self.method != "PUT" and self.exchange.status != 404):
            path = self.path if self.method != "PUT" else ""
            azure.follow(azure.put(path, MEMBER_OF, api=self.api))

    def _offer_asked(self) -> None:
        """Puts what the path names on offer."""
        words = self.path.split("/")
        named = {name.lower(): value for name, value in zip(words[1::2], words[2::2], strict=False)}
        listed = self.exchange.body if isinstance(self.exchange.body, list) else []
        versions = [named["versions"]] if "versions" in named else [one["name"] for one in listed]
        empty = not versions
        urn = Urn(named["publishers"], named["offers"], named.get("skus", versions[0] if versions else "s"))
        if not empty:
            plain = tuple(versions) if "skus" in named else ("1.0.0",)
            self.azure.world.images.offer(Offered(urn, "Linux", plain))

    def _poll(self) -> Answer:
        """An upgrade of one instance, as far along and with the end that the recorded poll tells of."""
        azure, body = self.azure, self.exchange.body
        azure.set_version("4.0.20160229")
        status = body.get("status") if body else None
        if status == "Failed":
            azure.fault(kind="upgrade-fails", set="myrg/myvmss", code=self.code, message="{name}: " + self.said)
        accepted = azure.post(f"{azure.set_path()}/manualupgrade", {"instanceIds": ["0"]}, api=self.api)
        if status != "InProgress":
            azure.follow(accepted, LOOK_SECONDS)
        return azure.get(path_of(accepted, "azure-asyncoperation" if status else "location"))
