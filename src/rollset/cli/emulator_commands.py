"""The commands below `rollset emulator`, each loaded when it is asked for; without one of them the emulator starts."""

from __future__ import annotations

from rollset.cli.lazy import LazyGroup, Reference

COMMANDS = {
    "env": Reference("rollset.cli.emulator_env:env", "What a client's shell needs to find a running emulator."),
    "fault": Reference("rollset.cli.emulator_fault:fault", "Make something go wrong, or right again."),
    "publish": Reference("rollset.cli.emulator_publish:publish", "Put a new version of a platform image on offer."),
    "export": Reference("rollset.cli.emulator_fleet:export", "Write the fleet of a running emulator as YAML."),
    "import": Reference(
        "rollset.cli.emulator_fleet:import_", "Add a fleet: of a file, or in the shape of Azure's own."
    ),
}


class EmulatorGroup(LazyGroup):
    """Started as it is, it serves; its commands talk to one that does."""

    references = COMMANDS
