"""Rollouts that outlive the command that began them: crashes, orders, followers, workers, the way back."""

from __future__ import annotations

import json
import os
import re
import signal

import pytest

from rollset.emulator.server import Ready
from rollset.engine.durable.claims import Wanted, claim
from rollset.engine.durable.place import SqliteState
from rollset.engine.durable.presence import Presence
from rollset.engine.durable.ready import open_database
from tests.cli.background import Background, asked
from tests.cli.driver import NEW, OLD, account, fault, images, restart, run

UPGRADE = ("upgrade", "myrg/web", "--image-version", NEW, "--yes")


@pytest.fixture
def stuck(small: Ready) -> Ready:
    """Five instances, of which 1 never comes back by itself: nothing hurries whoever wants to do something meanwhile."""
    fault(small, kind="hangs", set="myrg/web", instances=["1"], times=1)
    return small


def events(ready: Ready, name: str = "myrg/web") -> list[dict[str, object]]:
    return [json.loads(line) for line in run("events", name, "-o", "json", ready=ready).out.splitlines()]


def state(ready: Ready, name: str = "myrg/web") -> str:
    ran = run("status", name, "-o", "json", ready=ready)
    return ran.document["state"] if ran.status == 0 else ""


def test_after_kill_9_the_same_command_goes_on_and_nothing_is_done_twice(stuck: Ready):
    with Background(*UPGRADE, ready=stuck) as first:
        first.until(lambda: answered(stuck) == 2).kill()
    listed = run("rollouts", "-o", "json", ready=stuck).document["rollouts"]
    assert [(one["state"], one["done"], one["total"]) for one in listed] == [("cut off", 1, 5)]
    shown = run("status", "myrg/web", ready=stuck).out
    assert ("carry it on with: rollset resume" in shown, "ends:" in shown) == (True, False)
    assert listed[0]["ends_p50"] is None, "nothing ends that nobody carries out"

    other = run(*UPGRADE, "--max-unavailable", "2", ready=stuck)
    assert other.status == 4
    assert f"carry it on with: rollset resume {listed[0]['id']}, or end it with: rollset stop" in other.err
    waits = run("pause", "myrg/web", ready=stuck)
    assert "that waits until: rollset resume" in waits.out

    restart(stuck, "1")
    again = run("resume", "web-", ready=stuck)
    assert again.status == 0, again.err
    assert f"carrying on {listed[0]['id']} here, for its process is gone" in again.err
    assert set(images(stuck).values()) == {NEW}
    assert account(stuck)["most_out_at_once"] == 1
    assert asked(stuck) == 5, "no instance is asked for a second time"
    told = events(stuck)
    assert [one["event"] for one in told].count("resumed") == 1
    assert all(one["request_id"] for one in told if one["event"] in ("answered", "model-written"))
    assert "t=" not in run("events", "myrg/web", "-o", "json", ready=stuck).out, "no signed address is shown"


def answered(ready: Ready) -> int:
    """How many requests have their answer in the journal: before that, a kill makes it a question of looking again."""
    return 0 if asked(ready) < 1 else [one["event"] for one in events(ready)].count("answered")


def test_the_very_same_words_continue_without_a_question(stuck: Ready):
    with Background(*UPGRADE, ready=stuck) as first:
        first.until(lambda: answered(stuck) == 2).kill()
    restart(stuck, "1")
    again = run("upgrade", "myrg/web", "--image-version", NEW, "-o", "json", ready=stuck)
    assert again.status == 0, again.err
    assert "continuing rollout web-" in again.err
    assert again.document["ending"] == "done"
    assert asked(stuck) == 5


def test_orders_reach_a_rollout_in_another_process(stuck: Ready):
    with Background(*UPGRADE, ready=stuck) as first:
        first.until(lambda: asked(stuck) == 2)
        held = run(*UPGRADE, ready=stuck)
        assert held.status == 4
        assert "follow it with: rollset watch web-" in held.err

        paused = run("pause", "myrg/web", ready=stuck)
        assert (paused.status, "in flight still, and waited for: 1" in paused.out) == (0, True)
        assert "being upgraded  1 (1)" in paused.out
        assert "is paused already, by" in run("pause", "myrg/web", ready=stuck).out
        assert state(stuck) == "pausing"
        assert run("approve", "myrg/web", ready=stuck).status == 2
        late = run("wait", "myrg/web", "--timeout", "1s", ready=stuck)
        assert (late.status, "has not ended after 1.0 s" in late.err) == (1, True)
        assert "goes on" in run("resume", "myrg/web", ready=stuck).out

        restart(stuck, "1")
        run("stop", "myrg/web", "--no-wait", ready=stuck)
        status, said = first.ends()
    assert status == 3, said
    assert "Stopped: stopped by" in said
    assert run("wait", "myrg/web", ready=stuck).status == 3
    assert run("stop", "myrg/web", ready=stuck).status == 2
    touched = {one for one, image in images(stuck).items() if image == NEW}
    assert "1" in touched

    unasked = run("undo", "myrg/web", ready=stuck)
    assert (unasked.status, "no terminal to ask on" in unasked.err) == (4, True)
    undone = run("undo", "myrg/web", "--yes", "-o", "json", ready=stuck)
    assert undone.status == 0, undone.err
    assert undone.document["outcome"]["left"]["brought back"] == sorted(touched)
    assert set(images(stuck).values()) == {OLD}
    listed = run("rollouts", "--all", "-o", "json", ready=stuck).document["rollouts"]
    assert listed[0]["undoes"] == listed[1]["id"]
    again = run("undo", listed[1]["id"], "--yes", ready=stuck)
    assert (again.status, "left nothing to bring back" in again.err) == (2, True)


def test_a_checkpoint_holds_until_it_is_approved(small: Ready):
    with Background(*UPGRADE, "--checkpoint", "2:approve", ready=small) as first:
        first.until(lambda: state(small) == "waits for approval")
        assert list(images(small).values()).count(NEW) == 2
        assert run("approve", "myrg/web", "--checkpoint", "2", ready=small).status == 2
        assert "checkpoint 1 is approved" in run("approve", "myrg/web", ready=small).out
        status, said = first.ends()
    assert status == 0, said
    assert set(images(small).values()) == {NEW}


def test_undo_turns_a_running_rollout_around(small: Ready):
    with Background(*UPGRADE, "--checkpoint", "2:approve", ready=small) as first:
        first.until(lambda: state(small) == "waits for approval")
        ordered = run("undo", "myrg/web", ready=small)
        status, said = first.ends()
    assert ordered.status == 0, "what was ordered was done"
    assert "brought back" in ordered.out
    assert (status, "Undone: brought back 2 instances" in said) == (1, True)
    assert set(images(small).values()) == {OLD}


def test_an_undo_that_was_stopped_goes_on_by_undoing_the_same_rollout_again(small: Ready):
    former = run(*UPGRADE, "-o", "json", ready=small).document["rollout"]
    fault(small, kind="hangs", set="myrg/web", instances=["1"], times=1)
    with Background("undo", former, "--yes", ready=small) as undo:
        undo.until(lambda: asked(small) == 7)
        shown = run("status", "myrg/web", ready=small).out
        run("stop", "myrg/web", "--no-wait", ready=small)
        restart(small, "1")
        status, said = undo.ends()
    assert f" {NEW} -> {OLD}" in shown
    assert re.search(rf"myrg/web: undo of {former}, .* {NEW} -> {OLD}, 5 instances, at most 1 at once", said), said
    assert (status, "Stopped: stopped by" in said) == (3, True)
    assert said.endswith(f"Continue with:    rollset undo {former}\n")

    ended = run("status", "myrg/web", "-o", "json", ready=small).document
    assert (ended["outcome"]["continue_with"], ended["outcome"]["undo_with"]) == (f"rollset undo {former}", None)
    assert (ended["image"]["version"], ended["outcome"]["image"]["version"]) == (OLD, OLD)
    itself = run("undo", ended["id"], "--yes", ready=small)
    assert (itself.status, f"to go on with that: rollset undo {former}; to go forward" in itself.err) == (2, True)
    left, so_far = list(images(small).values()).count(NEW), asked(small)
    rest = run("undo", former, "--yes", "-o", "json", ready=small)
    assert (rest.status, rest.document["outcome"]["ending"]) == (0, "undone")
    assert (set(images(small).values()), asked(small) - so_far) == ({OLD}, left), "who is back is not asked again"


def test_stop_ends_a_rollout_at_once_that_is_held(small: Ready):
    with Background(*UPGRADE, "--checkpoint", "1:approve", ready=small) as first:
        first.until(lambda: state(small) == "waits for approval")
        assert "paused: nothing is started" in run("pause", "myrg/web", ready=small).out
        stopped = run("stop", "myrg/web", ready=small)
        status, _ = first.ends()
    assert (stopped.status, status) == (0, 3)
    assert "untouched     4 (1-4)" in stopped.out


def test_stop_ends_a_rollout_whose_process_is_gone(stuck: Ready):
    with Background(*UPGRADE, ready=stuck) as first:
        first.until(lambda: asked(stuck) == 2)
        with Background("watch", "myrg/web", ready=stuck) as watcher:
            first.kill()
            status, said = watcher.ends()
            assert status == 1
            assert "nobody carries out web-" in said
    restart(stuck, "1")
    stopped = run("stop", "myrg/web", "-o", "json", ready=stuck)
    assert stopped.status == 0, stopped.err
    assert stopped.document["outcome"]["ending"] == "stopped"
    assert stopped.document["outcome"]["left"]["untouched"] == ["2", "3", "4"]
    assert asked(stuck) == 2


def test_a_failure_undoes_by_itself_where_that_was_asked_for(small: Ready):
    fault(small, kind="upgrade-fails", set="myrg/web", instances=["2"], times=1)
    ran = run(*UPGRADE, "--on-failure", "undo", ready=small)
    assert ran.status == 1
    assert "Undone: brought back" in ran.out
    assert set(images(small).values()) == {OLD}


def test_a_worker_takes_what_is_left_to_it(small: Ready):
    place = os.environ["ROLLSET_STATE"]
    left = run(*UPGRADE, "--detach", "--state", place, ready=small)
    assert left.status == 0
    assert "no worker is running: the rollout waits until one is started with: rollset worker" in left.err
    assert re.search(rf"Watch it with:     rollset watch web-\S+ --state {place}\n", left.out)
    assert state(small) == "waits for a worker"
    with Background("worker", "--log-format", "json", ready=small) as worker:
        assert run("watch", "myrg/web", ready=small).status == 0
        assert set(images(small).values()) == {NEW}
        status, said = worker.ends(signal.SIGTERM)
    assert status == 0, said
    named = [json.loads(line)["event"] for line in said.splitlines() if line.startswith("{")]
    assert named[0] == "worker.ready"
    assert named.count("rollout.asked") == 5
    assert named[-1] == "worker.left"


WRONG = [
    ("status nope", "no rollout begins with 'nope'"),
    ("status myrg/web", "there are none at all"),
    ("status a/b/c/d", "cannot read 'a/b/c/d' as a scale set"),
    ("watch", "Missing argument 'ID'"),
    ("wait nope --timeout 0", "leaves no time at all"),
    ("approve nope --checkpoint 0", "0 is not in the range x>=1"),
    ("undo nope --yes", "no rollout begins with 'nope'"),
]


@pytest.mark.parametrize(("line", "said"), WRONG, ids=[line for line, _ in WRONG])
def test_wrong_words_are_one_sentence(varied: Ready, line: str, said: str):
    ran = run(*line.split(), ready=varied)
    assert ran.status == 2
    assert said in ran.err
    assert ran.err.count("\n") == 1


def test_a_state_that_cannot_be_used_is_one_sentence(varied: Ready, tmp_path):
    (tmp_path / "file").write_text("not a directory")
    ran = run("rollouts", "--state", str(tmp_path / "file" / "deeper"), ready=varied)
    assert ran.status == 1
    assert "cannot be made" in ran.err
    bad = run("rollouts", ready=varied, ROLLSET_DATABASE_URL="mysql://user:secret@host/db")
    assert bad.status == 2
    assert "ROLLSET_DATABASE_URL is no URL of a PostgreSQL database" in bad.err
    assert "secret" not in bad.err


def test_a_claim_that_never_began_is_told_and_is_in_nobodys_way(small: Ready, tmp_path):
    path = f"/subscriptions/{small.subscription_id}/resourceGroups/myrg/providers/Microsoft.Compute"
    wanted = Wanted(scale_set=f"{path}/virtualMachineScaleSets/web", image="an image", started_by="ann@host")
    with open_database(SqliteState(directory=tmp_path / "state")) as database, Presence(database) as presence:
        claim(presence, wanted)
        assert "has not begun: nothing to stop" in run("stop", "myrg/web", ready=small).err
        assert "has not begun: nothing to see yet" in run("watch", "myrg/web", ready=small).err
        assert state(small) == "beginning"
    assert state(small) == "cut off"
    assert run(*UPGRADE, "--instances", "0", ready=small).status == 0
