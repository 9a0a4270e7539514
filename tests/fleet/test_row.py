"""What follows from what is known of a set: outdated, how far behind, and the states that filters know."""

from dataclasses import replace

import pytest

from rollset.core.fleet import (
    Health,
    HealthSource,
    Instance,
    Orchestration,
    Place,
    Power,
    Provisioning,
    ScaleSet,
    UpgradeMode,
)
from rollset.core.ids import InstanceId, ScaleSetId
from rollset.core.image import CustomImage, CustomKind, PlatformImage, UnmanagedImage
from rollset.fleet.look import Look
from rollset.fleet.offered import Offered
from rollset.fleet.row import RolloutNote, State, Trouble, make_row, same_facts

URN = PlatformImage(publisher="P", offer="O", sku="S", version="2.0.0")
GALLERY = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/galleries/g/images/i"
OFFERED = Offered(versions=("1.0.0", "1.9.0", "1.10.0", "2.0.0", "2.1.0"), at=0)


def at(version):
    return replace(URN, version=version)


def gallery(version=None, exact=None):
    name = GALLERY if version is None else f"{GALLERY}/versions/{version}"
    return CustomImage(kind=CustomKind.ID, resource_id=name, exact_version=exact)


def model(image=URN, **members):
    return ScaleSet(
        **{
            "id": ScaleSetId(subscription="s", resource_group="rg", name="web"),
            "location": "westus",
            "vm_size": "Standard_D2s_v3",
            "capacity": 3,
            "image": image,
            "upgrade_mode": UpgradeMode.MANUAL,
            "orchestration": Orchestration.UNIFORM,
            "provisioning": Provisioning.SUCCEEDED,
            "health_source": HealthSource.PROBE,
            "etag": "1",
        }
        | members
    )


def instances(*images, **members):
    usual = {"latest_model_applied": True, "provisioning": Provisioning.SUCCEEDED, "power": Power.RUNNING}
    return [
        Instance(id=InstanceId(str(number)), place=Place(), image=image, **usual | members)
        for number, image in enumerate(images)
    ]


@pytest.mark.parametrize(
    ("image", "running", "offered", "told"),
    [
        pytest.param(at("2.0.0"), [at("2.0.0")] * 2, OFFERED, (0, 1, "2.0.0", 1), id="pinned, one behind"),
        pytest.param(at("2.1.0"), [at("2.1.0"), at("1.9.0")], OFFERED, (1, 0, "1.9.0", 3), id="one instance is behind"),
        pytest.param(at("latest"), [at("2.1.0"), at("1.10.0")], OFFERED, (1, 0, "1.10.0", 2), id="follows latest"),
        pytest.param(at("latest"), [at("2.0.0")], None, (None, None, "2.0.0", None), id="latest, of what nobody knows"),
        pytest.param(at("2.0.0"), [at("1.0.0")], None, (1, None, "1.0.0", None), id="pinned, nothing is known"),
        pytest.param(at("2.0.0"), [], OFFERED, (0, 1, "2.0.0", 1), id="no instances"),
        pytest.param(at("0.5.0"), [at("0.5.0")], OFFERED, (0, 5, "0.5.0", 5), id="not offered any more"),
        pytest.param(gallery("1.0.0"), [gallery("1.0.0")], OFFERED, (0, 4, "1.0.0", 4), id="a gallery version"),
        pytest.param(gallery(), [gallery(exact="2.0.0")], OFFERED, (1, 0, "2.0.0", 1), id="a gallery's latest"),
        pytest.param(UnmanagedImage(uri="u"), [UnmanagedImage(uri="v")], None, (1, None, None, None), id="a blob"),
        pytest.param(None, [at("2.0.0")], None, (None, None, None, None), id="no image"),
        pytest.param(at("2.0.0"), [gallery("9.0.0")], OFFERED, (1, 1, "2.0.0", 1), id="another kind of image"),
    ],
)
def test_how_far_behind_a_set_is(image, running, offered, told):
    row = make_row(model(image), 0, look=Look.of(instances(*running), 0), offered=offered)
    assert (row.outdated, row.behind, row.oldest, row.oldest_behind) == told


@pytest.mark.parametrize(
    ("members", "states"),
    [
        ({}, set()),
        ({"power": Power.DEALLOCATED}, {State.STOPPED}),
        ({"health": Health.UNHEALTHY}, {State.UNHEALTHY}),
        ({"health": Health.UNKNOWN}, {State.UNHEALTHY}),
        ({"health": Health.INITIALIZING}, set()),
        ({"health": Health.UNHEALTHY, "power": Power.STOPPED}, {State.STOPPED}),
        ({"provisioning": Provisioning.FAILED}, {State.FAILED}),
        ({"protected": True}, {State.PROTECTED}),
    ],
)
def test_states_that_instances_bring(members, states):
    look = Look.of(instances(URN, **members), 0)
    assert make_row(model(), 0, look=look).states == states


def test_states_that_others_bring():
    note = RolloutNote(id="r", words="", running=True)
    trouble = Trouble(words="no", since=0)
    assert make_row(model(), 0, rollout=note).states == {State.ROLLING}
    assert make_row(model(), 0, rollout=replace(note, running=False, failed=True)).states == {State.FAILED}
    assert make_row(model(provisioning=Provisioning.FAILED), 0).states == {State.FAILED}
    assert make_row(model(), 0, trouble=trouble).states == {State.TROUBLED}
    assert make_row(model(), 0, offered=OFFERED).states == {State.BEHIND}


def test_ages_alone_make_no_difference():
    one = make_row(model(), 0, look=Look.of(instances(URN), 0), offered=OFFERED)
    later = make_row(model(), 60, look=Look.of(instances(URN), 60), offered=replace(OFFERED, at=60))
    assert same_facts(one, later)
    assert not same_facts(one, make_row(model(), 60, look=Look.of(instances(at("1.0.0")), 60), offered=OFFERED))
    assert not same_facts(one, make_row(model(etag="2"), 0, look=one.look, offered=OFFERED))
    assert not same_facts(one, make_row(model(), 0, offered=OFFERED))
