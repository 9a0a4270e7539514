"""Shows what another process does for a rollout, until it ends or whoever looks on has seen enough."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from rollset.cli import faults
from rollset.cli.account import Account
from rollset.cli.face import Face
from rollset.cli.interrupts import cancelling_on_signals
from rollset.cli.seen import from_afar
from rollset.core.errors import RollsetError
from rollset.engine.events import Outcome
from rollset.engine.present import Present

LOOK_SECONDS = 0.5
"""Between two looks into the journal; a rollout shows itself once a second at most."""

STOPS_LOOKING = "looking no longer: the rollout goes on"


class LookedAway(RollsetError):  # noqa: N818 (reads as the fact it states)
    """Ctrl-C of somebody who only looked on."""

    exit_status = faults.INTERRUPTED

    def __init__(self, rollout: str) -> None:
        super().__init__(
            f"looking no longer; the rollout goes on (look again: rollset watch {rollout}; end it: rollset stop "
            f"{rollout})"
        )


class EndedOtherwise(RollsetError):  # noqa: N818 (reads as the fact it states)
    """A rollout that has left no result."""


async def follow(account: Account, face: Face, enough: Callable[[Account], bool] | None = None) -> Outcome | None:
    """Shows the rollout as it goes, until it has ended, or until `enough` says yes: then there is no outcome yet.

    Raises:
        LookedAway: there was a signal.
        EndedOtherwise: it ended without a result.
    """
    assert account.state is not None, "what has not begun shows nothing"
    face.begin(account.state)
    try:
        async with face.showing(lambda: 0 if account.state is None else account.state.arm_requests):
            with cancelling_on_signals(lambda: face.stopping(STOPS_LOOKING)):
                await _look_on(account, face, enough or _never)
    except asyncio.CancelledError as cancelled:
        raise LookedAway(account.id) from cancelled
    return outcome_of(account) if account.ended else None


def outcome_of(account: Account) -> Outcome:
    """How it ended.

    Raises:
        EndedOtherwise: nobody can tell.
    """
    if account.state is None or account.state.result is None:
        raise EndedOtherwise(
            f"the rollout {account.id} ended without a result ({account.row.ending}); what it did is told by: "
            f"rollset events {account.id}"
        )
    return Outcome.of(account.state.result, account.state.plan)


async def _look_on(account: Account, face: Face, enough: Callable[[Account], bool]) -> None:
    shown: Present | None = None
    while True:  # As long as the rollout, which has bounds of its own.
        if account.present is not None and account.present != shown and account.state is not None:
            shown = account.present
            face.see(from_afar(shown, account.state), shown.reason)
        if account.ended or enough(account):
            return
        await asyncio.sleep(LOOK_SECONDS)
        for told in await asyncio.to_thread(account.refresh):
            for event in told.entry.events:
                face.tell(event)


def _never(_: Account) -> bool:
    return False
