"""`rollset pause`, `resume`, `stop`, `undo` and `approve`: what operators order of a rollout while it runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from rollset.cli.office import Where, office_options
from rollset.cli.options import ConnectionFlags, Parsed, endpoint_option, output_option, rollout_argument
from rollset.cli.ordered import given_document, print_given
from rollset.cli.ordering import Ordering, give
from rollset.cli.printing import print_document
from rollset.cli.screen import screen
from rollset.cli.session import run
from rollset.core.control import Verb
from rollset.faces.agreed import parse_hash


def _order(verb: Verb, waits_for: str) -> Callable[[Callable[..., None]], click.Command]:
    """What all five commands have in common; the docstring of the decorated function is their help."""

    def decorate(function: Callable[..., None]) -> click.Command:
        for option in (
            click.pass_context,
            output_option("text", "json"),
            office_options,
            endpoint_option,
            click.option("--no-wait", is_flag=True, help=f"Leave the order and return, without waiting {waits_for}."),
            rollout_argument,
        ):
            function = option(function)
        return click.command(verb.value)(function)

    return decorate


@_order(Verb.PAUSE, "until it is taken in")
def pause(ctx: click.Context, **flags: Any) -> None:
    """Finish what is in flight, and start nothing until `resume`.

    Returns when the rollout has taken it in, and lists what is in flight still.
    """
    _give(ctx, Verb.PAUSE, **flags)


@_order(Verb.RESUME, "until it is taken in")
def resume(ctx: click.Context, **flags: Any) -> None:
    """Let a paused rollout go on; or carry on, here, one whose process is gone.

    After a crash it goes on in this command, which then shows it and ends as the rollout does. With a PostgreSQL
    database a worker takes it up.
    """
    _give(ctx, Verb.RESUME, **flags)


@_order(Verb.STOP, "for the end")
def stop(ctx: click.Context, **flags: Any) -> None:
    """Start nothing ever again, and end when what is in flight has ended.

    Also cancels a rolling upgrade of Azure's own on that set. A stop outranks every other order before it. Follows the
    rollout to its end and lists every instance by the state it was left in.
    """
    _give(ctx, Verb.STOP, **flags)


@click.option("--yes", is_flag=True, help="Do not ask before an ended rollout is undone.")
def _undo(ctx: click.Context, *, yes: bool, **flags: Any) -> None:
    """Bring back what a rollout changed: each instance to the image it had, and the model as well.

    Under the same budget and health checks as the way there, but without canary, bake and checkpoints. A rollout that
    runs turns around as soon as what is in flight has ended. For one that has ended, a new rollout begins that undoes
    it; that one is planned, shown and asked for first.
    """
    _give(ctx, Verb.UNDO, yes=yes, **flags)


undo = _order(Verb.UNDO, "for the end")(_undo)


@click.option(
    "--checkpoint",
    metavar="N",
    type=click.IntRange(min=1),
    help="Which one, counted from 1; also before it is reached.  [default: the one that it waits at]",
)
@click.option(
    "--hash",
    "plan_hash",
    metavar="HASH",
    type=Parsed(parse_hash, "hash"),
    help="Approve this plan alone, as `rollset status` shows it; another one is refused.  [default: whichever it is]",
)
def _approve(ctx: click.Context, *, checkpoint: int | None, plan_hash: str | None, **flags: Any) -> None:
    """Let a rollout go beyond the checkpoint that it waits at."""
    _give(ctx, Verb.APPROVE, checkpoint=checkpoint, plan_hash=plan_hash, **flags)


approve = _order(Verb.APPROVE, "until it is taken in")(_approve)


def _give(
    ctx: click.Context,
    verb: Verb,
    *,
    rollout: str,
    no_wait: bool,
    endpoint: str | None,
    where: Where,
    output: str,
    checkpoint: int | None = None,
    plan_hash: str | None = None,
    yes: bool = False,
) -> None:
    ordering = Ordering(
        verb=verb,
        rollout=rollout,
        checkpoint=checkpoint,
        plan_hash=plan_hash,
        wait=not no_wait,
        yes=yes,
        where=where,
        connection=ConnectionFlags(subscription=None, endpoint=endpoint),
        console=screen(stderr=output == "json"),
    )
    given = run(give(ordering))
    if output == "json":
        print_document(given_document(given))
    else:
        print_given(given, ordering.console)
    ctx.exit(given.exit_status)
