"""Unit: how often a rollout is looked at that is followed; at a server many do."""

import asyncio
import itertools
from types import SimpleNamespace

import pytest

from rollset.cli import follow
from rollset.cli.there import QUIET_SECONDS_MAX


@pytest.mark.parametrize(
    ("quiet_seconds_max", "looks"),
    [pytest.param(0.0, 1200, id="here"), pytest.param(QUIET_SECONDS_MAX, 126, id="at a server")],
)
async def test_a_rollout_of_which_nothing_is_new_is_looked_at_less_often_at_a_server(
    monkeypatch, quiet_seconds_max: float, looks: int
):
    """It waits ten minutes for an approval, then ends."""
    at, pauses, quiet = [0.0], [], 600.0

    async def sleep(seconds):
        at[0] += seconds
        pauses.append(seconds)

    account = SimpleNamespace(present=None, state=None, ended=False)

    async def refresh(_account):
        account.ended = at[0] >= quiet
        return ()

    async def holder(_account):
        return None

    monkeypatch.setattr(asyncio, "sleep", sleep)
    office = SimpleNamespace(refresh=refresh, holder=holder, taken_up=True, quiet_seconds_max=quiet_seconds_max)
    await follow._look_on(office, account, SimpleNamespace())
    assert len(pauses) <= looks
    assert pauses[0] == follow.LOOK_SECONDS
    assert max(pauses) == max(quiet_seconds_max, follow.LOOK_SECONDS), "so late it is told at most"
    assert all(one <= other for one, other in itertools.pairwise(pauses))
