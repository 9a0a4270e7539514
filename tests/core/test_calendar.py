"""Unit: windows and freezes with real time zones, clock changes above all. How they hold a rollout: test_hours.py."""

from datetime import UTC, datetime
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollset.core.errors import UsageError
from rollset.core.when.calendar import Calendar
from rollset.core.when.freezes import Freeze
from rollset.core.when.windows import MaintenanceWindow

HOUR = 3600.0
BERLIN, NEW_YORK, SYDNEY, SANTIAGO = "Europe/Berlin", "America/New_York", "Australia/Sydney", "America/Santiago"


def window(cron, hours=2.0, zone=BERLIN, **more):
    return MaintenanceWindow.checked(cron=cron, seconds=hours * HOUR, zone=zone, **more)


def freeze(begins, ends, zone=BERLIN, **more):
    return Freeze.checked(begins=begins, ends=ends, zone=zone, **more)


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def spoken(calendar, since, until):
    """The open stretches between two moments, in UTC."""
    told = []
    for one in calendar.spells(utc(since), utc(until)):
        opens, closes = (datetime.fromtimestamp(at, UTC) for at in (one.opens, one.closes))
        told.append(f"{opens:%d %H:%M}-{closes:%d %H:%M}")
    return told


@pytest.mark.parametrize(
    ("cron", "hours", "zone", "days", "open_in_utc"),
    [
        # Europe/Berlin jumps from 02:00 to 03:00 on 28 March 2027, and from 03:00 back to 02:00 on 31 October.
        pytest.param(
            "30 2 * * *",
            2,
            BERLIN,
            ("2027-03-27", "2027-03-30"),
            ["27 01:30-27 03:30", "28 01:00-28 03:00", "29 00:30-29 02:30"],
            id="a time that never comes: it opens when the clocks have jumped",
        ),
        pytest.param(
            "30 2 * * *",
            2,
            BERLIN,
            ("2026-10-24", "2026-10-27"),
            ["24 00:30-24 02:30", "25 00:30-25 02:30", "26 01:30-26 03:30"],
            id="a time that comes twice: it opens once, the first time",
        ),
        pytest.param(
            "0 22 * * 6",
            6,
            BERLIN,
            ("2027-03-27", "2027-03-30"),
            ["27 21:00-28 03:00"],
            id="open while the clocks jump: six hours all the same, until 05:00 there",
        ),
        pytest.param(
            "0 22 * * 6",
            6,
            BERLIN,
            ("2026-10-24", "2026-10-27"),
            ["24 20:00-25 02:00"],
            id="open while they go back: six hours all the same, until 03:00 there",
        ),
        pytest.param(
            "0 * * * *",
            0.5,
            BERLIN,
            ("2026-10-24T23:30", "2026-10-25T03:00"),
            ["25 00:00-25 00:30", "25 01:00-25 01:30", "25 02:00-25 02:30"],
            id="every hour: in both of the two, an hour apart",
        ),
        # Australia/Sydney jumps on 4 October 2026, and goes back on 4 April 2027; Chile on 6 September 2026, at midnight.
        pytest.param(
            "30 2 * * *",
            1,
            SYDNEY,
            ("2026-10-02T12:00", "2026-10-05T12:00"),
            ["02 16:30-02 17:30", "03 16:00-03 17:00", "04 15:30-04 16:30"],
            id="the southern spring",
        ),
        pytest.param(
            "30 2 * * *",
            1,
            SYDNEY,
            ("2027-04-02T12:00", "2027-04-05T12:00"),
            ["02 15:30-02 16:30", "03 15:30-03 16:30", "04 16:30-04 17:30"],
            id="the southern autumn",
        ),
        pytest.param(
            "0 0 * * *",
            1,
            SANTIAGO,
            ("2026-09-05", "2026-09-08"),
            ["05 04:00-05 05:00", "06 04:00-06 05:00", "07 03:00-07 04:00"],
            id="a midnight that never comes",
        ),
        pytest.param(
            "30 1 * * *",
            1,
            "Australia/Lord_Howe",
            ("2027-04-02T12:00", "2027-04-04T12:00"),
            ["02 14:30-02 15:30", "03 14:30-03 15:30"],
            id="clocks that go back by half an hour",
        ),
        pytest.param("0 22 * * 5", 4, NEW_YORK, ("2026-11-25", "2026-11-29"), ["28 03:00-28 07:00"], id="plain"),
        pytest.param("0 22 29 2 *", 4, "UTC", ("2027-01-01", "2028-12-31"), ["29 22:00-01 02:00"], id="leap years"),
    ],
)
def test_windows_open_as_cron_would_and_last_as_long_as_they_say(cron, hours, zone, days, open_in_utc):
    assert spoken(Calendar(windows=(window(cron, hours, zone),)), *days) == open_in_utc


def test_in_the_second_of_two_hours_a_window_of_the_first_is_remembered():
    """At 02:10 the second time, 02:50 the first time was twenty minutes ago."""
    one = window("50 2 * * *")
    assert one.opened(utc("2026-10-25T01:10")) == utc("2026-10-25T00:50")
    assert one.opens_after(utc("2026-10-25T01:10")) == utc("2026-10-26T01:50")


def test_any_window_that_is_open_will_do_and_those_that_touch_are_one():
    calendar = Calendar(
        windows=(window("0 20 * * *", 2, "UTC"), window("0 22 * * *", 3, "UTC"), window("0 3 * * *", 1, "UTC"))
    )
    assert spoken(calendar, "2026-11-23T12:00", "2026-11-24T12:00") == ["23 20:00-24 01:00", "24 03:00-24 04:00"]


def test_freezes_beat_windows():
    calendar = Calendar(
        windows=(window("0 20 * * *", 8, "UTC"),),
        freezes=(
            freeze("2026-11-23T22:00", "2026-11-24T01:00", "UTC"),
            freeze("2026-11-24T00:00", "2026-11-24T02:00", "UTC"),
            freeze("2026-11-25", "2026-11-25", "UTC"),
        ),
    )
    assert spoken(calendar, "2026-11-23T12:00", "2026-11-26T12:00") == [
        "23 20:00-23 22:00",
        "24 02:00-24 04:00",
        "24 20:00-25 00:00",
        "26 00:00-26 04:00",
    ]


def test_without_windows_all_is_open_but_what_is_frozen():
    calendar = Calendar(freezes=(freeze("2026-12-24", "2026-12-26", BERLIN),))
    before, after = calendar.spells(utc("2026-12-23"), utc("2026-12-28"))
    assert (before.opens, before.closes) == (utc("2026-12-23"), utc("2026-12-23T23:00"))
    assert after.opens == utc("2026-12-26T23:00")
    assert calendar.freeze_at(utc("2026-12-23T23:00")) is calendar.freezes[0]
    assert calendar.freeze_at(utc("2026-12-26T23:00")) is None


def test_a_freeze_is_the_longer_for_a_change_of_the_clocks():
    doubled = freeze("2026-10-25T02:30", "2026-10-25T02:45")
    assert (doubled.begins_at, doubled.ends_at) == (utc("2026-10-25T00:30"), utc("2026-10-25T01:45"))
    skipped = freeze("2027-03-28T02:15", "2027-03-28T02:30")
    assert (skipped.begins_at, skipped.ends_at) == (utc("2027-03-28T00:15"), utc("2027-03-28T01:30"))


@pytest.mark.parametrize(
    ("cron", "seconds", "zone", "words"),
    [
        ("0 22 * *", 3600, BERLIN, "4 fields and not 5"),
        ("0 0 22 * * *", 3600, BERLIN, "6 fields and not 5"),
        ("61 22 * * *", 3600, BERLIN, "the minute cannot be read"),
        ("0 22 31 2 *", 3600, BERLIN, "the day-of-month cannot be read"),
        ("0 22 * * FUN", 3600, BERLIN, "the day-of-week cannot be read"),
        ("0 22 * * *", 60, BERLIN, "open for 60 s"),
        ("0 22 * * *", 40 * 86400, BERLIN, "5 minutes to 30 days"),
        ("0 22 * * *", 3600, "Europe/Berlyn", "did you mean Europe/Berlin?"),
        ("0 22 * * *", 3600, "CEST", "time zone 'CEST'"),
        ("0 22 * * *", 3600, "../../etc/passwd", "no time zone"),
        ("0 22 * * *", 3600, "", "no time zone"),
    ],
)
def test_what_is_no_window(cron, seconds, zone, words):
    with pytest.raises(UsageError, match=words.replace("?", "[?]")):
        MaintenanceWindow.checked(cron=cron, seconds=float(seconds), zone=zone)


@pytest.mark.parametrize(
    ("begins", "ends", "words"),
    [
        ("2026-12-24", "2026-12-23", "ends before it begins"),
        ("2026-12-24T10:00", "2026-12-24T10:00", "ends before it begins"),
        ("2026-02-30", "2026-03-01", "'2026-02-30'"),
        ("tomorrow", "2026-03-01", "'tomorrow'"),
        ("2026-12-24T10:00Z", "2026-12-25", "offset of its own"),
    ],
)
def test_what_is_no_freeze(begins, ends, words):
    with pytest.raises(UsageError, match=words):
        freeze(begins, ends)


ZONES = [BERLIN, NEW_YORK, SYDNEY, SANTIAGO, "UTC", "Asia/Kolkata", "Africa/Casablanca", "Australia/Lord_Howe"]
minutes = st.sampled_from(["0", "30", "59", "*/15", "7,52"])
hours = st.sampled_from(["0", "1", "2", "3", "2-3", "*/6", "*", "22"])
weekdays = st.sampled_from(["*", "0", "6,0", "1-5", "1#2"])
windows = st.builds(
    lambda minute, hour, day, zone, lasts: window(f"{minute} {hour} * * {day}", lasts, zone),
    minutes,
    hours,
    weekdays,
    st.sampled_from(ZONES),
    st.sampled_from([0.25, 1.0, 5.0, 30.0]),
)
# Around the changes of the clocks, north and south, where things go wrong if they do.
CHANGES = ["2026-10-25T01:00", "2027-03-28T01:00", "2026-10-03T16:00", "2027-04-03T16:00", "2026-11-01T06:00"]
moments = st.builds(lambda day, minutes: utc(day) + 60 * minutes, st.sampled_from(CHANGES), st.integers(-300, 300))


def openings(one, since, count):
    """One after another, each found from the one before."""
    found = []
    for _ in range(count):
        at = one.opens_after(found[-1] if found else since)
        if at is None:
            break
        found.append(at)
    return found


@given(windows, moments)
def test_what_opened_last_is_what_would_have_opened_next_before(one, at):
    """Looking back and looking ahead agree, whatever the clocks do."""
    ahead = [moment for moment in openings(one, at - 86400, 100) if moment <= at]
    if 0 < len(ahead) < 100:
        assert one.opened(at) == ahead[-1]


@given(windows, moments)
def test_nothing_opens_in_the_past_and_what_opens_matches_the_clocks(one, at):
    for opens in openings(one, at, 5):
        assert opens > at
        local = datetime.fromtimestamp(opens, ZoneInfo(one.zone))
        jumped = local.utcoffset() != datetime.fromtimestamp(opens - 1, ZoneInfo(one.zone)).utcoffset()
        minute = one.cron.split()[0]
        assert jumped or minute not in {"0", "30", "59"} or local.minute == int(minute)


@given(st.lists(windows, max_size=3), st.lists(st.tuples(moments, st.integers(1, 200)), max_size=2), moments)
def test_a_spell_is_open_throughout_and_shut_right_after(some, frozen, at):
    """Against the definition: open where some window covers the moment, and no freeze does."""
    freezes = tuple(
        freeze(*(f"{datetime.fromtimestamp(when, UTC):%Y-%m-%dT%H:%M}" for when in (since, since + 600 * long)), "UTC")
        for since, long in frozen
    )
    calendar = Calendar(windows=tuple(some), freezes=freezes)

    def is_open(moment):
        covered = not some or any(
            (since := one.opened(moment)) is not None and moment < since + one.seconds for one in some
        )
        return covered and not any(one.begins_at <= moment < one.ends_at for one in freezes)

    before = at
    for one in islice(calendar.spells(at, at + 3 * 86400, enough=2 * 86400), 3):
        assert one.opens < one.closes
        for moment in (one.opens, (one.opens + one.closes) / 2, one.closes - 1):
            assert is_open(moment)
        assert one.opens == before or not is_open(one.opens - 1), "a spell begins when it opens"
        if some and not one.lasts(2 * 86400):
            assert not is_open(one.closes), "and ends when it closes"
        before = one.closes
    assert calendar.fits(at, 60.0) == all(is_open(at + second) for second in range(0, 60, 5))


def test_looking_for_what_never_comes_ends():
    """Open every five minutes for five, all year: never shut, and never asked for longer than needed."""
    calendar = Calendar(windows=(window("*/5 * * * *", 1 / 12, "UTC"),))
    now = utc("2026-11-23")
    assert calendar.fits(now, 6 * HOUR)
    assert calendar.next_fitting(now, HOUR).opens == now
    assert Calendar(windows=(window("0 1 29 2 *", 2, "UTC"),)).next_fitting(now, HOUR) is None
