"""What the address of a request names, and who asks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, Request

from rollset.core.ids import ScaleSetAddress, ScaleSetId, check_subscription
from rollset.engine.durable.presence import who
from rollset.web.access.asking import Outcome, acting, needs
from rollset.web.access.roles import Role
from rollset.web.site import Site


def site_of(request: Request) -> Site:
    """The dashboard that is asked."""
    site: Site = request.app.state.site
    return site


def scale_set_of(subscription: str, group: str, name: str) -> ScaleSetId:
    """The scale set that the address names.

    Raises:
        UsageError: it can be none.
    """
    return ScaleSetAddress.parse(f"{group}/{name}").within(check_subscription(subscription))


def user_with(role: Role) -> Callable[[Request], Awaitable[str]]:
    """A dependency that lets in who has the role, and gives his name, as rollouts and orders tell it.

    Where nothing guards the pages, that is whoever runs the dashboard.
    """

    async def ask(request: Request) -> str:
        return (await needs(role)(request)).name if is_guarded(request) else who()

    return ask


def is_guarded(request: Request) -> bool:
    """Whether somebody looks who comes (`web.access`)."""
    return hasattr(request.app.state, "access")


@asynccontextmanager
async def noted(request: Request, verb: str, target: str, detail: str = "") -> AsyncIterator[Outcome]:
    """Within, something is done that the audit log is to hold, and what came of it."""
    if not is_guarded(request):
        yield Outcome()
        return
    async with acting(request, verb, target, detail) as outcome:
        yield outcome


TheUser = Annotated[str, Depends(user_with(Role.OPERATOR))]
TheSite = Annotated[Site, Depends(site_of)]
TheSet = Annotated[ScaleSetId, Depends(scale_set_of)]
SET = "/sets/{subscription}/{group}/{name}"
"""The beginning of every address below a scale set."""
