"""What a plan expects to ask of Azure, held against what a rollout does ask, by the requests that went out."""

import re
from collections import Counter
from urllib.parse import urlsplit

import pytest

from rollset.core.amount import Amount
from rollset.core.charges import LISTS, MACHINES, POLLS, READS, UPGRADES, VIEWS, WRITES
from rollset.core.exact import exact
from rollset.core.pace import Batches
from tests.engine.stage import a_stage

BATCHES = Batches(size=Amount(number=10, percent=True))

TIMES = 2.0
"""How far an expectation may be off; what an upgrade takes is luck."""


def bucket(sent):
    path = urlsplit(sent.url).path
    if sent.method == "PATCH":
        return WRITES
    if path.endswith("/manualupgrade"):
        return UPGRADES
    if "/operations/" in path:
        return POLLS
    if path.endswith("/virtualMachines"):
        return LISTS
    if "/virtualMachines/" in path:
        return VIEWS
    return READS if re.search(r"virtualMachineScaleSets/[^/]+$", path) else None


@pytest.mark.parametrize(
    ("capacity", "pace"),
    [(5, {}), (20, {}), (20, {"style": BATCHES}), (60, {}), (240, {"style": BATCHES})],
    ids=["five", "twenty", "twenty in batches", "sixty", "more than a page, in batches"],
)
async def test_a_rollout_asks_for_about_what_its_plan_expects(capacity, pace):
    async with a_stage(capacity=capacity, single_placement_group=capacity <= 100) as stage:
        plan = await stage.plan(**pace)
        outcome = await stage.run(plan)
        asked = Counter(map(bucket, stage.azure.transport.requests))
    expected = {one.bucket: one.requests for one in exact(plan, 0.0).charges}
    assert expected.pop(MACHINES) == capacity == len(outcome.upgraded)
    assert expected.pop(WRITES) == asked[WRITES] == 1
    for one, requests in expected.items():
        assert requests / TIMES <= asked[one] <= requests * TIMES + 2, one.what
    lasts = exact(plan, 0.0).lasts
    assert lasts is not None
    assert lasts.p50 / TIMES <= outcome.seconds <= lasts.p90 * TIMES
