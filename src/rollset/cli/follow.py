"""Shows what another process does for a rollout, until it ends or whoever looks on has seen enough."""

from __future__ import annotations

import asyncio
import time

from rollset.cli import faults
from rollset.cli.face import Face
from rollset.cli.interrupts import cancelling_on_signals
from rollset.cli.office import Office
from rollset.core.errors import RollsetError
from rollset.engine.durable.faults import Holder
from rollset.engine.events import Outcome
from rollset.engine.present import Present
from rollset.faces.account import Account
from rollset.faces.known import Named
from rollset.faces.seen import from_afar
from rollset.faces.status import EndedOtherwise, outcome_of

LOOK_SECONDS = 0.5
"""Between two looks into the journal; a rollout shows itself once a second at most."""

SLOWER = 1.5
"""Each look that finds nothing new makes the pause before the next so much longer, where asking has a price."""

HOLDER_SECONDS = 5.0
"""Between two questions whether the process that carries it out still lives."""

NOBODY_YET: dict[Holder | None, str] = {
    Holder.DEAD: "its process is gone: a worker takes it up within half a minute",
    Holder.WAITED_FOR: "it waits for a worker",
}
STOPS_LOOKING = "looking no longer: the rollout goes on"


class LookedAway(RollsetError):  # noqa: N818 (reads as the fact it states)
    """Ctrl-C of somebody who only looked on."""

    exit_status = faults.INTERRUPTED

    def __init__(self, rollout: Named) -> None:
        super().__init__(
            f"looking no longer; the rollout goes on (look again: {rollout.command('watch')}; end it: "
            f"{rollout.command('stop')})"
        )


class NobodyCarries(RollsetError):  # noqa: N818 (reads as the fact it states)
    """The process of the rollout that is followed has died, and no other will take it up by itself."""

    def __init__(self, rollout: Named) -> None:
        super().__init__(
            f"nobody carries out {rollout.id} any more, for its process is gone; carry it on: "
            f"{rollout.command('resume')}"
        )


async def follow(office: Office, account: Account, face: Face) -> Outcome:
    """Shows the rollout as it goes, until it has ended.

    Raises:
        LookedAway: there was a signal.
        NobodyCarries: its process has died, on a machine without workers for it.
        EndedOtherwise: it ended without a result.
    """
    if account.state is None:
        raise EndedOtherwise(
            f"{account.id} was claimed by {account.row.started_by} and has not begun: nothing to see yet"
        )
    face.begin(account.state)
    office.tells(face.stopping)
    try:
        async with face.showing(lambda: 0 if account.state is None else account.state.arm_requests):
            with cancelling_on_signals(lambda: face.stopping(STOPS_LOOKING)):
                await _look_on(office, account, face)
    except asyncio.CancelledError as cancelled:
        raise LookedAway(account.named) from cancelled
    return outcome_of(account)


async def _look_on(office: Office, account: Account, face: Face) -> None:
    shown: Present | None = None
    known: Holder | None = None
    pause, asked_at = LOOK_SECONDS, -HOLDER_SECONDS
    while True:  # As long as the rollout, which has bounds of its own.
        if account.present is not None and account.present != shown and account.state is not None:
            shown = account.present
            face.see(from_afar(shown, account.state), shown.reason)
        if account.ended:
            return
        if time.monotonic() - asked_at >= HOLDER_SECONDS:
            asked_at = time.monotonic()
            found = await office.holder(account)
            if found is Holder.DEAD and not office.taken_up:
                raise NobodyCarries(account.named)
            if found is not known and found in NOBODY_YET:
                face.stopping(NOBODY_YET[found])
            known = found
        await asyncio.sleep(pause)
        fresh = await office.refresh(account)
        is_quiet = not fresh and account.present == shown
        pause = max(LOOK_SECONDS, min(pause * SLOWER, office.quiet_seconds_max)) if is_quiet else LOOK_SECONDS
        for told in fresh:
            for event in told.entry.events:
                face.tell(event)
