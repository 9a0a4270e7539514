"""Where sets are seen and planned: with Azure asked from here, or by a dashboard that asks it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Any, Protocol, TypeVar

from rollset.cli.asked import Asked
from rollset.cli.office import SERVER_OPTION, Where
from rollset.cli.options import ConnectionFlags
from rollset.core.ids import ScaleSetId
from rollset.core.plan import Plan
from rollset.core.preflight.finding import Finding
from rollset.engine.prepare import Wish
from rollset.faces.offer import Offer
from rollset.faces.sight import Sight

R = TypeVar("R")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """The sets of one subscription, as documents; `None` where the sets of all that a dashboard watches are listed."""

    subscription: str | None
    scale_sets: Sequence[dict[str, Any]]
    troubles: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """What was found around a set; `requests` is how many it took of Azure, where that was counted."""

    plan: Plan
    findings: Sequence[Finding]
    requests: int | None


class Lookout(Protocol):
    """Looks, and changes nothing."""

    async def listed(self) -> Listed:
        """The scale sets, by group and name."""
        ...

    async def see(self, scale_set: ScaleSetId) -> Sight:
        """One set with its instances."""
        ...

    async def plan(self, scale_set: ScaleSetId, asked: Asked) -> Plan:
        """What an upgrade would do now.

        Raises:
            UsageError: what is asked for makes no sense there.
        """
        ...

    async def offer(self, scale_set: ScaleSetId) -> Offer:
        """The versions that the image of the set is offered in."""
        ...

    async def examine(self, wish: Wish) -> Examination:
        """What stands in the way of an upgrade; of any, where the wish names no change of the image.

        Raises:
            UsageError: the selection matches nothing.
        """
        ...


def lookout_option(function: Callable[..., R]) -> Callable[..., R]:
    """`--server`, as the argument `where`."""

    @wraps(function)
    def with_where(*args: Any, server: str | None, **others: Any) -> R:
        return function(*args, where=Where(server=server), **others)

    return SERVER_OPTION(with_where)


@asynccontextmanager
async def opened_lookout(where: Where, connection: ConnectionFlags) -> AsyncIterator[Lookout]:
    """The one that the user means.

    Raises:
        UsageError: it is named in a way that cannot be used.
        NotAdmitted: there is no token for it.
    """
    url = where.server_url
    if url is None:
        from rollset.cli.looking import Looking  # noqa: PLC0415 (the one or the other)
        from rollset.cli.session import open_azure  # noqa: PLC0415 (the one or the other)

        async with open_azure(connection) as azure:
            yield Looking(azure, connection)
        return
    from rollset.cli.asking_there import AskingThere  # noqa: PLC0415 (the one or the other)
    from rollset.cli.there import opened_line  # noqa: PLC0415 (the one or the other)

    async with opened_line(url) as line:
        yield AskingThere(line, connection)
