"""The commands below `rollset emulator`, each loaded when it is asked for; without one of them the emulator starts."""

from __future__ import annotations

from importlib import import_module

import click

from rollset.cli.main import Reference

COMMANDS = {
    "env": Reference("rollset.cli.emulator_env:env", "What a client's shell needs to find a running emulator."),
    "fault": Reference("rollset.cli.emulator_fault:fault", "Make something go wrong, or right again."),
    "publish": Reference("rollset.cli.emulator_publish:publish", "Put a new version of a platform image on offer."),
    "export": Reference("rollset.cli.emulator_fleet:export", "Write the fleet of a running emulator as YAML."),
    "import": Reference(
        "rollset.cli.emulator_fleet:import_", "Add a fleet: of a file, or in the shape of Azure's own."
    ),
}


class EmulatorGroup(click.Group):
    """Lists its commands without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 (click's signature)
        reference = COMMANDS.get(cmd_name)
        if reference is None:
            return None
        module, _, name = reference.target.partition(":")
        command = getattr(import_module(module), name)
        assert isinstance(command, click.Command), reference.target
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, reference.summary) for name, reference in COMMANDS.items()])
