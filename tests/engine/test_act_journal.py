"""Acts in flight survive an upgrade of rollset: what an older one has kept is read by this one.

The journals in `journals/` were recorded once, by `record_acts.py` there.
"""

import pytest

from rollset.core.acts.act import Action, Edit, OnInstances
from rollset.core.image import CustomImage, CustomKind, PlatformImage, UnmanagedImage
from rollset.core.model.change import ModelChange, parse_setting
from rollset.engine.acts.order import ActOrder
from rollset.engine.acts.records import decode_act_order, decode_fact, encode_act_order
from rollset.engine.acts.result import ActEnding, Word
from rollset.engine.acts.state import ActState
from tests.core.draw import a_scale_set
from tests.engine.journals import load


def folded(golden, facts=None) -> ActState:
    state = ActState.begin(decode_act_order(golden.order))
    for text in golden.entries[:facts]:
        state = state.after(decode_fact(text))
    return state


def test_an_act_in_the_middle_is_read_as_it_stood():
    golden = load("restart")
    noted, sent, ended = (folded(golden, facts) for facts in (1, 2, 4))
    act = noted.order.act
    assert isinstance(act, OnInstances)
    assert (act.action, act.selection.instances, noted.order.by) == (Action.RESTART, {"0", "1"}, "anna")
    assert (noted.pending, noted.begun, noted.intended.instances) == (("0", "1"), (), ("0", "1"))
    assert all(stamp.startswith("ProvisioningState/succeeded 2026") for stamp in noted.intent.stamps.values())
    assert (sent.pending, sent.begun, sent.intended, len(sent.operations)) == ((), ("0", "1"), None, 1)
    assert (ended.result.ending, [one.word for one in ended.result.instances]) == (ActEnding.DONE, [Word.DONE] * 2)


def test_a_conflict_keeps_both_sides():
    golden = load("conflict")
    state = folded(golden)
    act = state.order.act
    assert isinstance(act, Edit)
    assert (act.capacity, act.model.vm_size, act.image.version) == (9, "Standard_D4s_v5", "4.0.20160229")
    assert state.result.ending is ActEnding.CONFLICT
    assert [(one.read, one.now, one.wanted) for one in state.result.clashes] == [("4", "5", "9")]


GALLERY = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/galleries/g/images/i"


@pytest.mark.parametrize(
    "image",
    [
        PlatformImage(publisher="p", offer="o", sku="s", version="latest"),
        CustomImage(kind=CustomKind.ID, resource_id=GALLERY),
        CustomImage(kind=CustomKind.COMMUNITY_GALLERY, resource_id="/CommunityGalleries/g/Images/i/Versions/1.0.0"),
        UnmanagedImage(uri="https://blobs.example/os.vhd"),
        None,
    ],
)
def test_what_is_ordered_is_read_as_it_was_written(image):
    edit = Edit(image=image, model=ModelChange(settings=parse_setting("tags.owner=ops")), capacity=0)
    order = ActOrder(id="a", by="anna", asked_at=1.5, act=edit, scale_set=a_scale_set(3), told="words")
    assert decode_act_order(encode_act_order(order)) == order
