"""What is done to single instances beside power and images: maintenance, eviction, guests, disks, zones, extensions."""

import pytest

from tests.emulator.local import codes, image_change, path_of

EXTENSION = {
    "properties": {
        "publisher": "Microsoft.Azure.Extensions",
        "type": "CustomScript",
        "typeHandlerVersion": "2.0",
        "settings": {"commandToExecute": "true"},
        "protectedSettings": {"key": "secret-1"},
    }
}


def made(azure, document, name="web", **more):
    answer = azure.put(azure.set_path(name), document, **more)
    assert answer.status == 201, answer.body
    azure.follow(answer)
    return azure.set_path(name)


def test_maintenance_is_refused_as_recorded(azure):
    for place in ("", "/virtualMachines/1"):
        refused = azure.post(f"{azure.set_path()}{place}/performMaintenance", {"instanceIds": ["1"]})
        assert (refused.status, refused.code) == (409, "OperationNotAllowed")
        assert refused.body["error"]["message"] == (
            "Operation 'performMaintenance' is not allowed on VM 'myvmss_1' since the Subscription of this VM is not "
            "eligible."
        )


def test_reapply_mends_a_failed_instance(azure):
    azure.fault(kind="upgrade-fails", instances=["0"], set="myrg/myvmss", times=1)
    azure.set_version("4.0.20160229")
    azure.follow(azure.upgrade("0"))
    assert azure.instance(0)["properties"]["provisioningState"] == "Failed"
    azure.follow(azure.post(f"{azure.set_path()}/reapply"))
    assert azure.instance(0)["properties"]["provisioningState"] == "Succeeded"


def test_reapply_of_a_healthy_set_interrupts_nobody(azure):
    asked = azure.post(f"{azure.set_path()}/reapply")
    assert azure.visit(20) == [200] * 20
    assert azure.follow(asked)["status"] == "Succeeded"
    assert azure.visit(20) == [200] * 20


@pytest.mark.parametrize(("policy", "left"), [("Deallocate", 2), ("Delete", 1)])
def test_an_evicted_spot_instance_goes_as_its_policy_says(azure, set_document, policy, left):
    document = set_document(2)
    document["properties"]["virtualMachineProfile"] |= {"priority": "Spot", "evictionPolicy": policy}
    path = made(azure, document)
    first = azure.instances("web")[0]["instanceId"]
    assert azure.post(f"{path}/virtualMachines/{first}/simulateEviction").status == 204
    azure.later(120)
    assert azure.get(path).body["sku"]["capacity"] == left
    assert len(azure.instances("web")) == left
    if policy == "Deallocate":
        assert codes(azure.get(f"{path}/virtualMachines/{first}/instanceView").body)[1] == "PowerState/deallocated"


def test_only_spot_machines_are_evicted(azure):
    refused = azure.post(f"{azure.set_path()}/virtualMachines/0/simulateEviction")
    assert (refused.status, refused.code) == (409, "OperationNotAllowed")
    assert refused.body["error"]["message"] == (
        "Operation 'simulateEviction' is allowed only for Spot Virtual Machines"
    )


def test_power_off_without_a_shutdown_is_faster(azure):
    def seconds(**query):
        answer = azure.post(f"{azure.set_path()}/poweroff", {"instanceIds": ["0"]}, **query)
        began = azure.clock.time
        azure.follow(answer, step=1)
        took = azure.clock.time - began
        azure.follow(azure.post(f"{azure.set_path()}/start", {"instanceIds": ["0"]}))
        return took

    assert seconds(skipShutdown="true") < seconds()


def test_reimage_with_an_exact_version(azure):
    path = f"{azure.set_path()}/reimage"
    azure.follow(azure.post(path, {"instanceIds": ["0"], "exactVersion": "4.0.20151214"}))
    reference = azure.instance(0)["properties"]["storageProfile"]["imageReference"]
    assert reference["exactVersion"] == "4.0.20151214"
    refused = azure.post(path, {"instanceIds": ["0"], "exactVersion": "1.2.3"})
    assert (refused.status, refused.body["error"]["target"]) == (400, "exactVersion")


def test_hibernation_is_for_flexible_sets_that_allow_it(azure, set_document):
    refused = azure.post(f"{azure.set_path()}/deallocate", {"instanceIds": ["0"]}, hibernate="true")
    assert (refused.status, refused.code) == (409, "OperationNotAllowed")
    path = made(
        azure,
        set_document(1, orchestrationMode="Flexible", additionalCapabilities={"hibernationEnabled": True}),
    )
    machine = azure.get(f"{azure.compute}/virtualMachines").body["value"][0]["id"]
    azure.follow(azure.post(f"{path}/deallocate", hibernate="true"))
    view = azure.get(f"{machine}/instanceView").body
    assert codes(view)[1:] == ["PowerState/deallocated", "HibernationState/Hibernated"]
    azure.follow(azure.post(f"{machine}/start"))
    assert codes(azure.get(f"{machine}/instanceView").body)[1:] == ["PowerState/running"]


def test_a_run_command_answers_what_a_guest_would(azure):
    place = f"{azure.set_path()}/virtualMachines/0/runCommand"
    accepted = azure.post(place, {"commandId": "RunPowerShellScript", "script": ["hostname"]})
    assert accepted.status == 202
    ended = azure.follow(accepted)
    printed = azure.get(path_of(accepted, "location")).body
    assert [one["code"] for one in printed["value"]] == [
        "ComponentStatus/StdOut/succeeded",
        "ComponentStatus/StdErr/succeeded",
    ]
    assert ended["properties"]["output"] == printed
    assert azure.post(place, {"commandId": "RunShellScript"}).code == "InvalidParameter"
    azure.follow(azure.post(f"{azure.set_path()}/virtualMachines/0/poweroff"))
    assert azure.post(place, {"commandId": "RunPowerShellScript"}).code == "OperationNotAllowed"


def test_boot_diagnostics_lead_to_a_log_and_a_picture(azure, set_document):
    assert azure.post(f"{azure.set_path()}/virtualMachines/0/retrieveBootDiagnosticsData").status == 409
    document = set_document(1)
    document["properties"]["virtualMachineProfile"]["diagnosticsProfile"] = {"bootDiagnostics": {"enabled": True}}
    path = made(azure, document)
    found = azure.post(f"{path}/virtualMachines/0/retrieveBootDiagnosticsData").body
    assert set(found) == {"consoleScreenshotBlobUri", "serialConsoleLogBlobUri"}
    assert found["serialConsoleLogBlobUri"].startswith(
        "http://127.0.0.1:8400/emulator/boot/myrg/web/0/serialconsole.log?"
    )
    bad = azure.post(f"{path}/virtualMachines/0/retrieveBootDiagnosticsData", sasUriExpirationTimeInMinutes="1441")
    assert bad.code == "InvalidParameter"


def test_data_disks_are_attached_to_one_instance_and_detached(azure):
    place = f"{azure.set_path()}/virtualMachines/3/attachDetachDataDisks"
    disk = f"{azure.group()}/providers/Microsoft.Compute/disks/extra"
    attached = azure.post(place, {"dataDisksToAttach": [{"diskId": disk, "lun": 4}]}).body["dataDisks"]
    assert [(one["lun"], one["managedDisk"]["id"]) for one in attached] == [(4, disk)]
    assert azure.instance(3)["properties"]["modelDefinitionApplied"] == "VirtualMachine"
    assert azure.post(place, {"dataDisksToAttach": [{"diskId": f"{disk}2", "lun": 4}]}).code == "InvalidParameter"
    assert azure.post(place, {"dataDisksToDetach": [{"diskId": disk.upper()}]}).body["dataDisks"] == []
    assert azure.post(place, {"dataDisksToDetach": [{"diskId": disk}]}).code == "InvalidParameter"


def test_walking_the_update_domains_of_service_fabric(azure):
    def walk(**query):
        return azure.post(f"{azure.set_path()}/forceRecoveryServiceFabricPlatformUpdateDomainWalk", **query)

    assert walk(platformUpdateDomain="0").body == {"walkPerformed": True, "nextPlatformUpdateDomain": 1}
    assert walk(platformUpdateDomain="4").body == {"walkPerformed": True, "nextPlatformUpdateDomain": None}
    assert walk().code == "InvalidParameter"
    assert walk(platformUpdateDomain="5").code == "InvalidParameter"


def test_several_placement_groups_become_one_when_the_others_are_empty(azure, set_document):
    path = made(azure, set_document(101, singlePlacementGroup=False))
    refused = azure.post(f"{path}/convertToSinglePlacementGroup", {})
    assert (refused.status, refused.code) == (409, "OperationNotAllowed")
    views = azure.instances("web", __expand="instanceView")
    groups = [one["properties"]["instanceView"]["placementGroupId"] for one in views]
    lonely = next(one["instanceId"] for one, group in zip(views, groups, strict=True) if groups.count(group) == 1)
    azure.follow(azure.delete(f"{path}/virtualMachines/{lonely}"))
    answer = azure.post(f"{path}/convertToSinglePlacementGroup", {})
    assert (answer.status, answer.body) == (200, None)
    assert azure.get(path).properties["singlePlacementGroup"] is True


def test_scale_out_into_a_zone_and_moving_to_another(azure, set_document):
    path = made(azure, {**set_document(2), "zones": ["1", "2"]})
    new = {"api": "2026-04-01"}
    assert azure.post(f"{path}/scaleOut", {"capacity": 2}).status == 404
    azure.follow(azure.post(f"{path}/scaleOut", {"capacity": 2, "properties": {"zone": "2"}}, **new))
    assert azure.get(path).body["sku"]["capacity"] == 4

    def zones():
        return sorted(one["zones"][0] for one in azure.instances("web"))

    assert zones() == ["1", "2", "2", "2"]
    there = next(one["instanceId"] for one in azure.instances("web") if one["zones"] == ["1"])
    move = {"instanceIds": [there], "targetZone": "2"}
    azure.follow(azure.post(f"{path}/migrateVMAvailabilityZone", move, **new))
    assert zones() == ["2"] * 4
    assert azure.post(f"{path}/migrateVMAvailabilityZone", move, **new).status == 204
    assert azure.post(f"{path}/migrateVMAvailabilityZone", {**move, "targetZone": "3"}, **new).status == 400


def test_an_extension_of_a_set_is_a_change_of_its_model(azure):
    place = f"{azure.set_path()}/extensions/script"
    assert azure.get(place).code == "NotFound"
    assert azure.patch(place, EXTENSION).status == 404
    written = azure.put(place, EXTENSION)
    assert (written.status, written.properties["provisioningState"]) == (201, "Creating")
    assert "location" not in written.headers
    azure.follow(written)
    assert azure.get(place).properties["settings"] == {"commandToExecute": "true"}
    assert "secret-1" not in str(azure.get(azure.set_path()).body)
    assert [one["name"] for one in azure.get(f"{azure.set_path()}/extensions").body["value"]] == ["script"]
    assert not azure.instance(0)["properties"]["latestModelApplied"]
    changed = azure.patch(place, {"properties": {"typeHandlerVersion": "2.1"}})
    assert (changed.status, changed.properties["settings"]) == (200, {"commandToExecute": "true"})
    azure.follow(azure.upgrade("0"))
    of_instance = azure.get(f"{azure.set_path()}/virtualMachines/0/extensions").body["value"]
    assert [one["properties"]["typeHandlerVersion"] for one in of_instance] == ["2.1"]
    assert azure.delete(place).status == 202
    assert azure.delete(place).status == 204


def test_an_extension_of_one_instance_leaves_the_others_alone(azure):
    place = f"{azure.set_path()}/virtualMachines/1/extensions/own"
    assert azure.follow(azure.put(place, EXTENSION))["status"] == "Succeeded"
    assert azure.get(place).body["type"] == "Microsoft.Compute/virtualMachineScaleSets/virtualMachines/extensions"
    assert azure.instance(1)["properties"]["latestModelApplied"] is True
    assert azure.get(f"{azure.set_path()}/virtualMachines/0/extensions").body == {"value": []}
    shown = azure.instance(1)["properties"]["instanceView"]["extensions"]
    assert [one["name"] for one in shown] == ["own"]
    assert azure.delete(place).status == 202
    assert azure.get(place).status == 404


def test_an_extension_must_say_what_it_is(azure):
    refused = azure.put(f"{azure.set_path()}/extensions/x", {"properties": {"publisher": "P", "type": "T"}})
    assert (refused.status, refused.code) == (400, "InvalidParameter")
    assert azure.get(f"{azure.set_path()}/extensions").body == {"value": []}


def test_approval_of_a_rolling_upgrade_is_accepted(azure):
    assert azure.follow(azure.post(f"{azure.set_path()}/approveRollingUpgrade"))["status"] == "Succeeded"
    assert azure.post(f"{azure.set_path()}/virtualMachines/0/approveRollingUpgrade").status == 202
    assert azure.post(f"{azure.set_path()}/approveRollingUpgrade", {"instanceIds": ["99"]}).status == 400
    assert azure.patch(azure.set_path(), image_change(version="4.0.20160229")).status == 200
