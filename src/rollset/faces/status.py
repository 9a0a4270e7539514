"""One rollout in full as a document: how it stands, its instances, its orders, and how it ended."""

from __future__ import annotations

from rollset.core.errors import RollsetError
from rollset.engine.events import Outcome
from rollset.faces.account import Account
from rollset.faces.comparing import comparisons_document
from rollset.faces.documents import Json, moment
from rollset.faces.ended import outcome_document
from rollset.faces.report import Report, by_mark, report_document


class EndedOtherwise(RollsetError):  # noqa: N818 (reads as the fact it states)
    """A rollout that has left no result, or has none yet to look forward to."""


def outcome_of(account: Account) -> Outcome:
    """How it ended.

    Raises:
        EndedOtherwise: nobody can tell.
    """
    if account.state is None or account.state.result is None:
        raise EndedOtherwise(
            f"the rollout {account.id} ended without a result ({account.row.ending}); what it did is told by: "
            f"{account.named.command('events')}"
        )
    return Outcome.of(account.state.result, account.state.plan)


def status_document(report: Report) -> Json:
    """What `status -o json` prints."""
    account, story = report.account, report.story
    return {
        **report_document(report),
        "instances": {} if story is None else {mark.words: ids for mark, ids in by_mark(story).items()},
        "compared": [] if story is None else comparisons_document(story.state.compared),
        "orders": [
            {
                "number": one.number,
                "verb": one.verb.value,
                "by": one.by,
                "at": moment(one.at),
                "checkpoint": one.checkpoint,
                "taken": one.number <= account.control.taken,
            }
            for one in account.signals
        ],
        "arm_requests": None if story is None else story.state.arm_requests,
        "outcome": outcome_document(outcome_of(account), account.named)
        if story is not None and story.state.result is not None
        else None,
    }
