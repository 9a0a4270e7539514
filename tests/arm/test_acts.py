"""Acts through the client: what each request does to the emulated set, Uniform and Flexible."""

import json

import pytest

from rollset.arm.acts import has_machine_call
from rollset.arm.errors import ChangedMeanwhile, NoSuchCall
from rollset.arm.operations import Succeeded
from rollset.core.acts.act import PROTECTIONS, Action
from rollset.core.fleet import Setting
from rollset.core.image import PlatformImage
from rollset.emulator import choices
from tests.support.emulated import emulated, fleet

FLEX = {"orchestration": "Flexible", "health": "extension"}
KINDS = pytest.mark.parametrize("kind", [pytest.param({}, id="Uniform"), pytest.param(FLEX, id="Flexible")])


async def looked(azure):
    web = await azure.client.scale_set(azure.id("web"))
    return web, await azure.client.instances(web)


@KINDS
@pytest.mark.parametrize(
    ("action", "before", "after"),
    [
        (Action.START, "stopped", ["running", "stopped", "running"]),
        (Action.POWER_OFF, "running", ["stopped", "running", "stopped"]),
        (Action.DEALLOCATE, "running", ["deallocated", "running", "deallocated"]),
        (Action.RESTART, "running", ["running", "running", "running"]),
        (Action.REDEPLOY, "running", ["running", "running", "running"]),
        (Action.REIMAGE, "running", ["running", "running", "running"]),
        (Action.DELETE, "running", ["running"]),
    ],
)
async def test_an_action_reaches_the_named_instances_alone(kind, action, before, after):
    power = {str(number): {"power": before} for number in range(3)}
    async with emulated(fleet("web", capacity=3, instances=power, **kind)) as azure:
        web, seen = await looked(azure)
        named = [one.id for one in seen[::2]]
        stamps = await azure.client.acts.stamps(web)
        operation = await azure.client.acts.on_instances(web, action, named)
        assert await azure.client.finish(operation) == Succeeded()
        _, now = await looked(azure)
        assert [one.power for one in now] == after
        later = await azure.client.acts.stamps(web)
        assert [one for one in stamps if one in later and stamps[one] != later[one]] == [
            one for one in named if one in later
        ]


async def test_protected_instances_are_passed_over_by_the_set():
    async with emulated(fleet("web", capacity=2, instances={"0": {"protected": True}})) as azure:
        web, seen = await looked(azure)
        await azure.client.finish(await azure.client.acts.on_instances(web, Action.POWER_OFF, [one.id for one in seen]))
        _, now = await looked(azure)
        assert [one.power for one in now] == ["running", "stopped"]


@KINDS
async def test_each_protection_is_written_as_it_is_named(kind):
    async with emulated(fleet("web", capacity=1, **kind)) as azure:
        web, (one,) = await looked(azure)
        for action, wanted in PROTECTIONS.items():
            await azure.client.finish(await azure.client.acts.protect(web, one.id, wanted))
            _, (now,) = await looked(azure)
            assert (now.protected_from_scale_in, now.protected) == (wanted.from_scale_in, wanted.from_set_actions), (
                action
            )


async def test_machines_are_asked_one_by_one_where_the_set_has_no_such_call(monkeypatch):
    monkeypatch.setattr(choices, "FLEXIBLE_ACTS_BY_NAME", False)
    async with emulated(fleet("web", capacity=2, **FLEX)) as azure:
        web, (first, second) = await looked(azure)
        with pytest.raises(NoSuchCall):
            await azure.client.acts.on_instances(web, Action.POWER_OFF, [first.id])
        assert has_machine_call(web, Action.POWER_OFF)
        await azure.client.finish(await azure.client.acts.on_machine(web, Action.POWER_OFF, second.id))
        _, now = await looked(azure)
        assert [one.power for one in now] == ["running", "stopped"]


IMAGE = PlatformImage(
    publisher="MicrosoftWindowsServer", offer="WindowsServer", sku="2012-R2-Datacenter", version="4.0.20160229"
)


async def test_image_size_and_capacity_are_written_in_one_request_under_the_etag():
    async with emulated(fleet("web", capacity=2)) as azure:
        web, _ = await looked(azure)
        size = Setting(path="sku.name", value=json.dumps("Standard_D4s_v5"))
        sent = azure.transport.sent
        operation = await azure.client.acts.write(web, IMAGE, [size], 3)
        assert azure.transport.sent == sent + 1
        assert await azure.client.finish(operation) == Succeeded()
        now, instances = await looked(azure)
        assert (str(now.image), now.vm_size, now.capacity, len(instances)) == (str(IMAGE), "Standard_D4s_v5", 3, 3)
        with pytest.raises(ChangedMeanwhile):
            await azure.client.acts.write(web, None, (), 5)
        assert (await looked(azure))[0].capacity == 3
