"""`rollset act` and `rollset acts`: what an operator does to a set by hand, told, asked, kept and listed."""

from __future__ import annotations

import pytest

from rollset.emulator.server import Ready
from tests.cli.background import Background
from tests.cli.driver import NEW, OLD, account, fault, images, run

RESTART = ("act", "myrg/web", "restart", "--update-domain", "2")


def power(ready: Ready) -> list[str]:
    return [one["power"] for one in account(ready)["instances"]]


def test_it_tells_the_price_does_it_and_tells_what_came_of_it(small: Ready):
    ran = run(*RESTART, "--yes", ready=small)
    assert ran.status == 0, ran.err
    price, source, *_, outcome = ran.out.splitlines()
    assert price == ("restart update domain 2: 1 of 5 instances out of service for about 3 minutes; 4 serve meanwhile")
    assert source == "the time: as a rule; Azure publishes no figure"
    assert outcome == "done: 1 of 1 instances restarted; 5 of 5 serve now"
    again = run(*RESTART, "--yes", ready=small)
    assert "the time: measured the last time on this set" in again.out


def test_without_a_terminal_nothing_is_done_unless_yes_is_said(small: Ready):
    ran = run(*RESTART, ready=small)
    assert ran.status == 4
    assert "this is dangerous (1 of 5 instances out of service" in ran.err
    assert "add --yes" in ran.err
    assert run("acts", "-o", "json", ready=small).document["acts"] == []


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("restart",), "name the instances to restart"),
        (("restart", "--all", "--zone", "1"), "give one of them"),
        (("restart", "--instances", "0", "--to", "3"), "restart takes a selection, and neither a capacity nor"),
        (("scale",), "scale takes the new capacity (--to) alone"),
        (("scale", "--to", "3", "--instances", "0"), "scale changes the set itself, so it takes no selection"),
        (("delete", "--instances", "0,9"), "there is no instance 9: myrg/web has 0-4"),
        (("edit",), "name what to edit"),
        (("edit", "--image-version", "9.9.9"), "version 9.9.9 of"),
        (("dance", "--all"), "is not one of"),
    ],
)
def test_words_that_do_not_fit_together(small: Ready, words, why):
    ran = run("act", "myrg/web", *words, "--yes", ready=small)
    assert (ran.status, why in ran.err) == (2, True), ran.err


def test_the_set_behind_what_is_done_to_it_is_told_the_other_way_round(small: Ready):
    ran = run("act", "restart", "myrg/web", "--instances", "0,1", "--yes", ready=small)
    assert ran.status == 2
    assert "the set comes first; did you mean: rollset act myrg/web restart --instances 0,1 --yes" in ran.err


def test_what_is_not_to_be_done_is_told_and_not_done(small: Ready):
    ran = run("act", "myrg/web", "start", "--all", "--yes", ready=small)
    assert ran.status == 4
    assert "cannot start every instance on myrg/web: there is nothing to start: 0-4 are running already" in ran.err


def test_each_act_is_kept_with_who_when_what_price_and_outcome(small: Ready):
    run("act", "myrg/web", "scale", "--to", "3", "--yes", ready=small)
    run("act", "myrg/web", "power-off", "--instances", "0,1", "--yes", ready=small)
    off, scaled = run("acts", "myrg/web", "-o", "json", ready=small).document["acts"]
    assert (scaled["act"], scaled["ending"], scaled["price"]) == (
        "scale to 3",
        "done",
        "2 of 5 instances are deleted, Azure chooses which; 3 serve then",
    )
    assert (off["act"], off["state"], off["instances"], bool(off["request_ids"])) == (
        "power off instances 0, 1",
        "ended",
        ["0", "1"],
        True,
    )
    assert "@" in off["by"]
    table = run("acts", ready=small).out
    assert table.index("power off") < table.index("scale to 3")
    told = run("acts", off["id"], "-o", "json", ready=small).document
    assert [one["fact"] for one in told["facts"]] == ["intended", "sent", "watched", "closed"]
    assert {(one["id"], one["outcome"], one["power"]) for one in told["result"]["instances"]} == {
        ("0", "done", "stopped"),
        ("1", "done", "stopped"),
    }
    assert "Azure has taken it (request " in run("acts", off["id"][:-2], ready=small).out


def test_an_edit_shows_exactly_what_becomes_another_and_writes_it(small: Ready):
    ran = run("act", "myrg/web", "edit", "--image-version", NEW, "--to", "6", "--yes", ready=small)
    assert ran.status == 0, ran.err
    assert f":{OLD} -> " in ran.out
    assert "sku.capacity 5 -> 6" in ran.out
    assert sorted(images(small).values()) == [OLD] * 5 + [NEW]


def test_what_fails_in_azure_ends_with_its_words_and_status_1(small: Ready):
    run("act", "myrg/web", "deallocate", "--instances", "0", "--yes", ready=small)
    fault(small, kind="allocation-fails", set="myrg/web", times=1)
    ran = run("act", "myrg/web", "start", "--all", "--yes", ready=small)
    assert ran.status == 1
    assert "failed: 0 of 1 instances started; 0 failed (AllocationFailed" in ran.out


def test_an_act_that_is_left_to_a_worker_is_carried_out_by_the_next_process_that_comes(small: Ready):
    left = run(*RESTART, "--yes", "--detach", "-o", "json", ready=small).document
    assert (left["state"], power(small)) == ("queued", ["running"] * 5)
    taken = run(*RESTART, "--yes", ready=small)
    assert taken.status == 4, "the same instance is not restarted twice at once"
    other = run("act", "myrg/web", "restart", "--instances", "0", "--yes", ready=small)
    assert other.status == 0, other.err
    with Background("worker", ready=small) as worker:
        worker.until(lambda: run("acts", left["id"], "-o", "json", ready=small).document["ending"] == "done")


def test_while_a_rollout_goes_on_its_set_is_not_changed(small: Ready):
    fault(small, kind="hangs", set="myrg/web", instances=["1"], times=1)
    with Background("upgrade", "myrg/web", "--image-version", NEW, "--yes", ready=small) as rolling:
        rolling.until(lambda: "rolling" in run("rollouts", "-o", "json", ready=small).out)
        for words in (("scale", "--to", "9"), ("delete", "--instances", "2")):
            refused = run("act", "myrg/web", *words, "--yes", ready=small)
            assert (refused.status, refused.out) == (4, ""), "what is refused has no price"
            assert f"has not ended, and {words[0]} must not go on beside it" in refused.err
        helped = run("act", "myrg/web", "restart", "--instances", "1", "--yes", ready=small)
        assert "goes on, and counts who is out of service" in helped.out


def test_an_act_that_no_worker_has_begun_can_be_withdrawn(small: Ready):
    left = run("act", "myrg/web", "scale", "--to", "9", "--yes", "--detach", "-o", "json", ready=small).document
    upgrade = run("upgrade", "myrg/web", "--image-version", NEW, "--yes", ready=small)
    assert upgrade.status == 4
    assert "it waits for a worker, and can be withdrawn" in upgrade.err
    told = run("acts", left["id"], "--stop", "-o", "json", ready=small).document
    assert (told["ending"], told["exit_status"]) == ("withdrawn", 3)
    assert len(power(small)) == 5
    assert run("acts", "myrg/web", "--stop", ready=small).status == 2
