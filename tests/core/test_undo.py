"""Unit: the way back. A whole one is played in test_properties.py."""

from dataclasses import replace

import pytest

from rollset.core.amount import Amount
from rollset.core.decide import Finish, Upgrade, Wait, decide
from rollset.core.failing import OnFailure
from rollset.core.fleet import Fleet
from rollset.core.ids import InstanceId
from rollset.core.image import CustomImage, CustomKind, PlatformImage
from rollset.core.order import Order
from rollset.core.pace import Batches, Checkpoint, Deadlines, Job, Pace
from rollset.core.plan import Skipped
from rollset.core.progress import Progress
from rollset.core.undo import Leg, leg_job, legs
from tests.core.draw import NEW, OLD, a_fleet, a_scale_set, an_instance

OLDER = PlatformImage(publisher="Contoso", offer="Server", sku="2012", version="0.9.0")
GALLERY = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/galleries/gold/images/web"
BEFORE = {"o": OLD, "O": OLDER, "?": None, "n": NEW}


def before(letters, model=OLD):
    """`o` and `O` ran two images, `n` the target, `?` nobody knows what."""
    instances = tuple(an_instance(n, image=BEFORE[letter]) for n, letter in enumerate(letters))
    return Fleet(scale_set=a_scale_set(len(letters), image=model), instances=instances)


def ids(text):
    return tuple(map(InstanceId, text))


def test_each_touched_one_goes_back_to_the_image_it_had():
    way = legs(before("oooo"), ids("01"), a_fleet("nboo"))
    assert (way.legs, way.left, way.model) == ((Leg(image=OLD, instances=ids("01")),), (), OLD)


@pytest.mark.parametrize(
    ("ran", "model", "images"),
    [
        pytest.param("oOo", OLD, [OLDER, OLD], id="the model's own image last"),
        pytest.param("oOO", OLD, [OLDER, OLD], id="even where more had another"),
        pytest.param("oOO", replace(OLD, version="latest"), [OLD, OLDER], id="or that of the most"),
    ],
)
def test_image_by_image(ran, model, images):
    way = legs(before(ran, model), ids("012"), a_fleet("nnn"))
    assert [leg.image for leg in way.legs] == images
    assert sorted(one for leg in way.legs for one in leg.instances) == ["0", "1", "2"]
    assert way.model == model


def test_those_that_serve_nobody_go_before_all_others_whatever_their_image():
    """They use up the budget of all: behind them nobody who serves could leave."""
    way = legs(before("ooOO"), ids("0123"), a_fleet("nbnb"))
    assert [(leg.image, leg.instances) for leg in way.legs] == [(OLD, ids("1")), (OLDER, ids("23")), (OLD, ids("0"))]


@pytest.mark.parametrize(
    ("ran", "now", "left", "why"),
    [
        pytest.param("oo", "n", "1", "does not exist any more", id="gone"),
        pytest.param("on", "nn", "1", f"runs {NEW}, as it did before", id="its upgrade was only taken up again"),
        pytest.param("oo", "nnn", "2", f"was made while the rollout ran, and stays on {NEW}", id="newborn"),
    ],
)
def test_who_is_left_as_it_is(ran, now, left, why):
    way = legs(before(ran), ids("01"), a_fleet(now))
    assert way.left == (Skipped(instance=InstanceId(left), why=why),)
    assert left not in {one for leg in way.legs for one in leg.instances}


def test_an_image_that_is_not_known_exactly_is_told():
    vague = Fleet(
        scale_set=a_scale_set(3, image=OLD),
        instances=(
            an_instance(0, image=None),
            an_instance(1, image=replace(OLD, version="latest")),
            an_instance(2, image=CustomImage(kind=CustomKind.ID, resource_id=GALLERY)),
        ),
    )
    way = legs(vague, ids("012"), a_fleet("nnn"))
    assert way.legs == ()
    assert {one.why for one in way.left} == {"which exact image it ran before is not known; bring it back by hand"}


def test_a_gallery_image_goes_back_to_the_exact_version_that_ran():
    """The id named no version: written so, the model would bring the newest."""
    ran = CustomImage(kind=CustomKind.ID, resource_id=GALLERY, exact_version="1.0.0")
    fleet = Fleet(scale_set=a_scale_set(1, image=ran), instances=(an_instance(0, image=ran),))
    (leg,) = legs(fleet, ids("0"), a_fleet("n")).legs
    assert leg.image == CustomImage(kind=CustomKind.ID, resource_id=f"{GALLERY}/versions/1.0.0")


def test_one_that_failed_before_it_had_the_new_image_is_brought_back_with_the_others():
    way = legs(before("oo"), ids("01"), a_fleet("fn"))
    assert way.legs == (Leg(image=OLD, instances=ids("01")),)


def test_untouched_ones_stay_out_of_it():
    assert legs(before("ooo"), (), a_fleet("noo")).legs == ()


def test_what_is_being_deleted_is_gone_and_who_was_made_for_it_goes_back_to_its_image():
    way = legs(
        before("oo"), ids("02"), replace(a_fleet("do"), instances=(*a_fleet("do").instances, an_instance(2, "n")))
    )
    assert [(leg.image, leg.instances) for leg in way.legs] == [(OLD, ids("2"))]


def test_who_was_made_for_a_parked_one_goes_back_to_the_image_of_that():
    way = legs(
        before("oo"), ids("02"), replace(a_fleet("oo"), instances=(*a_fleet("oo").instances, an_instance(2, "n")))
    )
    assert [(leg.image, leg.instances) for leg in way.legs] == [(OLD, ids("02"))]


class TestLeg:
    job = Job(
        image=NEW,
        pace=Pace(
            order=Order.ZONE,
            max_unavailable=Amount(number=2),
            style=Batches(size=Amount(number=2), pause_seconds=30.0),
            canary=3,
            bake_seconds=60.0,
            bake_end_seconds=600.0,
            checkpoints=(Checkpoint(share=Amount(number=1)),),
        ),
        deadlines=Deadlines(health=300.0),
        on_failure=OnFailure.UNDO,
    )

    def test_it_keeps_the_pace_but_proves_nothing_and_turns_back_no_more(self):
        back = leg_job(self.job, Leg(image=OLD, instances=ids("04")))
        assert back == Job(
            image=OLD,
            selection=back.selection,
            pace=Pace(
                order=Order.ZONE,
                max_unavailable=Amount(number=2),
                style=Batches(size=Amount(number=2), pause_seconds=30.0),
                canary=0,
            ),
            deadlines=Deadlines(health=300.0),
        )
        assert back.selection.instances == set(ids("04"))

    def test_the_same_rules_carry_it_out(self):
        """Two may be out, 3 is sick on the new image and goes first; 4 and 5 were never touched."""
        now = a_fleet("nnnboo", domains="000000")
        (leg,) = legs(before("oooooo"), ids("0123"), now).legs
        back = leg_job(replace(self.job, pace=Pace(max_unavailable=Amount(number=2))), leg)
        decision = decide(now, back, Progress(), 0.0)
        assert isinstance(decision, Upgrade)
        assert decision.instances == ids("3")
        assert isinstance(decide(a_fleet("oooooo"), back, Progress(), 0.0), Finish)

    def test_sick_ones_that_were_never_touched_do_not_hold_it_up(self):
        """They run the image of the way back already, which is none of their cures."""
        now = a_fleet("bxxxoo")
        (leg,) = legs(before("oooooo"), ids("0"), now).legs
        back = leg_job(replace(self.job, pace=Pace(max_unavailable=Amount(number=2))), leg)
        assert decide(now, back, Progress(), 0.0).instances == ids("0")

    def test_what_still_hangs_is_brought_back_when_it_has_ended(self):
        """Its deadline made it a failure; Azure works on it still."""
        hanging, ended = a_fleet("nw"), a_fleet("on")
        (leg,) = legs(before("oo"), ids("01"), hanging).legs
        back = leg_job(replace(self.job, pace=Pace(max_unavailable=Amount(number=1))), leg)
        assert isinstance(decide(hanging, back, Progress(), 0.0), Wait)
        assert decide(ended, back, Progress(), 0.0).instances == ids("1")
