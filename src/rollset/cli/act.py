"""`rollset act`: does one thing to a set or to some of its instances, outside of any rollout."""

from __future__ import annotations

import click

from rollset.cli.act_options import act_options
from rollset.cli.acting import Asking, act_on
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
from rollset.cli.statedir import opened, state_option
from rollset.core.acts.act import Act
from rollset.core.ids import ScaleSetAddress
from rollset.engine.durable.acts.ledger import ActRow, ActState
from rollset.faces.acts import act_document

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


@click.command(cls=SectionedCommand, epilog=EPILOG)
@scale_set_argument
@act_options
@click.option("--yes", is_flag=True, help="Do not ask. Without a terminal nothing is done unless this is given.")
@click.option("--detach", is_flag=True, help="Leave it to a worker, and return at once with its id.")
@connection_options
@state_option
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
    state: str | None,
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
    with opened(state) as database:
        row = run(act_on(asking, database))
        follow = database.state.command(f"acts {row.id}")
    if output == "json":
        print_document(act_document(row))
    else:
        asking.console.print(_told(row, follow), soft_wrap=True)
    ctx.exit(row.exit_status or 0)


def _told(row: ActRow, follow: str) -> str:
    if row.state is not ActState.ENDED:
        return f"{row.id} is left to a worker; see it with: {follow}"
    words = "" if row.present is None else f": {row.present.words}"
    return f"{row.ending}{words}"
