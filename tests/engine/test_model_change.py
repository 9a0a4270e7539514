"""Rollouts that change more of the model than its image, or nothing but that; sibling of test_rollout.py."""

import pytest
from azure.core.rest import HttpRequest

from rollset.core.control import Verb
from rollset.core.errors import NotAllowedByAzure, UsageError
from rollset.core.model.change import ModelChange, gather, parse_setting
from rollset.emulator.app import create_app
from rollset.engine import events
from rollset.engine.events import Ending
from rollset.engine.records import encode_order
from tests.engine.stage import NEW, OLD, TWO, a_stage
from tests.engine.test_orders import rolling
from tests.support.emulated import ENDPOINT
from tests.support.inprocess import AppTransport

SMALL, LARGE = "Standard_D2s_v5", "Standard_D4s_v5"
DISKS = "virtualMachineProfile.storageProfile.dataDisks"
NICS = "virtualMachineProfile.networkProfile.networkInterfaceConfigurations"
LARGER = ModelChange(vm_size=LARGE)


def changing(*texts, vm_size=None):
    return gather(vm_size, [one for text in texts for one in parse_setting(text)])


def wished(model, **others):
    return {"version": None, "max_unavailable": TWO, "policy": {"model": model}, **others}


def patches(stage):
    return [sent for sent in stage.azure.transport.requests if sent.method == "PATCH"]


async def foreign(stage, body):
    """Somebody else writes the model."""
    world, url = stage.azure.world, f"{ENDPOINT}{stage.azure.id('web').path}?api-version=2024-07-01"
    headers = {"Authorization": f"Bearer {world.tokens.issue()[0]}"}
    reply = await AppTransport(create_app(world)).send(HttpRequest("PATCH", url, json=body, headers=headers))
    assert reply.status_code == 200, reply.text()


async def test_a_size_is_rolled_within_the_budget_and_the_image_stays():
    async with a_stage(size=SMALL) as stage:
        outcome = await stage.roll(**wished(LARGER))
        assert outcome.ending is Ending.DONE, outcome.reason
        assert set(stage.sizes.values()) == {LARGE}
        assert stage.counts == {OLD: 10}
        assert stage.scale_set.account.most_out_at_once == 2
        assert f"sku.name {SMALL} -> {LARGE}" in [str(one) for one in stage.told_of(events.ModelWritten)[0].changes]


async def test_image_and_size_go_into_the_model_with_one_write_and_each_instance_goes_once():
    async with a_stage(size=SMALL) as stage:
        outcome = await stage.roll(**wished(LARGER, version=NEW))
        assert outcome.ending is Ending.DONE, outcome.reason
        assert set(stage.sizes.values()) == {LARGE}
        assert stage.counts == {NEW: 10}
        assert len(patches(stage)) == 1


async def test_a_second_run_finds_nothing_to_do():
    async with a_stage(size=SMALL) as stage:
        assert not (await stage.plan(**wished(LARGER))).nothing_to_do
        await stage.roll(**wished(LARGER))
        assert (await stage.plan(**wished(LARGER))).nothing_to_do


async def test_lists_that_are_late_call_nobody_up_to_date_who_is_not():
    async with a_stage(size=SMALL) as stage:
        await stage.azure.fault(kind="stale-lists", seconds=45.0)
        outcome = await stage.roll(**wished(LARGER))
        assert outcome.ending is Ending.DONE, outcome.reason
        assert set(stage.sizes.values()) == {LARGE}


@pytest.mark.parametrize("kind", ["lost-reply", "dropped"])
async def test_a_write_whose_reply_is_lost_is_read_back_and_not_guessed(kind):
    async with a_stage(size=SMALL) as stage:
        await stage.azure.fault(kind=kind, method="PATCH", path_contains="virtualMachineScaleSets", times=2)
        outcome = await stage.roll(**wished(LARGER))
        assert outcome.ending is Ending.DONE, outcome.reason
        assert set(stage.sizes.values()) == {LARGE}


async def test_settings_of_machines_are_rolled_and_tags_stay_beside_each_other():
    async with a_stage() as stage:
        await foreign(stage, {"tags": {"team": "web", "owner": "ann"}})
        model = changing("virtualMachineProfile.licenseType=Windows_Server", "tags.owner=bob")
        outcome = await stage.roll(**wished(model))
        assert outcome.ending is Ending.DONE, outcome.reason
        assert stage.scale_set.document["tags"] == {"team": "web", "owner": "bob"}
        assert all(one.applied.profile["licenseType"] == "Windows_Server" for one in stage.scale_set.instances.values())


async def test_an_element_of_a_list_is_changed_or_added_and_all_else_in_it_stays():
    async with a_stage() as stage:
        disks = [
            {"lun": 0, "createOption": "Empty", "diskSizeGB": 32},
            {"lun": 1, "createOption": "Empty", "diskSizeGB": 8},
        ]
        await foreign(stage, {"properties": {"virtualMachineProfile": {"storageProfile": {"dataDisks": disks}}}})
        before = stage.scale_set.model.profile
        (nic,) = before["networkProfile"]["networkInterfaceConfigurations"]
        model = changing(
            f"{DISKS}[lun=1].diskSizeGB=16",
            f'{DISKS}[lun=3]={{"createOption": "Empty", "diskSizeGB": 4}}',
            f"{NICS}[name={nic['name'].upper()}].enableAcceleratedNetworking=true",
        )
        outcome = await stage.roll(**wished(model, version=NEW))
        assert outcome.ending is Ending.DONE, outcome.reason
        for one in stage.scale_set.instances.values():
            profile = one.applied.profile
            now = {disk["lun"]: disk["diskSizeGB"] for disk in profile["storageProfile"]["dataDisks"]}
            assert now == {0: 32, 1: 16, 3: 4}
            (after,) = profile["networkProfile"]["networkInterfaceConfigurations"]
            assert after["properties"]["enableAcceleratedNetworking"] is True
            assert after["properties"]["ipConfigurations"] == nic["properties"]["ipConfigurations"]
        assert stage.counts == {NEW: 10}
        assert len(patches(stage)) == 1


async def test_an_element_goes_back_and_one_that_was_added_is_named():
    async with a_stage() as stage:
        disks = [{"lun": 0, "createOption": "Empty", "diskSizeGB": 32}]
        await foreign(stage, {"properties": {"virtualMachineProfile": {"storageProfile": {"dataDisks": disks}}}})
        model = changing(f"{DISKS}[lun=0].diskSizeGB=64", f'{DISKS}[lun=1]={{"createOption": "Empty"}}')
        async with rolling(stage, **wished(model)) as running:
            await running.until(lambda: len(stage.told_of(events.Proven)) >= 2)
            running.order(Verb.UNDO)
            outcome = await running.task
        assert outcome.ending is Ending.UNDONE, outcome.reason
        assert f"{DISKS}[lun=1].createOption could not be brought back" in outcome.reason
        sizes = {
            one["lun"]: one.get("diskSizeGB") for one in stage.scale_set.model.profile["storageProfile"]["dataDisks"]
        }
        assert sizes[0] == 32


async def test_what_only_the_set_has_is_written_and_no_instance_is_touched():
    async with a_stage() as stage:
        plan = await stage.plan(**wished(changing("tags.owner=bob")))
        assert plan.steps == ()
        assert any("no instance has to follow" in note for note in plan.notes)
        outcome = await stage.run(plan)
        assert outcome.ending is Ending.DONE, outcome.reason
        assert stage.scale_set.document["tags"] == {"owner": "bob"}
        assert stage.starts == []


async def test_what_azure_does_not_show_is_written_once_and_told_by_its_fingerprint():
    secret = "aHVudGVyMg=="
    async with (
        a_stage() as stage,
        rolling(stage, **wished(changing(f"virtualMachineProfile.userData={secret}"))) as run,
    ):
        outcome = await run.task
        assert outcome.ending is Ending.DONE, outcome.reason
        assert {one.applied.profile["userData"] for one in stage.scale_set.instances.values()} == {secret}
        assert len(patches(stage)) == 1
        told = "".join(run.rollout.journal.kept) + encode_order(run.rollout._order)
        assert secret not in told
        assert "sha256:" in told


async def test_where_azure_calls_nobody_outdated_after_such_a_write_the_result_says_so():
    """So the emulator does with custom data, which it forgets."""
    async with a_stage() as stage:
        outcome = await stage.roll(**wished(changing("virtualMachineProfile.osProfile.customData=aHVudGVyMg==")))
        assert (outcome.ending, stage.starts) == (Ending.DONE, [])
        assert any("no instance was upgraded" in remark and "reimage one" in remark for remark in outcome.remarks)


async def test_somebody_else_who_changes_what_we_set_stops_it_and_is_not_overwritten():
    async with a_stage(size=SMALL) as stage, rolling(stage, **wished(LARGER)) as running:
        await running.until(lambda: len(stage.told_of(events.Proven)) >= 3)
        await foreign(stage, {"sku": {"name": "Standard_D8s_v5"}})
        outcome = await running.task
        assert (outcome.ending, outcome.exit_status) == (Ending.FAILED, 1)
        assert "sku.name of" in outcome.reason
        assert "changed to Standard_D8s_v5 by somebody else" in outcome.reason
        assert stage.scale_set.model.size == "Standard_D8s_v5"


class TestUndo:
    @pytest.mark.parametrize("version", [None, NEW], ids=["the size alone", "with an image"])
    async def test_the_model_and_the_touched_go_back(self, version):
        async with a_stage(size=SMALL) as stage, rolling(stage, **wished(LARGER, version=version)) as running:
            await running.until(lambda: len(stage.told_of(events.Proven)) >= 4)
            running.order(Verb.UNDO)
            outcome = await running.task
            assert outcome.ending is Ending.UNDONE, outcome.reason
            assert set(stage.sizes.values()) == {SMALL}
            assert stage.counts == {OLD: 10}
            assert stage.scale_set.model.size == SMALL
            assert set(outcome.left["brought back"]) == running.state.touched
            assert set(outcome.left["untouched"]) == {str(n) for n in range(10)} - running.state.touched

    async def test_instances_that_ran_other_images_go_back_to_them_on_the_old_size(self):
        older = {"1": {"image_version": "4.0.20151214"}, "4": {"image_version": "4.0.20151214"}}
        async with a_stage(size=SMALL, instances=older) as stage:
            before = stage.images
            async with rolling(stage, **wished(LARGER)) as running:
                await running.until(lambda: len(stage.told_of(events.Proven)) >= 8)
                running.order(Verb.UNDO)
                outcome = await running.task
            assert outcome.ending is Ending.UNDONE, outcome.reason
            assert stage.images == before
            assert set(stage.sizes.values()) == {SMALL}

    async def test_what_cannot_be_brought_back_is_named_and_all_else_goes_back(self):
        model = changing("virtualMachineProfile.licenseType=Windows_Server", "tags.owner=bob", vm_size=LARGE)
        async with a_stage(size=SMALL) as stage, rolling(stage, **wished(model)) as running:
            assert any("licenseType: the model does not have it now" in one for one in running.state.plan.notes)
            await running.until(lambda: len(stage.told_of(events.Proven)) >= 2)
            running.order(Verb.UNDO)
            outcome = await running.task
            assert outcome.ending is Ending.UNDONE, outcome.reason
            assert "virtualMachineProfile.licenseType could not be brought back" in outcome.reason
            assert "owner" not in stage.scale_set.document.get("tags", {})
            assert set(stage.sizes.values()) == {SMALL}
            assert "brought back" not in outcome.left


async def test_an_automatic_policy_comes_back_with_the_old_size_where_instances_stay_on_it():
    async with a_stage(size=SMALL, upgrade_policy="Automatic") as stage:
        await stage.azure.fault(kind="upgrade-fails", set="rg/web", instances=["5"], times=1)
        outcome = await stage.roll(**wished(LARGER, switch_policy=True))
        assert outcome.ending is Ending.FAILED
        assert (stage.scale_set.mode, stage.scale_set.model.size) == ("Automatic", SMALL)
        assert "the model names" in " ".join(outcome.remarks)


async def test_what_azure_would_refuse_is_refused_before_anything_is_written():
    async with a_stage(single_placement_group=False) as stage:
        with pytest.raises(NotAllowedByAzure, match="singlePlacementGroup"):
            await stage.plan(**wished(changing("singlePlacementGroup=true")))
        assert patches(stage) == []


async def test_a_flexible_set_changes_its_size_and_comes_back():
    async with a_stage(size=SMALL, orchestration="Flexible", fault_domains=1, capacity=5) as stage:
        async with rolling(stage, **wished(LARGER)) as running:
            await running.until(lambda: len(stage.told_of(events.Proven)) >= 2)
            assert LARGE in stage.sizes.values()
            running.order(Verb.UNDO)
            assert (await running.task).ending is Ending.UNDONE
        assert set(stage.sizes.values()) == {SMALL}


async def test_what_no_member_of_a_flexible_set_tells_is_refused():
    async with a_stage(orchestration="Flexible", fault_domains=1, capacity=5) as stage:
        with pytest.raises(UsageError, match="Azure tells image and size"):
            await stage.plan(**wished(changing("virtualMachineProfile.licenseType=Windows_Server")))


@pytest.mark.parametrize(("code", "ending"), [("ScopeLocked", Ending.FAILED), ("Conflict", Ending.DONE)])
async def test_a_model_that_is_locked_is_not_tried_again_and_a_busy_one_is(code, ending):
    async with a_stage(capacity=2) as stage:
        body = {"error": {"code": code, "message": "Not this one."}}
        await stage.azure.fault(kind="http", method="PATCH", status=409, times=1, body=body)
        outcome = await stage.roll()
        assert outcome.ending is ending, outcome.reason
        assert ("409 ScopeLocked: Not this one" in outcome.reason) is (ending is Ending.FAILED)
