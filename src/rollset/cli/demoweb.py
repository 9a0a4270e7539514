"""`rollset demo --web`: emulator, worker and dashboard together, with traffic running; nothing of it stays."""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import suppress
from pathlib import Path

import click

from rollset.cli import faults
from rollset.cli.demo import GROUP, NAME, environment
from rollset.cli.interrupts import cancelling_on_signals
from rollset.cli.options import ConnectionFlags
from rollset.cli.serve import Serving, dashboard
from rollset.cli.session import run
from rollset.cli.traffic import Traffic
from rollset.emulator.fleet import load_fleet
from rollset.emulator.server import EmulatorServer, Ready
from rollset.engine.durable.database import Database
from rollset.engine.durable.place import SqliteState
from rollset.engine.durable.presence import who
from rollset.engine.durable.ready import open_database
from rollset.web.access.linking import new_link
from rollset.web.settings import ServeSettings

FLEET = Path(__file__).parent / "demo_fleet.yaml"

TIME_SCALE = 20.0
"""Emulated seconds in a real one: an upgrade of 7 minutes is watched in 21 seconds, which leaves time to click."""


def show_on_web(port: int) -> None:
    """Serves the demo until Ctrl-C.

    Raises:
        NotListening: the port is taken.
    """
    with (
        tempfile.TemporaryDirectory(prefix="rollset-demo-") as folder,
        EmulatorServer(fleet=load_fleet(FLEET), time_scale=TIME_SCALE, https_port=None) as ready,
        environment(ready.env),
        open_database(SqliteState(directory=Path(folder), flagged=True)) as database,
    ):
        run(_serve(ready, database, port))


async def _serve(ready: Ready, database: Database, port: int) -> None:
    traffic = Traffic(f"{ready.http}/emulator/lb/{GROUP}/{NAME}/")
    serving = Serving(
        settings=ServeSettings(port=port),
        subscriptions=(ready.subscription_id,),
        connection=ConnectionFlags(subscription=None, endpoint=ready.http),
        worker=True,
        banner=lambda: f"traffic to {GROUP}/{NAME}: {traffic}",
    )
    with suppress(asyncio.CancelledError), cancelling_on_signals(lambda: faults.say("the demo ends")):
        async with traffic.flowing(), dashboard(serving, database) as address:
            click.echo(f"Emulating Azure at {ready.http}, {TIME_SCALE:.0f} times as fast as life.", err=True)
            click.echo(f"The dashboard is at {new_link(database, address, who())}", err=True)
            click.echo(
                f"Requests are sent to {GROUP}/{NAME} all the time. Ctrl-C ends it, and nothing stays.", err=True
            )
            await asyncio.Event().wait()
