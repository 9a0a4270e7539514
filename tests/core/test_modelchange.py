"""Changes of the model beside its image: how they are read, what is refused, and who counts as on them."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollset.core.decide import Upgrade, decide
from rollset.core.errors import UsageError
from rollset.core.fleet import Setting
from rollset.core.ground import plan_hash
from rollset.core.model.change import (
    ModelChange,
    Says,
    changed_by_others,
    gather,
    parse_setting,
    parse_vm_size,
    said,
    same_value,
    settings_of,
)
from rollset.core.model.form import FORM, HIDDEN, Many, Sort
from rollset.core.model.rules import check_allowed
from rollset.core.plan import make_plan
from rollset.core.progress import Progress
from rollset.core.undo import legs
from tests.core.draw import NEW, OLD, a_fleet, a_job, a_scale_set, an_instance, drawn

LICENCE = "virtualMachineProfile.licenseType"
DISKS = "virtualMachineProfile.storageProfile.dataDisks"
NICS = "virtualMachineProfile.networkProfile.networkInterfaceConfigurations"
LARGER = ModelChange(vm_size="Standard_D4s_v5")


def setting(path, value):
    return Setting(path=path, value=json.dumps(value))


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (f"{LICENCE}=RHEL_BYOS", [setting(LICENCE, "RHEL_BYOS")]),
        ("properties.VirtualMachineProfile.LICENSETYPE=x=y", [setting(LICENCE, "x=y")]),
        ("overprovision=false", [setting("overprovision", False)]),
        ("virtualMachineProfile.storageProfile.osDisk.diskSizeGB=64", [setting(
            "virtualMachineProfile.storageProfile.osDisk.diskSizeGB", 64)]),
        ("tags.build=7", [setting("tags.build", "7")]),
        ("tags.a.b=true", [setting("tags.a.b", "true")]),
        ("sku.name=Standard_D4s_v5", [setting("sku.name", "Standard_D4s_v5")]),
        (
            'virtualMachineProfile.securityProfile={"encryptionAtHost": true, "uefiSettings": {"vTpmEnabled": false}}',
            [
                setting("virtualMachineProfile.securityProfile.encryptionAtHost", True),
                setting("virtualMachineProfile.securityProfile.uefiSettings.vTpmEnabled", False),
            ],
        ),
        (f"{DISKS}[lun=00].caching=ReadOnly", [setting(f"{DISKS}[lun=0].caching", "ReadOnly")]),
        (
            f'{DISKS}=[{{"lun": 0, "caching": "None"}}, {{"lun": "1", "diskSizeGB": 64}}]',
            [setting(f"{DISKS}[lun=0].caching", "None"), setting(f"{DISKS}[lun=1].diskSizeGB", 64)],
        ),
        (
            f"{NICS}[ NAME = a.b ].ENABLEACCELERATEDNETWORKING=true",
            [setting(f"{NICS}[name=a.b].properties.enableAcceleratedNetworking", True)],
        ),
        (
            f'{NICS}[name=n].ipConfigurations[name=i].applicationSecurityGroups=["/a"]',
            [setting(f"{NICS}[name=n].properties.ipConfigurations[name=i].properties.applicationSecurityGroups", [{"id": "/a"}])],
        ),
        ('scaleInPolicy.rules=["OldestVM"]', [setting("scaleInPolicy.rules", ["OldestVM"])]),
        ("tags.a[b=1", [setting("tags.a[b", "1")]),
    ],
)  # fmt: skip
def test_what_is_set_by_its_path(text, read):
    assert list(parse_setting(text)) == read


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("licenseType", "write PATH=VALUE"),
        ("=x", "write PATH=VALUE"),
        ("sku.capacity=4", "az vmss scale"),
        ("properties.upgradePolicy.mode=Automatic", "--switch-policy"),
        ("upgradePolicy=Manual", "--switch-policy"),
        ("virtualMachineProfile.storageProfile.imageReference.version=latest", "--image-version"),
        ("virtualMachineProfile.storageProfile.osDisk.managedDisk.storageAccountType=Premium_LRS", "create a new set"),
        ("platformFaultDomainCount=1", "create a new set"),
        ("orchestrationMode=Flexible", "create a new set"),
        ("zones=1", "where new instances are made"),
        ("virtualMachineProfile.extensionProfile.extensions[0].name=x", "protected settings"),
        ("virtualMachineProfile.extensionProfile.extensions[name=a].settings.x=1", "az vmss extension set"),
        ("virtualMachineProfile.osProfile.linuxConfiguration.ssh.publicKeys=[]", "several keys may lie at one path"),
        (f"{DISKS}[0].caching=None", "positions in a list move"),
        (f"{DISKS}[lun=a].caching=None", "told apart by lun; write [lun=0]"),
        (f"{DISKS}[name=a].caching=None", "told apart by lun"),
        (f"{DISKS}[lun=0=None", "write PATH=VALUE"),
        (f"{DISKS}[lun=0]x.caching=None", "a bracket is left open, or something follows it"),
        (f"{DISKS}.caching=None", "say which element is meant, such as [lun=0]"),
        (f"{DISKS}=None", "elements that it does not name stay"),
        (f'{DISKS}=[{{"caching": "None"}}]', "whose elements have their lun"),
        (f'{DISKS}=[{{"lun": 0}}]', "whose elements have their lun"),
        (f"{DISKS}=[]", "whose elements have their lun"),
        (f"{NICS}[name=n]=true", "it has members"),
        ("virtualMachineProfile[name=a].licenseType=x", "is no list of elements with names"),
        ("scaleInPolicy.rules=OldestVM", "it takes a list in JSON"),
        ("scaleInPolicy.rules=[1]", "it takes a list in JSON"),
        ("virtualMachineProfile.osProfile.adminPassword=hunter2", "no secret belongs there"),
        ("virtualMachineProfile.licenceType=x", "did you mean licenseType?"),
        ("nosuch=1", "a scale set has no member 'nosuch'"),
        ("tags=x", "name the tag that is meant, such as tags.owner"),
        ("virtualMachineProfile.licenseType.x=1", "one value, with nothing below it"),
        ("overprovision=1", "it takes true or false"),
        ("virtualMachineProfile.billingProfile.maxPrice=cheap", "it takes a number"),
        ("virtualMachineProfile.licenseType=null", "does not take members away"),
        ("virtualMachineProfile.licenseType=[1]", "no list or object"),
        ("virtualMachineProfile.securityProfile=1", "it has members"),
        ('virtualMachineProfile.securityProfile={"nosuch": 1}', "no member 'nosuch'"),
        ("sku.name=big", "cannot read 'big' as a VM size"),
    ],
)
def test_what_cannot_be_set_is_refused_in_one_sentence(text, words):
    with pytest.raises(UsageError) as refused:
        parse_setting(text)
    assert words in str(refused.value)
    assert "hunter2" not in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("text", ["", "big", "Standard D4", "../x_y", "größe_1"])
def test_what_is_no_size(text):
    with pytest.raises(UsageError, match="VM size"):
        parse_vm_size(text)


def test_a_thing_that_is_set_twice_is_refused_and_a_size_by_its_path_is_a_size():
    size = parse_setting("sku.name=Standard_D4s_v5")
    assert gather(None, size) == LARGER
    with pytest.raises(UsageError, match="--vm-size sets it as well"):
        gather("Standard_D8s_v5", size)
    with pytest.raises(UsageError, match=r"tags\.A is set twice"):
        gather(None, [*parse_setting("tags.a=1"), *parse_setting("tags.A=2")])


def leaves(form, above=""):
    for name, inner in form.items():
        if isinstance(inner, Sort):
            yield above + name, inner
        elif isinstance(inner, Many):
            yield from leaves(inner.form, f"{above}{name}[{inner.key}=0].")
        else:
            yield from leaves(inner, f"{above}{name}.")


values = st.text(st.characters(codec="utf-8"), max_size=30)


@given(st.sampled_from([path for path, sort in leaves(FORM) if sort is Sort.TEXT and path != "sku.name"]), values)
def test_a_text_is_kept_as_it_is_unless_it_is_json(path, value):
    """A quoted JSON text is what is in the quotes; `null`, lists and objects are refused."""
    try:
        read = json.loads(value)
    except ValueError:
        read = value
    if read is None or isinstance(read, list | dict):
        with pytest.raises(UsageError):
            list(settings_of(path, value))
    else:
        (one,) = settings_of(path, value)
        assert json.loads(one.value) == (read if isinstance(read, str) else value)
        assert same_value(one, one)


def test_a_secret_is_told_by_its_fingerprint_alone():
    for path in HIDDEN:
        change = gather(None, [setting(path, "aHVudGVyMg==")])
        assert "aHVudGVyMg" not in f"{change} {change.differences(a_scale_set(2))}"
        assert "sha256:" in str(change)


def test_what_the_model_says_is_compared_as_azure_does():
    scale_set = a_scale_set(3, vm_size="standard_d4S_v5", tags={"Owner": "ann"})
    assert LARGER.is_said_by(scale_set)
    assert said(scale_set, "tags.owner").value == '"ann"'
    assert not gather(None, parse_setting("tags.owner=Ann")).is_said_by(scale_set)
    assert Says(image=NEW, change=LARGER).is_said_by(scale_set)
    assert not Says(image=OLD, change=LARGER).is_said_by(scale_set)


def test_of_a_list_only_what_is_there_can_be_changed_and_disks_be_added():
    disks = [{"lun": 0, "createOption": "Empty"}]
    scale_set = a_scale_set(2, settings=(setting(DISKS, disks), setting(NICS, [{"name": "Eth", "properties": {}}])))

    def check(*texts):
        check_allowed(gather(None, [one for text in texts for one in parse_setting(text)]), scale_set)

    check(f"{DISKS}[lun=0].caching=None", f"{NICS}[name=eth].enableIPForwarding=true")
    check(f'{DISKS}[lun=1]={{"createOption": "Empty", "diskSizeGB": 64}}')
    for text, words in (
        (f"{NICS}[name=other].enableIPForwarding=true", r"there is no \[name=other\]; there are Eth"),
        (f"{DISKS}[lun=1].caching=None", "to add a disk write"),
        (f"{DISKS}[lun=0].createOption=Attach", "how the disk was made"),
    ):
        with pytest.raises(UsageError, match=words):
            check(text)


def test_members_that_somebody_else_changed_are_found():
    before, now = a_scale_set(3), a_scale_set(3, vm_size="Standard_D8s_v5")
    ours = (LARGER, LARGER.as_said_by(before))
    assert changed_by_others(before, ours) == ()
    assert changed_by_others(replace(now, vm_size="Standard_D4s_v5"), ours) == ()
    assert changed_by_others(now, ours) == (setting("sku.name", "Standard_D8s_v5"),)


def changed(fleet, on_model):
    """The fleet, in which the instances under an `x` are on the model as it is now."""
    instances = tuple(
        replace(one, image=NEW, latest_model_applied=mark == "x")
        for one, mark in zip(fleet.instances, on_model, strict=True)
    )
    return replace(fleet, instances=instances)


@pytest.mark.parametrize(
    ("size", "on_model", "ready", "chosen"),
    [
        pytest.param("Standard_D2s_v5", "xxxxxx", False,
                     "^", id="on the old model: nobody is there yet"),
        pytest.param("Standard_D4s_v5", "xx    ", False,
                     "  ^", id="others wrote it: who is on it is there"),
        pytest.param("Standard_D4s_v5", "xxxx  ", True,
                     "    ^", id="we wrote it, and the rest goes on"),
    ],
)  # fmt: skip
def test_with_a_change_who_is_there_is_who_is_on_the_model(size, on_model, ready, chosen):
    fleet = changed(a_fleet("oooooo", domains="000000", vm_size=size), on_model)
    progress = Progress(model_ready=ready)
    decision = decide(fleet, replace(a_job(), model=LARGER), progress, 0.0)
    assert isinstance(decision, Upgrade)
    assert drawn(fleet, decision.instances) == chosen


@pytest.mark.parametrize(
    ("size", "on_model", "tells", "there"),
    [
        ("standard_d4s_V5", True, True, True),
        ("Standard_D4s_v5", False, True, False),
        ("Standard_D2s_v5", True, True, False),
        (None, True, True, True),
        ("Standard_D4s_v5", False, False, True),
        ("Standard_D2s_v5", False, False, False),
        (None, False, False, False),
    ],
)
def test_a_size_that_an_instance_tells_has_to_be_the_one(size, on_model, tells, there):
    """Members of Flexible sets tell their size alone; lists of Uniform ones may be older than the model."""
    one = replace(an_instance(0, "n"), vm_size=size, latest_model_applied=on_model, tells_model=tells)
    assert LARGER.is_followed_by(one) is there


def test_without_a_change_the_image_alone_decides():
    fleet = changed(a_fleet("oooooo"), "      ")
    assert make_plan(fleet, a_job()).nothing_to_do


def test_a_plan_names_what_changes_and_what_has_no_way_back():
    job = replace(a_job(), model=gather("Standard_D4s_v5", parse_setting(f"{LICENCE}=RHEL_BYOS")))
    plan = make_plan(a_fleet("nnnn"), job)
    assert [str(one) for one in plan.changes] == [
        "sku.name Standard_D2s_v5 -> Standard_D4s_v5",
        f"{LICENCE} nothing -> RHEL_BYOS",
    ]
    assert f"{LICENCE}: the model does not have it now, so an undo cannot bring it back" in plan.notes
    assert len(plan.upgrades) == 4


def test_secrets_that_differ_in_case_alone_make_different_plans():
    hashes = {
        plan_hash(a_fleet("oo"), replace(a_job(), model=gather(None, [setting(path, value)])), switch_policy=False)
        for path in HIDDEN
        for value in ("abc", "ABC")
    }
    assert len(hashes) == 2 * len(HIDDEN)


def test_an_undo_of_a_change_takes_those_who_are_not_on_the_old_model():
    before = changed(a_fleet("oooo"), "xxxx")
    now = changed(a_fleet("oooo", vm_size="Standard_D4s_v5"), "xx  ")
    way = legs(before, ["0", "1", "2"], now, LARGER)
    assert [(leg.image, leg.instances) for leg in way.legs] == [(NEW, ("0", "1", "2"))]
    assert way.change.is_said_by(before.scale_set)
    back = changed(a_fleet("oooo"), "xxxx")
    assert legs(before, ["0", "1", "2"], back, LARGER).is_done(back.scale_set)


def test_an_instance_that_failed_on_its_way_is_not_there():
    fleet = a_fleet("nnn", vm_size="Standard_D4s_v5")
    failed = replace(fleet, instances=(an_instance(0, "f", image=NEW), *fleet.instances[1:]))
    decision = decide(failed, replace(a_job(), model=LARGER), Progress(model_ready=True), 0.0)
    assert drawn(failed, decision.instances) == "^"
