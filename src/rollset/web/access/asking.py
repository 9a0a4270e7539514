"""What pages ask: who it is, whether he may, and that it be written down.

@router.post("/rollouts/{rollout}/pause")
async def pause(request: Request, rollout: str, who: Annotated[Who, Depends(needs(Role.OPERATOR))]) -> Response:
    async with acting(request, "pause", f"rollout {rollout}"):
        ...
"""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus

from starlette.requests import Request

from rollset.core.errors import RollsetError
from rollset.engine.durable.access.audit import EVERYTHING, Act, AuditEntry, Filter
from rollset.web.access.access import Access
from rollset.web.access.commands import ANY_COMMAND, Commands
from rollset.web.access.guard import address_of, lacking, note_refusal
from rollset.web.access.refusal import Refused, request_id
from rollset.web.access.roles import ACTING, Role
from rollset.web.access.who import How, Who

DONE = "done"
REFUSED = "refused"
CUT_OFF = "cut off"


def access_of(request: Request) -> Access:
    access: Access = request.app.state.access
    return access


def who_of(request: Request) -> Who:
    """Who asks; behind the guard there is always somebody, but where it is open for all."""
    who: Who | None = request.state.who
    assert who is not None, "an open path asks nobody who he is"
    return who


def commands_of(request: Request) -> Commands:
    """What rollouts that this request begins may run on the machine of a worker.

    Whoever was let in by a link could run anything there without us: links are given out only to those who may read
    the state of rollouts, and only where nobody comes from elsewhere. A token can be anywhere.
    """
    return ANY_COMMAND if who_of(request).how is How.LINK else access_of(request).settings.commands


def csrf_token(request: Request) -> str:
    """For the field `csrf` of a form, or the header `X-CSRF-Token` of a script."""
    token: str = request.state.csrf
    return token


def needs(role: Role) -> Callable[[Request], Awaitable[Who]]:
    """A dependency that lets in who has the role, and gives who it is. Who has not is noted in the audit log."""

    async def check(request: Request) -> Who:
        who = who_of(request)
        if not who.may(role):
            await note_refusal(access_of(request), request, who, role)
            raise lacking(who, role)
        return who

    return check


def asks_azure(questions: int) -> Callable[[Request], Awaitable[None]]:
    """A dependency that counts, for those who may only look, how much Azure is asked for them; about so many."""

    async def count(request: Request) -> None:
        who = who_of(request)
        wait = 0.0 if who.roles & ACTING else access_of(request).looks.take(who.subject, questions)
        if wait > 0:
            seconds = math.ceil(wait)
            raise Refused(
                HTTPStatus.TOO_MANY_REQUESTS,
                f"Azure was asked much for {who.name} or other viewers just now, and its limits are shared with "
                f"rollouts; try again in {seconds} s.",
                headers={"retry-after": str(seconds)},
            )

    return count


A_LOOK = 1
"""Questions that a page of a set takes; what lists all instances of a large set, and what plans, takes more."""
A_LISTING = 6
A_PLAN = 20


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What came of an act; whoever acts may say more than that it is done."""

    words: str = DONE
    detail: str = ""


@asynccontextmanager
async def acting(request: Request, verb: str, target: str, detail: str = "") -> AsyncIterator[Outcome]:
    """Notes an act before it is done, and what came of it after: what is raised within is its outcome."""
    access, act, outcome = access_of(request), _act(request, verb, target, detail), Outcome()
    number = await access.threads.run(access.audit.begin, act, access.clock())
    try:
        yield outcome
    except (RollsetError, Refused) as error:
        told = error.sentence if isinstance(error, Refused) else str(error)
        outcome.words = f"{REFUSED}: {told}"
        raise
    except BaseException as error:
        outcome.words = f"{CUT_OFF}: {type(error).__name__}"
        raise
    finally:
        await access.threads.run(access.audit.end, number, act, outcome.words, access.clock(), outcome.detail)


async def audit_log(
    access: Access, limit: int, *, before: int | None = None, which: Filter = EVERYTHING
) -> list[AuditEntry]:
    """What was done, the newest first; the next page is what comes `before` the number of the last."""
    return await access.threads.run(lambda: access.audit.read(limit, before=before, which=which))


def _act(request: Request, verb: str, target: str, detail: str) -> Act:
    return Act(
        person=who_of(request).person,
        address=address_of(request),
        verb=verb,
        target=target,
        request=request_id(request),
        detail=detail,
    )
