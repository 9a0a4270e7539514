"""What a plan expects to ask of Azure, held against what pre-flight and the rollout do ask, by the emulator's own count."""

import asyncio
from collections import Counter
from dataclasses import replace

import pytest
from azure.core.rest import HttpRequest

from rollset.core.ahead.buckets import (
    ACTIONS,
    ELSEWHERE,
    LISTS,
    MACHINE_LISTS,
    MACHINE_VIEWS,
    MACHINES,
    POLLS,
    PROTECTIONS,
    READS,
    VIEWS,
    WRITES,
)
from rollset.core.ahead.exact import exact
from rollset.core.amount import Amount
from rollset.core.care import Care, Protected
from rollset.core.others import OtherActors, WhileRolling
from rollset.core.outside.calls import WebCall
from rollset.core.outside.gates import Answer, AzureMetric, AzureView, Bounds, Gate, ViewPart
from rollset.core.pace import Batches
from rollset.core.surging.surge import Surge
from rollset.engine.outside.callers import Callers
from rollset.engine.preflight import examine_plan
from tests.engine.stage import TWO, a_stage
from tests.support.emulated import ENDPOINT
from tests.support.virtual import EPOCH

BATCHES = Batches(size=Amount(number=10, percent=True))

TIMES = 2.0
"""How far an expectation may be off; what an upgrade takes is luck."""

BUCKETS = {
    "set-get": READS,
    "set-view": LISTS,
    "set-patch": WRITES,
    "set-action": ACTIONS,
    "operation-get": POLLS,
    "instance-list": LISTS,
    "instance-get": VIEWS,
    "instance-write": PROTECTIONS,
    "machine-list": MACHINE_LISTS,
    "machine-get": MACHINE_VIEWS,
    "directory": ELSEWHERE,
    "image-list": ELSEWHERE,
    "image-get": ELSEWHERE,
}
"""By the emulator's kinds of requests."""


async def counted(stage, **wish):
    """A plan, the rollout that carries it out, and what both and pre-flight between them asked, by the bucket."""
    log = stage.azure.world.requests
    log.reset()
    plan = await stage.plan(**wish)
    await examine_plan(stage.azure.client, plan, budget_named=False, now=0.0)
    outcome = await stage.run(plan)
    asked = Counter()
    for kind, count in log.by_kind.items():
        if kind not in ("own", "page"):
            asked[BUCKETS[kind]] += count
    return plan, outcome, asked


def check_counts(plan, asked):
    expected = {one.bucket: one.requests for one in exact(plan, 0.0).charges}
    expected.pop(MACHINES)
    for one in expected.keys() | asked.keys():
        told = expected.get(one, 0)
        assert told / TIMES - 2 <= asked[one] <= told * TIMES + 2, one.what


@pytest.mark.parametrize(
    ("capacity", "pace"),
    [(5, {}), (20, {}), (20, {"style": BATCHES}), (60, {}), (240, {"style": BATCHES})],
    ids=["five", "twenty", "twenty in batches", "sixty", "more than a page, in batches"],
)
async def test_a_rollout_asks_for_about_what_its_plan_expects(capacity, pace):
    async with a_stage(capacity=capacity, single_placement_group=capacity <= 100) as stage:
        plan, outcome, asked = await counted(stage, **pace)
    expected = {one.bucket: one.requests for one in exact(plan, 0.0).charges}
    assert expected[MACHINES] == capacity == len(outcome.upgraded)
    assert expected[WRITES] == asked[WRITES] == 1
    check_counts(plan, asked)
    lasts = exact(plan, 0.0).lasts
    assert lasts is not None
    assert lasts.p50 / TIMES <= outcome.seconds <= lasts.p90 * TIMES


FLEXIBLE = {"orchestration": "Flexible", "fault_domains": 1, "health": "extension"}
FORCED = {"instances": {str(number): {"protected": True} for number in range(5)}}
SIX = Amount(number=6)


@pytest.mark.parametrize(
    ("members", "wish"),
    [
        pytest.param({"capacity": 5}, {"surge": Surge(add=Amount(number=1))}, id="surge by one"),
        pytest.param({"capacity": 60}, {"surge": Surge(add=SIX)}, id="surge by six"),
        pytest.param({}, {"surge": Surge(add=SIX), "style": Batches(size=Amount(number=3))}, id="surge in batches"),
        pytest.param(FLEXIBLE, {"surge": Surge(add=TWO)}, id="surge of a Flexible set"),
        pytest.param(FORCED, {"policy": {"care": Care(protected=Protected.FORCE)}}, id="protections lifted"),
    ],
)
async def test_surge_and_protections_are_expected_too(members, wish):
    async with a_stage(**members) as stage:
        plan, outcome, asked = await counted(stage, **wish)
    assert outcome.exit_status == 0
    check_counts(plan, asked)


async def test_so_is_what_is_suspended_meanwhile():
    async with a_stage(capacity=5) as stage:
        policy = {
            "automaticRepairsPolicy": {"enabled": True, "gracePeriod": "PT30M"},
            "upgradePolicy": {"automaticOSUpgradePolicy": {"enableAutomaticOSUpgrade": True}},
        }
        await others(stage, "PATCH", f"{stage.azure.id('web').path}?api-version=2024-07-01", {"properties": policy})
        everything = OtherActors(repairs=WhileRolling.SUSPEND, os_upgrade=WhileRolling.SUSPEND)
        plan, outcome, asked = await counted(stage, others=everything)
    assert outcome.exit_status == 0
    assert asked[WRITES] == 3
    check_counts(plan, asked)


CPU = "Percentage CPU"
METRIC = Gate(
    name="cpu",
    question=AzureMetric(name=CPU),
    bounds=Bounds(below=90.0, within=0.5),
    interval_seconds=30.0,
    timeout_seconds=20.0,
)
VIEW = Gate(name="view", question=AzureView(part=ViewPart.HEALTH))
WEB = Gate(name="web", question=WebCall(url="http://{ip}:8080/healthz"))


class AzureIsReal(Callers):
    """Asks Azure for what only Azure knows, addresses included; whoever else is asked says yes.

    The clock of a stage counts from its beginning, and Azure Monitor from 1970.
    """

    async def ask(self, question, about, seconds):
        since = None if about.since is None else EPOCH + about.since
        return await super().ask(question, replace(about, at=EPOCH + about.at, since=since), seconds)

    async def _ask(self, question, about, filling, seconds):
        if isinstance(question, WebCall):
            return Answer(yes=True, words="HTTP 200")
        return await super()._ask(question, about, filling, seconds)


@pytest.mark.parametrize("bake_seconds", [0.0, 300.0], ids=["no bake", "a bake"])
@pytest.mark.parametrize("gate", [METRIC, VIEW, WEB], ids=lambda gate: gate.name)
async def test_and_what_gates_ask_of_azure(gate, bake_seconds):
    async with a_stage(subnet="10.0.0.0/24") as stage:
        await others(stage, "PUT", "/emulator/sets/rg/web/instance-metrics", {str(one): {CPU: 40} for one in range(10)})
        await asyncio.sleep(900.0)
        stage.outside = AzureIsReal(stage.azure.client)
        plan, outcome, asked = await counted(stage, gates=[gate], bake_seconds=bake_seconds)
    assert outcome.exit_status == 0, outcome.reason
    check_counts(plan, asked)


async def others(stage, method, path, body):
    world = stage.azure.world
    headers = {"Authorization": f"Bearer {world.tokens.issue()[0]}"}
    request = HttpRequest(method, f"{ENDPOINT}{path}", json=body, headers=headers)
    answer = await stage.azure.transport.send(request)
    assert answer.status_code == 200, answer.text()
