"""What the address of a request names, and who asks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

from fastapi import Depends, Request

from rollset.core.ids import ScaleSetAddress, ScaleSetId, check_subscription
from rollset.web.access.asking import needs, who_of
from rollset.web.access.roles import Role
from rollset.web.site import Site

T = TypeVar("T")


def site_of(request: Request) -> Site:
    """The dashboard that is asked."""
    site: Site = request.app.state.site
    return site


async def read_aside(request: Request, work: Callable[[], T]) -> T:
    """What `work` makes of a rollout file of whoever asks, while everybody else goes on."""
    return await site_of(request).aside.run(who_of(request).subject, work)


def scale_set_of(subscription: str, group: str, name: str) -> ScaleSetId:
    """The scale set that the address names.

    Raises:
        UsageError: it can be none.
    """
    return ScaleSetAddress.parse(f"{group}/{name}").within(check_subscription(subscription))


def user_with(role: Role) -> Callable[[Request], Awaitable[str]]:
    """A dependency that lets in who has the role, and gives his name, as rollouts and orders tell it."""

    async def ask(request: Request) -> str:
        return (await needs(role)(request)).name

    return ask


TheUser = Annotated[str, Depends(user_with(Role.OPERATOR))]
TheSite = Annotated[Site, Depends(site_of)]
TheSet = Annotated[ScaleSetId, Depends(scale_set_of)]
SET = "/sets/{subscription}/{group}/{name}"
"""The beginning of every address below a scale set."""
