"""Packing the instances of a set loses nothing that a heatmap shows."""

import sys

from hypothesis import given
from hypothesis import strategies as st

from rollset.core.fleet import Health, Instance, Place, Power, Provisioning
from rollset.core.ids import InstanceId
from rollset.core.image import CustomImage, CustomKind, PlatformImage, UnmanagedImage
from rollset.fleet.heat import Cell, Heat

IMAGES = [
    None,
    PlatformImage(publisher="P", offer="O", sku="S", version="1.0.0"),
    CustomImage(
        kind=CustomKind.ID, resource_id="/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/images/i"
    ),
    UnmanagedImage(uri="https://a/b.vhd"),
]
numbers = st.one_of(st.none(), st.integers(0, 9))
places = st.builds(
    Place,
    zone=st.one_of(st.none(), st.sampled_from("123")),
    placement_group=st.one_of(st.none(), st.sampled_from(["g1", "g2"])),
    update_domain=numbers,
    fault_domain=numbers,
)
instances = st.builds(
    Instance,
    id=st.from_regex(r"[A-Za-z0-9_.-]{1,12}", fullmatch=True).map(InstanceId),
    place=places,
    image=st.sampled_from(IMAGES),
    latest_model_applied=st.booleans(),
    provisioning=st.sampled_from(Provisioning),
    power=st.sampled_from(Power),
    health=st.one_of(st.none(), st.sampled_from(Health)),
    protected=st.booleans(),
)


@given(st.lists(instances, max_size=30))
def test_what_goes_in_comes_out(fleet):
    heat = Heat.of(fleet)
    assert len(heat) == len(fleet)
    assert list(heat) == [
        Cell(
            id=one.id,
            place=one.place,
            image=one.image,
            power=one.power,
            provisioning=one.provisioning,
            health=one.health,
            protected=one.protected,
            latest_model_applied=one.latest_model_applied,
        )
        for one in fleet
    ]
    assert heat.running.total() == len(fleet)
    assert all(heat.running[image] == sum(one.image == image for one in fleet) for image in IMAGES)


def test_an_instance_takes_a_few_bytes():
    def packed(count):
        heat = Heat.of(
            Instance(
                id=InstanceId(str(number)),
                place=Place(
                    placement_group=f"g{number // 100}", update_domain=number % 5, fault_domain=number // 5 % 5
                ),
                image=IMAGES[1],
                latest_model_applied=True,
                provisioning=Provisioning.SUCCEEDED,
                power=Power.RUNNING,
            )
            for number in range(count)
        )
        return sys.getsizeof(heat.ids) + sys.getsizeof(heat.numbers)

    assert (packed(1000) - packed(100)) / 900 < 12
