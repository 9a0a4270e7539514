"""Whole rollouts of Flexible sets, whose members are virtual machines with names; Uniform is in test_rollout.py."""

from dataclasses import replace

import pytest

from rollset.core.amount import Amount
from rollset.core.failing import OnFailure
from rollset.core.order import Order
from rollset.core.selection import Selection
from rollset.emulator import choices
from rollset.engine.events import Ending
from rollset.engine.rollout import Rollout
from tests.engine.stage import NEW, OLD, TWO, a_stage

FLEX = {"orchestration": "Flexible", "health": "extension", "fault_domains": 1}


def placed(stage, read):
    """Where each member stands, as the emulator knows it."""
    return {one.id: read(one.slot) for one in stage.scale_set.instances.values()}


async def test_every_member_is_read_back_on_the_image_and_healthy():
    async with a_stage(capacity=12, **FLEX) as stage:
        outcome = await stage.roll(max_unavailable=Amount(number=3))
        assert (outcome.ending, stage.counts) == (Ending.DONE, {NEW: 12})
        assert set(outcome.upgraded) == set(stage.images)
        assert len(stage.starts[0]) == 1, "the canary goes alone"
        assert all(one.startswith("web_") for start in stage.starts for one in start)


@pytest.mark.parametrize(
    ("order", "shape", "read"),
    [
        pytest.param(Order.ZONE, {"zones": ["1", "2", "3"]}, lambda slot: slot.zone, id="zone after zone"),
        pytest.param(Order.FAULT_DOMAIN, {"fault_domains": 3}, lambda slot: slot.fault_domain, id="fault domains"),
    ],
)
async def test_domains_that_azure_tells_go_one_after_another(order, shape, read):
    async with a_stage(capacity=9, **{**FLEX, **shape}) as stage:
        outcome = await stage.roll(order=order, max_unavailable=TWO)
        where = placed(stage, read)
        out, gone = set(), []
        for change in stage.scale_set.account.history:
            (out.add if change.change == "out" else out.discard)(change.instance)
            domains = {where[one] for one in out}
            assert len(domains) <= 1, "two domains out together"
            gone += [one for one in domains if not gone or gone[-1] != one]
        assert (outcome.ending, gone) == (Ending.DONE, sorted(gone))
        assert len(gone) == 3


async def test_without_domains_the_plan_says_so_and_names_the_order_that_there_is():
    async with a_stage(capacity=6, **{**FLEX, "zones": ["1", "2"]}) as stage:
        plan = await stage.plan()
        note = next(one for one in plan.notes if "update domain" in one)
        assert note == "Azure names no update domain here: all instances count as one; --order zone would group them"


async def test_names_choose_members_and_protected_ones_are_left_alone():
    async with a_stage(capacity=5, instances={"0": {"protected": True}}, **FLEX) as stage:
        guarded, first, second, *_ = stage.images
        outcome = await stage.roll(selection=Selection(instances=frozenset({guarded, first, second})))
        assert outcome.ending is Ending.DONE
        assert {one for one, version in stage.images.items() if version == NEW} == {first, second}


async def test_a_failure_brings_members_back_to_what_they_ran():
    async with a_stage(capacity=5, **FLEX) as stage:
        names = list(stage.images)
        await stage.azure.fault(kind="upgrade-fails", set="rg/web", instances=[sorted(names)[2]], times=1)
        plan = await stage.plan()
        situation = replace(plan.situation, job=replace(plan.job, on_failure=OnFailure.UNDO))
        plan = replace(plan, situation=situation)
        outcome = await Rollout(stage.azure.client, plan, stage.tell).run()
        assert (outcome.ending, stage.counts) == (Ending.UNDONE, {OLD: 5})


async def test_a_set_that_cannot_be_upgraded_by_name_is_told_at_once(monkeypatch):
    monkeypatch.setattr(choices, "FLEXIBLE_UPGRADES_BY_NAME", False)
    async with a_stage(capacity=3, **FLEX) as stage:
        outcome = await stage.roll()
        assert outcome.ending is Ending.FAILED
        assert "--engine azure" in outcome.reason
        assert len(stage.starts) == 1
        assert (outcome.in_flight, stage.counts) == ((), {OLD: 3})
