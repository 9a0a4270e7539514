"""`rollset act`: does one thing to a set or to some of its instances, outside of any rollout."""

from __future__ import annotations

import shlex
from itertools import pairwise
from typing import Any

import click

from rollset.cli.act_options import act_options
from rollset.cli.acting import Asking, act_on, opened_acting
from rollset.cli.office import Where, office_options
from rollset.cli.options import (
    ConnectionFlags,
    SectionedCommand,
    connection_options,
    output_option,
    scale_set_argument,
)
from rollset.cli.printing import print_document
from rollset.cli.screen import screen
from rollset.cli.session import run
from rollset.core.acts.act import Act
from rollset.core.ids import ScaleSetAddress
from rollset.engine.durable.acts.ledger import ActState
from rollset.faces.actwords import What

EPILOG = """\b
Examples:
  # Tells who leaves service and for how long, and asks for the set's name.
  rollset act myrg/web restart --update-domain 2
\b
  # Two instances go for good, and the capacity goes down by two.
  rollset act myrg/web delete --instances 4,7
\b
  # Four more instances than eight.
  rollset act myrg/web scale --to 12 --yes
\b
  # Writes the model, and upgrades nobody where the policy is Manual.
  rollset act myrg/web edit --image-version 4.0.20160229 --vm-size Standard_D4s_v5

Each act is kept in the state of rollouts: a worker carries it out, or this process where none runs. What was cut off
goes on in the next one that comes; a restart, redeploy or reimage is never sent twice. `rollset acts` lists them."""


class _ActCommand(SectionedCommand):
    """Knows in which order its two words come."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """The arguments, read.

        Raises:
            click.UsageError: they cannot be; the right order is told where the set stands behind what is done to it.
        """
        given = list(args)
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            for place, (word, next_word) in enumerate(pairwise(given)):
                if word in set(What) and "/" in next_word:
                    swapped = shlex.join([*given[:place], next_word, word, *given[place + 2 :]])
                    raise click.UsageError(f"the set comes first; did you mean: rollset act {swapped}", ctx) from error
            raise


@click.command(cls=_ActCommand, epilog=EPILOG)
@scale_set_argument
@act_options
@click.option("--yes", is_flag=True, help="Do not ask. Without a terminal nothing is done unless this is given.")
@click.option("--detach", is_flag=True, help="Leave it to a worker, and return at once with its id.")
@connection_options
@office_options
@output_option("text", "json")
@click.pass_context
def act(
    ctx: click.Context,
    address: ScaleSetAddress,
    connection: ConnectionFlags,
    *,
    asked: Act,
    yes: bool,
    detach: bool,
    where: Where,
    output: str,
) -> None:
    """Do one thing to a scale set or to some of its instances, and tell what became of each.

    Prints the price first: how many instances leave service, for about how long, how many serve meanwhile, and what is
    lost. What costs service or data asks for the name of the set. While a rollout of the set goes on, what changes its
    instances or its model is refused.
    """
    asking = Asking(
        act=asked,
        address=address,
        connection=connection,
        console=screen(stderr=output == "json"),
        yes=yes,
        detach=detach,
    )
    acted, follow = run(_act(where, asking))
    if output == "json":
        print_document(acted)
    else:
        asking.console.print(_told(acted, follow), soft_wrap=True)
    ctx.exit(acted["exit_status"] or 0)


async def _act(where: Where, asking: Asking) -> tuple[dict[str, Any], str]:
    """The act as it ended or was left, and what shows it again."""
    async with opened_acting(where, asking) as acting:
        acted = await act_on(asking, acting)
        return acted, acting.place.command(f"acts {acted['id']}")


def _told(acted: dict[str, Any], follow: str) -> str:
    if acted["state"] != ActState.ENDED.value:
        return f"{acted['id']} is left to a worker; see it with: {follow}"
    words = "" if acted["text"] is None else f": {acted['text']}"
    return f"{acted['ending']}{words}"
