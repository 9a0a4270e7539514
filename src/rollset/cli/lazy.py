"""Groups of commands that are listed without being loaded: a command is imported when it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import ClassVar

import click


@dataclass(frozen=True, slots=True)
class Reference:
    """Where a command is defined, and the line that the help of its group says about it."""

    target: str
    summary: str


class LazyGroup(click.Group):
    """Has the commands that `references` name."""

    references: ClassVar[Mapping[str, Reference]]

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
        return list(self.references)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 (click's signature)
        reference = self.references.get(cmd_name)
        if reference is None:
            return None
        module, _, name = reference.target.partition(":")
        command = getattr(import_module(module), name)
        assert isinstance(command, click.Command), reference.target
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is meant.

        Raises:
            click.UsageError: it is not there; a command that looks like it is named.
        """
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from difflib import get_close_matches  # noqa: PLC0415 (only a fault needs it)

            near = get_close_matches(args[0].lower(), self.references, n=1)
            if not near:
                raise
            raise click.UsageError(f"{error.message.rstrip('.')}; did you mean {near[0]}", ctx) from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, reference.summary) for name, reference in self.references.items()])
