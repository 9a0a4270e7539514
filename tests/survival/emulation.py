"""An emulated Azure in a process of its own, and its account of what happened there."""

import json
import subprocess
import sys
import urllib.request
from collections import Counter
from pathlib import Path

import yaml

from tests.support.patience import until

OLD, NEW = "4.0.20160126", "4.0.20160229"
IMAGE = f"MicrosoftWindowsServer:WindowsServer:2012-R2-Datacenter:{OLD}"

GROUP = "rg"
CAPACITY = 8
BUDGET = 2

TIME_SCALE = 60.0
"""An upgrade of a minute takes a second, and a rollout of eight instances about ten."""

ROLLSET = Path(sys.executable).with_name("rollset")


class Emulation:
    """`rollset emulator` with as many sets as a test needs, all with one upgrade policy."""

    def __init__(self, directory: Path, *, seed: int, sets: int = 1, policy: str = "Automatic") -> None:
        fleet, ready, log = directory / "fleet.yaml", directory / "ready.json", directory / "emulator.log"
        fleet.write_text(yaml.safe_dump({"scale_sets": [_scale_set(number, policy) for number in range(sets)]}))
        command = ["emulator", "--port", "0", "--fleet", str(fleet), "--ready-file", str(ready), "--no-throttle"]
        with log.open("wb") as file:
            self._process = subprocess.Popen(
                [ROLLSET, *command, "--seed", str(seed), "--time-scale", str(TIME_SCALE)],
                stdout=file,
                stderr=file,
            )

        def is_ready() -> bool:
            assert self._process.poll() is None, log.read_text()
            return ready.exists()

        until(is_ready, "the start of the emulator")
        told = json.loads(ready.read_text())
        self.url: str = told["http"]
        self.environ: dict[str, str] = told["env"]
        self._subscription = told["subscription_id"]
        self._token = self._get("/metadata/identity/oauth2/token?resource=x", {"Metadata": "true"})["access_token"]

    def close(self) -> None:
        self._process.kill()
        self._process.wait()

    def account(self, name: str) -> dict:
        """The emulator's own account of a set."""
        return self._get(f"/emulator/sets/{GROUP}/{name}")

    def model(self, name: str) -> dict:
        """The set as Azure shows it."""
        headers = {"Authorization": f"Bearer {self._token}"}
        return self._get(f"{self._path(name)}?api-version=2024-07-01", headers)

    def asked(self) -> Counter:
        """How often it was asked for each kind of thing since the last `forget_requests`; answers do not matter."""
        return Counter(self._get("/emulator/requests")["by_kind"])

    def forget_requests(self) -> None:
        request = urllib.request.Request(f"{self.url}/emulator/requests", method="DELETE")
        urllib.request.urlopen(request).close()

    def _path(self, name: str) -> str:
        group = f"/subscriptions/{self._subscription}/resourceGroups/{GROUP}"
        return f"{group}/providers/Microsoft.Compute/virtualMachineScaleSets/{name}"

    def _get(self, path: str, headers: dict[str, str] | None = None) -> dict:
        request = urllib.request.Request(f"{self.url}{path}", headers=headers or {})
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)


def _scale_set(number: int, policy: str) -> dict:
    return {
        "resource_group": GROUP,
        "name": f"web{number}",
        "capacity": CAPACITY,
        "image": IMAGE,
        "upgrade_policy": policy,
        "fault_domains": 5,
        "upgrade_seconds": {"median": 60, "spread": 0.3},
    }
