"""Flexible sets through the client: members are virtual machines, seen in two lists. Uniform is in test_azure.py."""

import pytest

from rollset.arm.azure import Azure
from rollset.arm.errors import Conflict, NoSuchCall
from rollset.core.fleet import Health, Orchestration, Power, Provisioning
from rollset.core.ids import InstanceId
from rollset.emulator import choices
from tests.arm.scripted import Says, Script
from tests.support.emulated import emulated, fleet

FLEX = {"orchestration": "Flexible", "health": "extension"}


def members(azure):
    return list(azure.world.find_set("rg", "web").instances.values())


async def test_members_are_seen_as_instances_of_a_uniform_set_are():
    odd = {"0": {"protected": True}, "1": {"power": "deallocated"}, "2": {"health": "unhealthy"}}
    async with emulated(fleet("web", capacity=4, zones=["1", "2"], instances=odd, **FLEX)) as azure:
        web = await azure.client.scale_set(azure.id("web"))
        seen = {one.id: one for one in await azure.client.instances(web)}
        first, second, third, fourth = (seen[InstanceId(one.id)] for one in members(azure))
        assert web.orchestration is Orchestration.FLEXIBLE
        assert [one.protected for one in (first, second, third, fourth)] == [True, False, False, False]
        assert (second.power, second.health) == (Power.DEALLOCATED, None)
        assert (third.health, fourth.health) == (Health.UNKNOWN, Health.HEALTHY)
        assert {one.provisioning for one in seen.values()} == {Provisioning.SUCCEEDED}
        assert {one.place.zone for one in seen.values()} == {"1", "2"}
        assert {(one.place.update_domain, one.place.placement_group) for one in seen.values()} == {(None, None)}
        assert {str(one.image) for one in seen.values()} == {str(web.image)}
        assert await azure.client.instance(web, fourth.id) == fourth


async def test_a_fault_domain_is_told_where_spreading_is_fixed():
    async with emulated(fleet("web", capacity=6, fault_domains=3, **FLEX)) as azure:
        seen = await azure.client.instances(await azure.client.scale_set(azure.id("web")))
    told = {one.id: one.place.fault_domain for one in seen}
    assert told == {one.id: one.slot.fault_domain for one in members(azure)}
    assert set(told.values()) == {0, 1, 2}


async def test_of_several_sets_in_a_group_each_has_its_own_members():
    async with emulated(fleet("web", "api", capacity=130, **FLEX)) as azure:
        web = await azure.client.scale_set(azure.id("web"))
        before = azure.client.requests
        seen = await azure.client.instances(web)
        assert {one.id for one in seen} == {one.id for one in members(azure)}
        assert azure.client.requests - before == 2 + 3, "pages of 120 and of 50"


async def test_a_filter_that_is_not_heeded_brings_in_nobody():
    async with emulated(fleet("web", capacity=1, **FLEX)) as azure:
        web = await azure.client.scale_set(azure.id("web"))
    foreign = {"name": "db", "properties": {"virtualMachineScaleSet": {"id": "/subscriptions/s/x"}}}
    ours = {"name": "web_1", "properties": {"virtualMachineScaleSet": {"id": web.id.path.upper()}}}
    alone = {"name": "jump", "properties": {}}
    script = Script(Says(200, {"value": []}), Says(200, {"value": [foreign, ours, alone]}), Says(200, foreign))
    async with script.azure as client:
        assert [one.id for one in await client.instances(web)] == ["web_1"]
        assert await client.instance(web, InstanceId("db")) is None


async def upgrade(azure: Azure, web, *names):
    return await azure.finish(await azure.manual_upgrade(web, names))


async def test_a_set_without_the_call_is_told_from_a_conflict_that_passes(monkeypatch):
    async with emulated(fleet("web", capacity=1, **FLEX)) as azure:
        web = await azure.client.scale_set(azure.id("web"))
        (name,) = (InstanceId(one.id) for one in members(azure))
        await upgrade(azure.client, web, name)
        monkeypatch.setattr(choices, "FLEXIBLE_UPGRADES_BY_NAME", False)
        with pytest.raises(NoSuchCall, match=r"ManualUpgrade\.POST.*--engine azure"):
            await upgrade(azure.client, web, name)
        await azure.fault(kind="http", status=409, times=1)
        with pytest.raises(Conflict) as passing:
            await upgrade(azure.client, web, name)
    assert not isinstance(passing.value, NoSuchCall)
