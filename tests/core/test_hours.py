"""Unit: how windows and freezes hold a rollout. When they are open: test_calendar.py."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from rollset.core.ahead.estimate import estimate
from rollset.core.amount import Amount
from rollset.core.control import NO_ORDERS, Signal, Verb
from rollset.core.decide import Finish, Halt, Hold, HoldKind, Stopped, TurnBack, Upgrade, Wait, decide, survey
from rollset.core.errors import UsageError
from rollset.core.failing import OnFailure
from rollset.core.fleet import AzureError
from rollset.core.ids import InstanceId
from rollset.core.pace import Checkpoint
from rollset.core.progress import Failure, Progress, Took
from rollset.core.undo import Leg, leg_job
from rollset.core.when.calendar import Calendar
from rollset.core.when.freezes import Freeze
from rollset.core.when.hours import refuse_hopeless
from rollset.core.when.windows import MaintenanceWindow
from tests.core.draw import OLD, a_fleet, a_job, asked_for, drawn, seasoned

TWO = Amount(number=2)
NIGHTS = MaintenanceWindow(cron="0 22 * * 1-5", seconds=4 * 3600.0, zone="Europe/Berlin", name="weeknights")
CHRISTMAS = Freeze(begins="2026-11-24T00:00", ends="2026-11-25T00:00", zone="Europe/Berlin", reason="sales")
WEEKNIGHTS = Calendar(windows=(NIGHTS,))
SAME_DOMAIN = "0" * 12


def berlin(text):
    """In November, an hour ahead of UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() - 3600.0


MONDAY = "2026-11-23"


def decided(letters, when, calendar=WEEKNIGHTS, progress=None, control=NO_ORDERS, **job):
    now = berlin(when)
    pace = {"max_unavailable": TWO} | job.pop("pace", {})
    wanted = replace(a_job(**pace), calendar=calendar, **job)
    fleet = a_fleet(letters, domains=SAME_DOMAIN)
    known = seasoned(asked_for(letters, now - 60.0)) if progress is None else progress
    return fleet, decide(fleet, wanted, known.seen(fleet, wanted, now), now, control)


def test_while_it_is_open_batches_start():
    fleet, decision = decided("oooo", f"{MONDAY}T22:00")
    assert drawn(fleet, decision.instances) == "^^"


def test_before_it_opens_the_rollout_is_held_until_then():
    _, decision = decided("oooo", f"{MONDAY}T09:00")
    assert decision == Hold(
        reason="no window is open; window weeknights opens Mon 23 Nov 2026 22:00 Europe/Berlin (21:00 UTC)",
        kind=HoldKind.WINDOW,
        until=berlin(f"{MONDAY}T22:00"),
    )


def test_nothing_starts_that_is_expected_to_end_too_late():
    """One upgrade of this run has taken five minutes; with luck it was a quick one, so 6 min 15 s are allowed for."""
    _, decision = decided("oooo", "2026-11-24T01:53")
    assert isinstance(decision, Upgrade)
    _, decision = decided("oooo", "2026-11-24T01:54")
    assert decision.until == berlin("2026-11-24T22:00")
    assert decision.reason == (
        "window weeknights closes Tue 24 Nov 2026 02:00 Europe/Berlin (01:00 UTC), too soon for a batch that takes 7 min "
        "for an upgrade, by 1 of this run; window weeknights opens Tue 24 Nov 2026 22:00 Europe/Berlin (21:00 UTC)"
    )


def test_the_bake_belongs_to_the_batch():
    pace = {"bake_seconds": 3600.0}
    assert isinstance(decided("oooo", "2026-11-24T00:53", pace=pace)[1], Upgrade)
    _, decision = decided("oooo", "2026-11-24T00:54", pace=pace)
    assert "7 min for an upgrade, by 1 of this run and 60 min to bake" in decision.reason


def test_before_any_has_ended_what_it_takes_is_a_stated_guess():
    """12 min 30 s where the system is not known, and for Windows."""
    assert isinstance(decided("oooo", "2026-11-24T01:47", progress=Progress())[1], Upgrade)
    _, decision = decided("oooo", "2026-11-24T01:48", progress=Progress())
    assert "13 min for an upgrade, as long as none of this run has ended" in decision.reason


def test_nine_in_ten_of_those_that_ended_count_and_the_one_that_hung_does_not():
    took = {InstanceId(f"gone{n}"): Took(100.0, 300.0 if n else 5000.0) for n in range(10)}
    progress = Progress(took=took, proven=dict.fromkeys(took, 0.0))
    assert isinstance(decided("oooo", "2026-11-24T01:54", progress=progress)[1], Upgrade)


def test_what_runs_when_it_closes_is_finished():
    _, decision = decided("uooo", "2026-11-24T02:30")
    assert isinstance(decision, Wait)
    assert decision.instances == ("0",)
    assert decision.reason.endswith("(21:00 UTC); finishing 0")


def test_when_all_is_done_no_window_is_waited_for():
    assert isinstance(decided("nnnn", f"{MONDAY}T09:00")[1], Finish)


def test_a_freeze_beats_the_window_and_names_its_reason():
    calendar = Calendar(windows=(NIGHTS,), freezes=(CHRISTMAS,))
    _, decision = decided("oooo", f"{MONDAY}T22:30", calendar)
    assert isinstance(decision, Upgrade)
    _, decision = decided("oooo", f"{MONDAY}T23:55", calendar)
    assert decision.reason.startswith(
        "the freeze from 2026-11-24T00:00 until 2026-11-25T00:00 (sales) begins Tue 24 Nov 2026 00:00 Europe/Berlin "
        "(Mon 23:00 UTC), too soon for a batch"
    )
    _, decision = decided("oooo", "2026-11-24T22:30", calendar)
    assert "(sales) is on until Wed 25 Nov 2026 00:00 Europe/Berlin" in decision.reason
    assert decision.until == berlin("2026-11-25T00:00"), "the window of that night is still open then"


def test_without_windows_a_freeze_is_waited_for_all_the_same():
    _, decision = decided("oooo", "2026-11-24T12:00", Calendar(freezes=(CHRISTMAS,)))
    assert decision.until == berlin("2026-11-25T00:00")
    assert decision.reason.endswith("it goes on Wed 25 Nov 2026 00:00 Europe/Berlin (Tue 23:00 UTC)")


def test_patience_with_others_does_not_run_out_while_nothing_may_start():
    """They hold the whole budget at noon: that is nobody's business until the window opens."""
    _, decision = decided("ooss", f"{MONDAY}T12:00")
    assert isinstance(decision, Hold)


def test_it_is_over_when_upgrades_turn_out_to_take_longer_than_any_window():
    took = Progress(took={InstanceId("gone"): Took(100.0, 6 * 3600.0)}, proven={InstanceId("gone"): 0.0})
    _, decision = decided("oooo", f"{MONDAY}T22:00", progress=took)
    assert isinstance(decision, Halt)
    assert "no window within 400 days is long enough for a batch that takes 450 min" in decision.reason


def ordered(verb):
    return NO_ORDERS.after(Signal(number=1, verb=verb, by="ann", at=0.0))


@pytest.mark.parametrize(("verb", "kind"), [(Verb.STOP, Stopped), (Verb.UNDO, TurnBack), (Verb.PAUSE, Hold)], ids=str)
def test_orders_hold_at_any_hour(verb, kind):
    _, decision = decided("oooo", f"{MONDAY}T09:00", control=ordered(verb))
    assert isinstance(decision, kind)
    assert "window" not in decision.reason or "heeds no window" in decision.reason


def test_the_way_back_heeds_no_window():
    progress = replace(Progress(), failures=(Failure(instance=InstanceId("0"), error=AzureError(code="Broken")),))
    _, decision = decided("oooo", f"{MONDAY}T09:00", progress=progress, on_failure=OnFailure.UNDO)
    assert isinstance(decision, TurnBack)
    assert "at any hour, for the way back heeds no window" in decision.reason
    job = leg_job(replace(a_job(), calendar=WEEKNIGHTS), Leg(image=OLD, instances=(InstanceId("0"),)))
    back = a_fleet("n" * 4)
    assert isinstance(decide(back, job, Progress().seen(back, job, 0.0), berlin(f"{MONDAY}T09:00")), Upgrade)


def test_a_checkpoint_that_is_reached_is_told_first():
    pace = {"checkpoints": (Checkpoint(share=TWO),)}
    _, decision = decided("nnoo", f"{MONDAY}T09:00", pace=pace)
    assert decision.kind is HoldKind.APPROVAL


@pytest.mark.parametrize(
    ("calendar", "bake", "words"),
    [
        (Calendar(windows=(replace(NIGHTS, seconds=600.0),)), 0.0, "no window within 400 days is long enough"),
        (WEEKNIGHTS, 4 * 3600.0, "13 min for an upgrade, as long as none of this run has ended and 240 min to bake"),
        (Calendar(windows=(replace(NIGHTS, cron="0 22 29 2 *"),)), 0.0, "no window within 400 days"),
        (
            Calendar(windows=(NIGHTS,), freezes=(replace(CHRISTMAS, ends="2029-01-01T00:00"),)),
            0.0,
            "no window outside the freezes within 400 days",
        ),
    ],
    ids=["too short", "too short for the bake", "never opens", "always frozen"],
)
def test_a_calendar_that_would_never_let_a_batch_start_is_refused(calendar, bake, words):
    job = replace(a_job(bake_seconds=bake), calendar=calendar)
    with pytest.raises(UsageError, match=words):
        refuse_hopeless(job, "Windows", berlin("2026-11-24T00:00"))
    refuse_hopeless(replace(job, calendar=WEEKNIGHTS, pace=a_job().pace), "Windows", berlin(MONDAY))


def test_the_estimate_counts_the_hours_in_which_nothing_starts():
    """Six upgrades of five minutes, one at a time, and a quarter of an hour each night: two a night, three nights."""
    short = Calendar(windows=(replace(NIGHTS, seconds=900.0, cron="0 22 * * *"),))
    job = replace(a_job(max_unavailable=Amount(number=1)), calendar=short)
    took = {InstanceId(f"gone{n}"): Took(300.0, 300.0) for n in range(400)}
    progress = Progress(took=took, proven=dict.fromkeys(took, 0.0))
    now = berlin(f"{MONDAY}T12:00")
    fleet = a_fleet("oooooo", domains=SAME_DOMAIN)
    rest = estimate(survey(fleet, job, progress), now)
    assert berlin("2026-11-25T22:00") < now + rest.p50 <= now + rest.p90 < berlin("2026-11-25T22:15")
