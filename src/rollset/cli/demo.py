"""`rollset demo`: the whole thing without an account: an emulated scale set is rolled while a client sends requests."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import aiohttp
import click
from rich.console import Console
from rich.text import Text

from rollset.arm.azure import Azure
from rollset.arm.endpoint import Endpoint
from rollset.cli.face import Face, face_for
from rollset.cli.interrupts import cancelling_on_signals
from rollset.cli.options import output_option
from rollset.cli.printing import print_document
from rollset.cli.screen import screen
from rollset.cli.session import run
from rollset.cli.traffic import Traffic
from rollset.core.ahead.forecast import Tempo
from rollset.core.change import VersionChange
from rollset.core.fleet import Instance
from rollset.core.ids import ScaleSetId
from rollset.core.image import same_image
from rollset.core.plan import Plan
from rollset.emulator.fleet import default_fleet
from rollset.emulator.server import EmulatorServer, Ready
from rollset.engine.events import Ending, Outcome
from rollset.engine.order import Order
from rollset.engine.prepare import Wish, prepare
from rollset.engine.rollout import Rollout
from rollset.engine.state import State
from rollset.faces.documents import Json
from rollset.faces.durations import spoken_duration

GROUP, NAME = "myrg", "myvmss"
VERSION = "4.0.20160229"

TIME_SCALE = 150.0
"""Emulated seconds in a real one: an upgrade of 7 minutes is watched in 3 seconds."""

SECONDS_MAX = 60.0
"""A demo that takes longer has failed."""

TEMPO = Tempo(seconds_min=0.1)
"""Looks may be close together where minutes pass in a second."""

FOREIGN = ("AZURE_", "IDENTITY_", "IMDS_", "MSI_")
"""Variables that begin so lead azure-identity to the user's own accounts, which a demo must not touch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Show:
    """How a demo went."""

    outcome: Outcome
    instances: tuple[Instance, ...]
    traffic: Traffic
    most_out_at_once: int

    @property
    def upgraded(self) -> int:
        """How many run the image, as read back at the end."""
        return sum(same_image(one.image, self.outcome.plan.job.image) for one in self.instances)

    @property
    def exit_status(self) -> int:
        """Interrupted is interrupted; any request lost or instance left behind is a failure."""
        if self.outcome.ending is not Ending.DONE:
            return self.outcome.exit_status
        return int(self.traffic.failed > 0 or self.upgraded < len(self.instances))


@click.command()
@click.option("--web", is_flag=True, help="Show it in a browser instead, with a fleet to try things on, until Ctrl-C.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Of the browser's demo; 0 takes a free one.")
@output_option("text", "json")
@click.pass_context
def demo(ctx: click.Context, *, web: bool, port: int, output: str) -> None:
    """Watch an upgrade without an Azure account.

    An emulator in this process plays Azure: a load balancer before the Windows scale set myvmss with 20 instances. The
    real client rolls it from image version 4.0.20160126 to 4.0.20160229, update domain by update domain, while a second
    client sends requests through the load balancer all the time. It takes about half a minute, for emulated time runs
    150 times as fast. Ends with status 1 if a single request fails.

    With --web the dashboard shows a fleet of seven sets, 20 times as fast as life, for you to roll as you like.
    """
    if web:
        from rollset.cli.demoweb import show_on_web  # noqa: PLC0415 (FastAPI takes its time)

        show_on_web(port)
        return
    console = screen(stderr=output == "json")
    with EmulatorServer(fleet=default_fleet(), time_scale=TIME_SCALE, https_port=None) as ready, environment(ready.env):
        show = run(perform(ready, console))
    if output == "json":
        print_document(show_document(show))
    else:
        print_show(show, console)
    ctx.exit(show.exit_status)


async def perform(ready: Ready, console: Console) -> Show:
    """Rolls under traffic, then reads back what is there."""
    traffic = Traffic(f"{ready.http}/emulator/lb/{GROUP}/{NAME}/")
    console.print(f"Emulating Azure at {ready.http}, {TIME_SCALE:.0f} times as fast as life, and sending requests.")
    console.print()
    scale_set = ScaleSetId(subscription=ready.subscription_id, resource_group=GROUP, name=NAME)
    face = face_for(console, traffic.__str__)
    async with Azure.open(Endpoint.parse(ready.http), on_pause=face.paused) as azure:
        plan = await prepare(azure, Wish(scale_set=scale_set, change=VersionChange(version=VERSION)))
        async with traffic.flowing(), asyncio.timeout(SECONDS_MAX):
            outcome = await roll(azure, plan, face)
        return Show(
            outcome=outcome,
            instances=await azure.instances(plan.fleet.scale_set),
            traffic=traffic,
            most_out_at_once=await most_out_at_once(ready),
        )


async def roll(azure: Azure, plan: Plan, face: Face) -> Outcome:
    """Runs the plan under the eyes of `face`; a second signal ends it where it stands."""
    rollout = Rollout(azure, plan, face.tell, TEMPO)
    face.begin(State.begin(Order.of(plan, id="demo", by="", begun_at=time.time())))
    before = azure.requests
    async with face.showing(lambda: azure.requests - before):
        with cancelling_on_signals(face.stopping):
            return await rollout.run()


async def most_out_at_once(ready: Ready) -> int:
    """The emulator's own account, which rollset has no part in."""
    async with aiohttp.ClientSession() as session, session.get(f"{ready.http}/emulator/sets/{GROUP}/{NAME}") as answer:
        account = await answer.json()
        return int(account["most_out_at_once"])


@contextmanager
def environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Within, `variables` are set, and nothing in the environment leads to an account of the user."""
    before = dict(os.environ)
    for name in before:
        if name.startswith(FOREIGN):
            del os.environ[name]
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def print_show(show: Show, console: Console) -> None:
    """The summary."""
    outcome, traffic = show.outcome, show.traffic
    title = ("Done", "bold green") if show.exit_status == 0 else ("Not done", "bold red")
    console.print()
    console.print(Text.assemble(title, f": {outcome.reason}"))
    console.print(f"  instances upgraded  {show.upgraded} of {len(show.instances)}, each read back")
    console.print(f"  time                {spoken_duration(outcome.seconds)} ({_emulated(outcome)} of emulated time)")
    console.print(f"  most out at once    {show.most_out_at_once} of {len(show.instances)}")
    console.print(f"  ARM requests        {outcome.arm_requests}")
    console.print(f"  traffic             {traffic}")


def show_document(show: Show) -> Json:
    """The summary, for machines."""
    return {
        "instances": len(show.instances),
        "upgraded": show.upgraded,
        "seconds": round(show.outcome.seconds, 3),
        "arm_requests": show.outcome.arm_requests,
        "requests_served": show.traffic.served,
        "requests_failed": show.traffic.failed,
        "most_out_at_once": show.most_out_at_once,
    }


def _emulated(outcome: Outcome) -> str:
    return spoken_duration(outcome.seconds * TIME_SCALE)
