"""What rollouts that are begun here may run on the machine of a worker: commands, and its variables.

A rollout file can name a command, and whoever begins it has that run, as the user of the worker and with his rights.
So a role is not enough: either somebody is at home on this machine anyway, or the configuration allows it by name.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Commands:
    """Everything, or the commands that are `listed`, word for word as a rollout file would write them.

    Variables of the machine (`${NAME}`) may be named only where everything may be run: whoever chooses where a
    variable is sent has it.
    """

    everything: bool = False
    listed: frozenset[tuple[str, ...]] = frozenset()

    def allow(self, argv: tuple[str, ...]) -> bool:
        return self.everything or argv in self.listed


NO_COMMANDS = Commands()
ANY_COMMAND = Commands(everything=True)
