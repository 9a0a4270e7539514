"""Property: what must never happen in a surge, however many new instances fail. Each example plays a rollout to its end.

The arithmetic of each check is its own; siblings: test_properties.py for rollouts in place, test_surge.py for the rules.
"""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from rollset.core.amount import Amount
from rollset.core.decide import Finish, Grow, Halt, Retire, TurnBack
from rollset.core.failing import OnFailure, Tolerance
from rollset.core.fleet import Health, Provisioning
from rollset.core.surging.surge import Surge
from tests.core.draw import NEW
from tests.core.strategies import held_paces, orders, toys
from tests.core.toy import play

FATES = st.tuples(st.floats(1.0, 900.0), st.sampled_from(["works", "works", "works", "fails", "stays sick"]))


@st.composite
def surging(draw, births=FATES):
    """Sets that surge; none of them is being worked on by others."""
    toy = draw(toys(paces=held_paces, drawn=st.text(alphabet="ooooonxps", min_size=1, max_size=12)))
    toy.births = draw(st.lists(births, min_size=1, max_size=6))
    add = draw(st.integers(1, 4).map(lambda n: Amount(number=n)))
    toy.job = replace(
        toy.job,
        surge=Surge(add=add),
        on_failure=draw(st.sampled_from(OnFailure)),
        tolerance=Tolerance(max_failures=Amount(number=draw(st.integers(0, 2)))),
    )
    return toy


def serves(one):
    return one.provisioning is Provisioning.SUCCEEDED and one.health is Health.HEALTHY


def check(capacity):
    """What holds whenever instances are added or deleted, of a set that had `capacity` before."""
    retired = set()

    def held(toy, decision):
        surplus = len(toy.fleet.instances) - capacity
        assert toy.control.paused is None or getattr(decision, "made", False), "nothing is changed while paused"
        match decision:
            case Grow(by=by):
                assert toy.control.stopped is None, "nothing is added after a stop"
                assert 0 < by <= toy.job.surge.add.number - surplus, "never more too many than asked for"
            case Retire(made=True, instances=chosen):
                assert set(chosen) <= set(toy.made), "what is given back was added"
                assert len(chosen) <= surplus, "no more is given back than was added"
            case Retire(instances=chosen):
                assert toy.control.stopped is None, "nobody is replaced after a stop"
                assert not set(chosen) & set(toy.made), "only old ones are replaced"
                gone = [one for one in toy.fleet.instances if one.id in chosen]
                assert all(toy.job.selection.matches(one) and one.image != NEW for one in gone), "and only the chosen"
                assert not any(one.protected for one in gone), "nobody who is protected"
                able = sum(one.id in toy.made and serves(one) for one in toy.fleet.instances)
                assert len(retired) + len(chosen) <= able, "nobody goes before another serves in his place"
                retired.update(chosen)
            case _:
                raise AssertionError(f"a surge with room for more upgrades nobody in place: {decision}")

    return held


@given(surging(), orders)
@settings(max_examples=100)
def test_nobody_goes_before_another_serves_and_the_capacity_is_as_before(toy, ordered):
    toy.orders, capacity = list(ordered), len(toy.fleet.instances)
    before = sum(map(serves, toy.fleet.instances))
    last = play(toy, check=check(capacity))
    assert sum(map(serves, toy.fleet.instances)) >= before, "no service is lost by it"
    if isinstance(last, Finish | TurnBack):
        assert len(toy.fleet.instances) == capacity, "what was added has gone again"


@settings(max_examples=40)
@given(surging(births=st.tuples(st.floats(1.0, 500.0), st.just("works"))))
def test_where_all_works_every_chosen_one_is_replaced(toy):
    capacity = len(toy.fleet.instances)
    due = {one.id for one in toy.fleet.instances if toy.job.selection.matches(one) and one.image != NEW}
    due -= {one.id for one in toy.fleet.instances if one.protected or one.health is None}
    assert isinstance(play(toy, check=check(capacity)), Finish | Halt)
    assert not due & {one.id for one in toy.fleet.instances}
    assert len(toy.fleet.instances) == capacity
