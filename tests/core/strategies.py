"""What Hypothesis draws rollouts from: fleets, paces, calendars and orders, and toys that put them together."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from rollset.core.amount import Amount
from rollset.core.control import Verb
from rollset.core.order import Order
from rollset.core.pace import Batches, Checkpoint, Job, Pace, Window
from rollset.core.selection import Selection
from rollset.core.when.calendar import ALWAYS, Calendar
from rollset.core.when.freezes import Freeze
from rollset.core.when.windows import MaintenanceWindow
from tests.core.draw import NEW, OLD, a_fleet
from tests.core.toy import Toy

fleets = st.text(alphabet="oooooonxpsfhbw", min_size=1, max_size=24)
amounts = st.one_of(
    st.integers(1, 8).map(lambda n: Amount(number=n)), st.integers(1, 100).map(lambda n: Amount(number=n, percent=True))
)
styles = st.one_of(st.just(Window()), st.builds(Batches, size=amounts, pause_seconds=st.sampled_from([0.0, 30.0])))
plain_paces = st.builds(
    Pace,
    order=st.sampled_from(Order),
    max_unavailable=amounts,
    style=styles,
    canary=st.integers(1, 3),
    across_domains=st.booleans(),
)
checkpoints = st.builds(Checkpoint, share=amounts, wait_seconds=st.sampled_from([None, 0.0, 500.0]))
held_paces = st.builds(
    replace,
    plain_paces,
    bake_seconds=st.sampled_from([0.0, 40.0, 300.0]),
    bake_end_seconds=st.sampled_from([0.0, 200.0]),
    checkpoints=st.lists(checkpoints, max_size=3).map(tuple),
)
always = st.just(ALWAYS)
windows = st.builds(
    lambda minute, minutes: MaintenanceWindow(cron=f"{minute} * * * *", seconds=60.0 * minutes, zone="UTC"),
    st.integers(0, 59),
    st.integers(30, 50),
)
freezes = st.builds(
    lambda begins, minutes: Freeze(begins=begins.isoformat(), ends=(begins + minutes).isoformat(), zone="UTC"),
    st.integers(0, 480).map(lambda minute: datetime.fromtimestamp(60.0 * minute, UTC).replace(tzinfo=None)),
    st.timedeltas(timedelta(minutes=1), timedelta(hours=9)),
)
drawn_calendars = st.builds(
    Calendar, windows=st.lists(windows, max_size=2).map(tuple), freezes=st.lists(freezes, max_size=2).map(tuple)
)
OLDER = replace(OLD, version="0.9.0")


@st.composite
def toys(draw, fates=("works",), paces=plain_paces, old=(OLD,), drawn=fleets, calendars=always):  # noqa: PLR0917 (read by name at each call)
    letters = draw(drawn)
    domains = draw(st.text(alphabet="01234", min_size=len(letters), max_size=len(letters)))
    fleet = a_fleet(letters, domains=domains)
    ran = [one if one.image == NEW else replace(one, image=draw(st.sampled_from(old))) for one in fleet.instances]
    fleet = replace(fleet, instances=tuple(ran))
    chosen = draw(st.none() | st.sets(st.sampled_from([one.id for one in fleet.instances]), min_size=1))
    selection = Selection(instances=frozenset(chosen) if chosen is not None else None)
    drawn_fates = {one.id: (draw(st.floats(1.0, 900.0)), draw(st.sampled_from(fates))) for one in fleet.instances}
    # What others began before, they bring onto the image: sooner than anybody runs out of patience.
    due = {
        one.id: (draw(st.floats(1.0, 500.0)), NEW)
        for one, letter in zip(fleet.instances, letters, strict=True)
        if letter in "bw"
    }
    begun = dict.fromkeys(due, (0.0, "works"))
    job = Job(image=NEW, selection=selection, pace=draw(paces), calendar=draw(calendars))
    return Toy(fleet=fleet, job=job, fates=drawn_fates | begun, due=due)


orders = st.lists(
    st.tuples(
        st.floats(0.0, 4000.0),
        st.sampled_from([Verb.PAUSE, Verb.PAUSE, Verb.RESUME, Verb.STOP, Verb.UNDO, Verb.APPROVE]),
        st.integers(1, 3),
    ),
    max_size=6,
).map(sorted)
