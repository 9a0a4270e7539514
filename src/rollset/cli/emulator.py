"""`rollset emulator`: a local Azure for scale sets, to try rollset and other clients on."""

import math
import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from rollset.cli.emulator_commands import EmulatorGroup

if TYPE_CHECKING:
    from rollset.emulator.server import EmulatorServer, Ready

DEFAULT_PORT = 8400
TOKEN_VARIABLE = "ROLLSET_EMULATOR_TOKEN"  # noqa: S105  The name of a variable.
BAD_INPUT = 2
FAILED = 1


class _File(click.Path):
    """A path that names a file; an empty one would be the folder we stand in."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value == "":
            self.fail("an empty path names no file", param, ctx)
        return super().convert(value, param, ctx)


class _Speed(click.FloatRange):
    """A range that holds what it says: a NaN is neither below nor above any bound."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        speed = super().convert(value, param, ctx)
        if math.isnan(speed):
            self.fail(f"{value!r} is no number", param, ctx)
        return speed


@click.group(name="emulator", cls=EmulatorGroup, invoke_without_command=True)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=DEFAULT_PORT,
    show_default=True,
    help="Port of the HTTP listener; 0 takes a free one.",
)
@click.option(
    "--https-port",
    type=click.IntRange(0, 65535),
    default=0,
    show_default="a free one",
    help="Port of the HTTPS listener.",
)
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Address to listen on. Beyond this machine everybody needs a token: that of ROLLSET_EMULATOR_TOKEN, or one "
    "that is made and printed.",
)
@click.option("--fleet", "fleet_file", type=_File(path_type=Path), help="YAML or JSON: the scale sets to start with.")
@click.option(
    "--state",
    "state_file",
    type=_File(path_type=Path),
    help="Keep everything in this file; another start with it goes on where the last one ended.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Decides every random draw.")
@click.option(
    "--time-scale",
    type=_Speed(min=0, min_open=True, max=100_000),
    default=1.0,
    show_default=True,
    help="Emulated seconds in a second: 60 makes a minute pass each second.",
)
@click.option(
    "--throttle/--no-throttle", default=True, show_default=True, help="Refuse requests beyond Azure's rate limits."
)
@click.option(
    "--ready-file",
    type=_File(path_type=Path),
    help="Written as JSON once both listeners listen, removed at the end.",
)
@click.pass_context
def emulator(
    ctx: click.Context,
    /,
    *,
    port: int,
    https_port: int,
    host: str,
    ready_file: Path | None,
    **world: Any,
) -> None:
    """Serve a local Azure Resource Manager for scale sets, on loopback; the commands talk to one that runs.

    Without --fleet it holds one scale set: myrg/myvmss, 20 Windows instances behind a load balancer.

    \b
    # An emulated minute passes each second.
    rollset emulator --time-scale 60
    \b
    # In another shell, after the export lines that it prints:
    rollset show myrg/myvmss
    """  # noqa: D301  \b keeps click from joining the lines.
    if ctx.invoked_subcommand is not None:
        return
    from rollset.emulator.errors import EmulatorError  # noqa: PLC0415  Heavy; `rollset --help` stays instant.
    from rollset.emulator.serving import serve  # noqa: PLC0415

    server = _server(port, https_port, host, **world)
    try:
        status = serve(server, ready_file=ready_file, on_ready=lambda ready: _announce(ready, world["time_scale"]))
    except EmulatorError as error:
        _refuse(error, FAILED)
    raise SystemExit(status)


def _server(
    port: int,
    https_port: int,
    host: str,
    *,
    fleet_file: Path | None,
    state_file: Path | None,
    seed: int,
    time_scale: float,
    throttle: bool,
) -> "EmulatorServer":
    from rollset.emulator.api.replay import open_world  # noqa: PLC0415
    from rollset.emulator.clock import ScaledClock  # noqa: PLC0415
    from rollset.emulator.errors import EmulatorError, FleetError  # noqa: PLC0415
    from rollset.emulator.fleet import load_fleet  # noqa: PLC0415
    from rollset.emulator.server import EmulatorServer  # noqa: PLC0415
    from rollset.emulator.world import World  # noqa: PLC0415

    try:
        fleet = None if fleet_file is None else load_fleet(fleet_file)
        if state_file is None:
            world = World(ScaledClock(time_scale), seed, fleet, throttle=throttle)
        else:
            world = open_world(state_file, fleet=fleet, seed=seed, time_scale=time_scale, throttle=throttle)
        token = os.environ.get(TOKEN_VARIABLE) or None
        return EmulatorServer(world, http_port=port, https_port=https_port, host=host, token=token)
    except FleetError as error:
        _refuse(FleetError(f"{fleet_file}: {error}"), BAD_INPUT)
    except EmulatorError as error:
        _refuse(error, BAD_INPUT)


def _announce(ready: "Ready", time_scale: float) -> None:
    lines = [
        f"The emulator listens on {ready.http} and {ready.https}.",
        "" if time_scale == 1 else f"{time_scale:g} emulated seconds pass each second.",
        "Point clients at it, in another shell:",
        *(f"  export {name}={shlex.quote(value)}" for name, value in ready.env.items()),
        "Ctrl-C ends it.",
    ]
    click.echo("\n".join(line for line in lines if line), err=True)


def _refuse(error: Exception, status: int) -> NoReturn:
    click.echo(f"rollset emulator: {error}", err=True)
    raise SystemExit(status) from error
