"""Runs the real command in this process, as `python -m` would with no terminal, and emulated Azure to run it against."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from click.testing import CliRunner

from rollset.cli.demo import environment
from rollset.cli.main import main
from rollset.emulator.fleet import parse_fleet
from rollset.emulator.server import EmulatorServer, Ready

OLD, NEW = "4.0.20160126", "4.0.20160229"
URN = "MicrosoftWindowsServer:WindowsServer:2012-R2-Datacenter"

SMALL = f"scale_sets: [{{resource_group: myrg, name: web, capacity: 5, image: '{URN}:{OLD}'}}]"
"""Five instances, one in each update domain, all on the old image."""

FOREIGN = ("AZURE_", "ROLLSET_", "NO_COLOR", "FORCE_COLOR", "TTY_", "COLUMNS", "LINES")
"""Variables that begin so change what a command does or prints; those of whoever runs the tests must not."""

VARIED = (Path(__file__).parent / "varied.yaml").read_text()
"""A set of every kind."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command left behind."""

    status: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """Standard output, all of it, as one JSON document."""
        return json.loads(self.out)


def run(*argv: str, ready: Ready | None = None, **variables: str) -> Ran:
    """Runs `rollset argv` against the emulator, without a terminal; `variables` are set in its environment."""
    runner = CliRunner()
    with environment({**(ready.env if ready else {}), **variables}), runner.isolation() as (out, err, _):
        try:
            main(argv)
        except SystemExit as ended:
            status = int(ended.code or 0)
        else:
            raise AssertionError("a command ends the process")
        return Ran(status, out.getvalue().decode(), err.getvalue().decode())


@contextmanager
def emulated(fleet: str = SMALL, time_scale: float = 3000.0) -> Iterator[Ready]:
    """An emulator over loopback with the fleet of a YAML text; an upgrade takes a seventh of a second."""
    with EmulatorServer(fleet=parse_fleet(fleet), time_scale=time_scale, https_port=None) as ready:
        yield ready


def account(ready: Ready, name: str = "myrg/web") -> Any:
    """What the emulator itself knows of a scale set."""
    return _call(Request(f"{ready.http}/emulator/sets/{name}"))


def images(ready: Ready, name: str = "myrg/web") -> dict[str, str]:
    """What each instance runs, as the emulator knows it."""
    return {one["id"]: one["image"] for one in account(ready, name)["instances"]}


def fault(ready: Ready, **members: Any) -> None:
    """Makes something go wrong from now on."""
    body = json.dumps(members).encode()
    _call(Request(f"{ready.http}/emulator/faults", data=body, headers={"Content-Type": "application/json"}))


def restart(ready: Ready, instance: str, name: str = "myrg/web") -> None:
    """Restarts an instance as somebody else would; an upgrade of it that hangs is given up."""
    act(ready, instance, "restart", name)


def act(ready: Ready, instance: str, action: str, name: str = "myrg/web") -> None:
    """What somebody else asks of an instance: `restart`, `powerOff`, ..."""
    ask(ready, "POST", f"{name}/virtualMachines/{instance}/{action}")


def ask(ready: Ready, method: str, path: str, body: Any = None) -> None:
    """A request that somebody else sends to Azure; `path` is below the provider's, beginning with `RG/NAME`."""
    identity = f"{ready.http}/metadata/identity/oauth2/token?resource=x"
    token = _call(Request(identity, headers={"Metadata": "true"}))["access_token"]
    group, _, rest = path.partition("/")
    provider = f"/subscriptions/{ready.subscription_id}/resourceGroups/{group}/providers/Microsoft.Compute"
    url = f"{ready.http}{provider}/virtualMachineScaleSets/{rest}?api-version=2024-07-01"
    data = b"" if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    with urlopen(Request(url, data=data, method=method, headers=headers)):
        pass


def writes(ready: Ready, name: str = "") -> list[str]:
    """The requests that changed something, or tried to; those of one set alone where it is named."""
    recent = _call(Request(f"{ready.http}/emulator/requests"))["recent"]
    below = name.rpartition("/")[2]
    return [f"{one['method']} {one['path']}" for one in recent if one["method"] != "GET" and below in one["path"]]


def _call(request: Request) -> Any:
    with urlopen(request) as answer:
        return json.loads(answer.read())
