"""What pre-flight asks of Azure, and what it makes of refusals; in virtual time. Sibling: tests/core/test_preflight.py."""

import sys
from collections import Counter
from dataclasses import replace

import pytest
from azure.core.rest import HttpRequest

from rollset.arm.errors import NotSignedIn
from rollset.core.amount import Amount
from rollset.core.change import UNCHANGED
from rollset.core.outside.calls import Command
from rollset.core.outside.hooks import Hook, Moment
from rollset.core.preflight.around import Unread
from rollset.core.surging.surge import Surge
from rollset.engine.preflight import OLD_IMAGES_MAX, examine_plan, examine_set
from tests.engine.stage import NEW, OLD, a_stage
from tests.support.emulated import ENDPOINT

DEAR = ("usages", "skus", "autoscaleSettings")


async def doctor(stage, wish=None):
    return await examine_set(stage.azure.client, wish or stage.wish(), budget_named=False, now=0.0)


async def check(stage, plan):
    return await examine_plan(stage.azure.client, plan, budget_named=False, now=0.0)


def asked(stage):
    """The last words of the paths that were read."""
    gets = (sent.url.partition("?")[0] for sent in stage.azure.transport.requests if sent.method == "GET")
    return Counter(url.rpartition("/")[2] for url in gets)


async def test_an_upgrade_asks_for_little_and_the_doctor_for_everything():
    async with a_stage() as stage:
        plan = await stage.plan()
        stage.azure.transport.requests.clear()
        assert [one.name for one in (await check(stage, plan)).findings] == ["health-now"]
        assert asked(stage) == {NEW: 1, OLD: 1, "locks": 1, "latest": 1}
        stage.azure.transport.requests.clear()
        assert [one.name for one in (await doctor(stage)).findings] == ["health-now"]
        assert asked(stage) > Counter([NEW, OLD, "locks", "latest", *DEAR])


async def test_the_size_is_asked_about_only_where_the_new_image_boots_otherwise():
    async with a_stage(size="Standard_A1_v2") as stage:
        wish = replace(stage.wish(), change=replace(stage.wish().change, version=None, sku="2022-datacenter-g2"))
        found = await doctor(stage, wish)
        assert [one.name for one in found.findings if one.blocks] == ["wrong-generation"]
        stage.azure.transport.requests.clear()
        quick = await check(stage, found.facts.plan)
        assert [one.name for one in quick.findings if one.blocks] == ["wrong-generation"]
        assert asked(stage)["skus"] == 1
        assert asked(stage)["usages"] == 0


async def test_before_a_surge_the_quotas_are_asked_about_as_well():
    async with a_stage() as stage:
        plan = await stage.plan(surge=Surge(add=Amount(number=1)))
        stage.azure.transport.requests.clear()
        assert [one.name for one in (await check(stage, plan)).findings] == ["health-now"]
        assert (asked(stage)["usages"], asked(stage)["skus"]) == (1, 1)
        await quota(stage, "standardDSv3Family", 21)
        assert "no-quota-for-surge" in [one.name for one in (await check(stage, plan)).findings]


async def test_programs_of_hooks_and_gates_have_to_be_there():
    hooks = [
        Hook(moment=Moment.BEFORE_INSTANCE, name="drain", call=Command(argv=("./no-such-drain", "{id}"))),
        Hook(moment=Moment.AFTER_INSTANCE, name="undrain", call=Command(argv=(sys.executable, "{id}"))),
        Hook(moment=Moment.AFTER_ROLLOUT, name="tell", call=Command(argv=("${TELL}",))),
    ]
    async with a_stage() as stage:
        found = (await check(stage, await stage.plan(hooks=hooks))).findings
    (missing,) = (one for one in found if one.name == "no-such-program")
    assert missing.fact == "hook drain (before-instance) calls ./no-such-drain, which is no program on this machine"


async def quota(stage, name, limit):
    body = {"location": "westus", "name": name, "limit": limit}
    answer = await stage.azure.transport.send(HttpRequest("POST", f"{ENDPOINT}/emulator/quotas", json=body))
    assert answer.status_code < 300, answer.text()


async def test_however_many_images_a_set_runs_only_a_few_are_looked_at():
    instances = {str(number): {"image_version": f"4.0.{20150101 + number}"} for number in range(8)}
    async with a_stage(capacity=8, instances=instances) as stage:
        found = await doctor(stage)
    assert len(found.facts.around.before) == OLD_IMAGES_MAX
    assert [one.name for one in found.findings].count("old-image-gone") == OLD_IMAGES_MAX


@pytest.mark.parametrize("status", [403, 404, 409, 429, 503])
async def test_whatever_is_refused_beside_the_set_is_a_finding(status):
    async with a_stage() as stage:
        await stage.azure.fault(kind="http", method="GET", status=status, path_contains="/locks")
        found = await doctor(stage)
    assert isinstance(found.facts.around.locks, Unread)
    (unread,) = (one for one in found.findings if one.name == "unread")
    assert f"the locks of rg/web could not be read: Azure answered {status}" in unread.fact
    assert unread.remedy


async def test_who_is_not_signed_in_is_told_so_and_nothing_else():
    async with a_stage() as stage:
        await stage.azure.fault(kind="http", method="GET", status=401, path_contains="/locks")
        with pytest.raises(NotSignedIn):
            await doctor(stage)


async def test_the_set_as_it_stands_is_looked_at_without_an_image():
    async with a_stage(capacity=1, upgrade_policy="Automatic") as stage:
        found = await doctor(stage, replace(stage.wish(), change=UNCHANGED))
    assert [one.name for one in found.findings if one.blocks] == ["automatic-mode", "downtime"]
    assert found.facts.plan.steps == ()
