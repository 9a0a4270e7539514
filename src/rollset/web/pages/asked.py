"""What the address of a request names."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from rollset.core.ids import ScaleSetAddress, ScaleSetId, check_subscription
from rollset.engine.durable.presence import who
from rollset.web.access.who import Who
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


def user_of(request: Request) -> str:
    """Who acts, as rollouts and orders tell it; where nothing guards the pages, it is whoever runs the dashboard."""
    asking: Who | None = getattr(request.state, "who", None)
    return who() if asking is None else asking.name


TheUser = Annotated[str, Depends(user_of)]
TheSite = Annotated[Site, Depends(site_of)]
TheSet = Annotated[ScaleSetId, Depends(scale_set_of)]
SET = "/sets/{subscription}/{group}/{name}"
"""The beginning of every address below a scale set."""
