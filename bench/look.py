"""One look at 1,000 instances with their views: rollset's client against azure-mgmt-compute's models.

Both read the same from the same emulator, in nine pages of 120: what each instance is, where it stands, what it runs
and how it is; and both end with what they made of it in memory, core types there, models here. Each side runs in a
process of its own, the emulator in a third; the sides take turns, so that a busy machine slows both. Compared are the
time of a look and the peak memory of the whole process.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

# Imports stand inside functions: each side's process loads what it needs and no more, for its memory is compared.
# ruff: noqa: PLC0415

CAPACITY = 1000
ROUNDS = 5
LOOKS = 3
TIME_SCALE = 1000.0
"""An emulated second takes a millisecond, so that Azure's request budgets are full again for each look."""

FASTER_MIN = 15.0
MEMORY_MAX = 2 / 3

GROUP, NAME = "rg", "web"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What both sides look at."""

    url: str
    subscription: str
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The median look of one process, and how large it grew."""

    seconds: float
    megabytes: float


def run() -> None:
    """Prints the ratios."""
    from statistics import median

    sides: dict[str, list[Measured]] = {"rollset": [], "azure-mgmt-compute": []}
    with subprocess.Popen([sys.executable, "-m", "bench.look", "serve"], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        target = server.stdout.readline()
        try:
            for _ in range(ROUNDS):
                for side, measured in sides.items():
                    measured.append(_measure(side, target))
        finally:
            server.terminate()
    seconds = {side: median(one.seconds for one in measured) for side, measured in sides.items()}
    megabytes = {side: median(one.megabytes for one in measured) for side, measured in sides.items()}
    faster = seconds["azure-mgmt-compute"] / seconds["rollset"]
    memory = megabytes["rollset"] / megabytes["azure-mgmt-compute"]
    told = ", ".join(f"{side} {seconds[side] * 1000:.0f} ms and {megabytes[side]:.0f} MB" for side in sides)
    print(
        f"a look at 1,000 instances    {faster:.1f} times faster than azure-mgmt-compute (aim: at least {FASTER_MIN:g})"
    )
    print(
        f"a look at 1,000 instances    {memory:.2f} of its memory (aim: at most {MEMORY_MAX:.2f}); {told}", flush=True
    )


def _measure(side: str, target: str) -> Measured:
    ran = subprocess.run(
        [sys.executable, "-m", "bench.look", side],
        input=target,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env=_environment(),
    )
    return Measured(**json.loads(ran.stdout))


def _environment() -> dict[str, str]:
    """With bytecode writing switched off, every run would compile what it imports, in memory that is not the look's."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def _serve() -> None:
    """An emulator with the set, until it is ended from outside; its address is the first line of output."""
    import msgspec

    from rollset.emulator.fleet import Fleet
    from rollset.emulator.server import EmulatorServer

    one = {"resource_group": GROUP, "name": NAME, "capacity": CAPACITY, "single_placement_group": False}
    fleet = msgspec.convert({"scale_sets": [one]}, Fleet)
    server = EmulatorServer(fleet=fleet, seed=1, time_scale=TIME_SCALE, https_port=None)
    with server as ready:
        token = server.world.tokens.issue()[0]
        print(json.dumps({"url": ready.http, "subscription": ready.subscription_id, "token": token}), flush=True)
        while True:
            time.sleep(3600)


class _Token:
    """A credential that has its token already, for both sides alike."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def get_token_info(self, *_: str, **__: Any) -> Any:
        from azure.core.credentials import AccessTokenInfo

        return AccessTokenInfo(self._token, int(time.time()) + 3600)

    async def get_token(self, *_: str, **__: Any) -> Any:
        from azure.core.credentials import AccessToken

        return AccessToken(self._token, int(time.time()) + 3600)

    async def close(self) -> None: ...


async def _rollset(target: Target) -> list[float]:
    from rollset.arm.azure import Azure
    from rollset.arm.endpoint import Endpoint
    from rollset.core.ids import ScaleSetId

    id = ScaleSetId(subscription=target.subscription, resource_group=GROUP, name=NAME)  # noqa: A001
    async with Azure.open(Endpoint.parse(target.url), credential=_Token(target.token)) as azure:
        scale_set = await azure.scale_set(id)
        return await _timed(lambda: azure.instances(scale_set))


async def _sdk(target: Target) -> list[float]:
    from azure.mgmt.compute.aio import ComputeManagementClient

    credential: Any = _Token(target.token)
    async with ComputeManagementClient(
        credential,
        target.subscription,
        base_url=target.url,
        credential_scopes=["https://management.azure.com/.default"],
    ) as client:

        async def look() -> list[Any]:
            pages = client.virtual_machine_scale_set_vms.list(GROUP, NAME, expand="instanceView", enforce_https=False)
            machines = [machine async for machine in pages]
            assert len({_facts(machine) for machine in machines}) == CAPACITY
            return machines

        return await _timed(look)


def _facts(machine: Any) -> tuple[object, ...]:
    """What rollset reads of an instance; the models make their members only when they are asked for."""
    view = machine.instance_view
    reference = machine.storage_profile.image_reference
    protection = machine.protection_policy
    return (
        machine.instance_id,
        tuple(machine.zones or ()),
        (view.placement_group_id, view.platform_update_domain, view.platform_fault_domain),
        (reference.publisher, reference.offer, reference.sku, reference.exact_version or reference.version),
        machine.latest_model_applied,
        machine.provisioning_state,
        tuple((status.code, status.message) for status in view.statuses),
        view.vm_health.status.code if view.vm_health else None,
        protection.protect_from_scale_set_actions if protection else False,
    )


async def _timed(look: Callable[[], Awaitable[Any]]) -> list[float]:
    """The seconds of each look, after a first one that opens the connection and is not counted."""
    assert len(await look()) == CAPACITY
    seconds = []
    for _ in range(LOOKS):
        begun = time.perf_counter()
        assert len(await look()) == CAPACITY
        seconds.append(time.perf_counter() - begun)
    return seconds


def _side(look: Callable[[Target], Awaitable[list[float]]]) -> None:
    async def main() -> list[float]:
        return await look(Target(**json.loads(sys.stdin.readline())))

    seconds = sorted(asyncio.run(main()))[LOOKS // 2]
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "megabytes": megabytes}))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["serve"]:
            _serve()
        case ["rollset"]:
            _side(_rollset)
        case ["azure-mgmt-compute"]:
            _side(_sdk)
        case _:
            run()
