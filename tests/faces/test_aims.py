"""Unit: from what to what a rollout goes; of one that undoes another, what goes back to what."""

from dataclasses import replace

from rollset.engine.order import WayBack
from rollset.engine.state import State
from rollset.faces.aims import Aim
from tests.faces.drawn import order


def test_an_undo_goes_back_to_what_instances_ran_also_where_the_model_named_the_new_image_before():
    begun = order(way_back=WayBack(rollout="web-1", touched=("0", "1")))
    old = begun.fleet.instances[0].image
    ready = replace(begun.fleet, scale_set=replace(begun.fleet.scale_set, image=begun.job.image))
    for fleet in (begun.fleet, ready):
        aim = Aim.of_state(State.begin(replace(begun, fleet=fleet)))
        assert (aim.before, aim.after) == (begun.job.image, old)
