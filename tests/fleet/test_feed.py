"""Changes by number: nobody misses one, nobody is told one twice, and what is kept has a bound."""

import asyncio
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from rollset.fleet import feed as module
from rollset.fleet.feed import Changes, Feed
from tests.support.virtual import virtual_loop

names = st.lists(st.sampled_from("abcdef"), max_size=4, unique=True)
events = st.lists(st.tuples(names, names, st.integers(0, 3)), max_size=40)


def noted(feed, changed, gone):
    feed.note(changed, [one for one in gone if one not in changed])


@given(events)
def test_readers_who_come_when_they_like_all_know_the_truth(events):
    """Of four readers one reads after each event; each keeps what it was told, and comes to what is there."""
    feed, truth = Feed[str](), {}
    known, at = [{} for _ in range(4)], [0] * 4
    for number, (changed, gone, reader) in enumerate(events):
        noted(feed, changed, gone)
        for one in gone:
            truth.pop(one, None)
        truth |= dict.fromkeys(changed, number)
        told = feed.since(at[reader])
        assert not told.whole
        assert not set(told.changed) & set(told.gone)
        for one in told.gone:
            known[reader].pop(one, None)
        known[reader] |= {one: truth[one] for one in told.changed}
        at[reader] = told.version
        assert known[reader] == truth
    assert not feed.since(feed.version)


async def test_a_slow_reader_gets_everything_together_and_once():
    feed = Feed[str]()
    reader = feed.follow(feed.version)
    feed.note(["a"])
    assert await anext(reader) == Changes(version=1, changed=("a",))
    feed.note(["a", "b"])
    feed.note(["c"], gone=["b"])
    feed.note(["a"])
    assert await anext(reader) == Changes(version=4, changed=("c", "a"), gone=("b",))


async def test_a_reader_hears_no_oftener_than_it_bears_and_no_more_rarely_than_it_wants():
    feed, times, counts = Feed[str](), [], []

    async def read():
        async for changes in feed.follow(0, gap_seconds=0.5, seconds_max=30):
            times.append(virtual_loop().time())
            counts.append(len(changes.changed))

    reading = asyncio.ensure_future(read())
    for number in range(100):  # Ten a second.
        feed.note([str(number)])
        await asyncio.sleep(0.1)
    await asyncio.sleep(61)
    reading.cancel()
    assert sum(counts) == 100
    assert min(later - earlier for earlier, later in pairwise(times)) > 0.499
    assert 30 <= max(later - earlier for earlier, later in pairwise(times)) <= 30.5
    assert counts[-1] == 0


async def test_all_who_wait_are_told():
    feed = Feed[str]()
    waiting = [asyncio.ensure_future(feed.wait(feed.version)) for _ in range(3)]
    await asyncio.sleep(1)
    assert not any(one.done() for one in waiting)
    feed.note(gone=["a"])
    assert [(await one).gone for one in waiting] == 3 * [("a",)]


def test_a_version_that_was_never_given_out_reads_everything():
    feed = Feed[str](first=1000)
    feed.note(["a"])
    assert feed.since(12) == feed.since(1002) == Changes(version=1001, changed=("a",), whole=True)


def test_who_was_away_for_too_long_reads_everything(monkeypatch):
    monkeypatch.setattr(module, "GONE_MAX", 3)
    feed = Feed[str]()
    for number in range(5):
        feed.note(gone=[str(number)])
    assert feed.since(2).gone == ("2", "3", "4")
    assert feed.since(1).whole
