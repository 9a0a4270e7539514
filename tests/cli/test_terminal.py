"""`upgrade` on a real terminal: the question, the live view, Ctrl-C once and twice, and continuing."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from rollset.emulator.server import Ready
from tests.cli.background import asked
from tests.cli.driver import NEW, OLD, SMALL, account, emulated, fault, images, restart, run, writes
from tests.cli.terminal import Terminal
from tests.support.patience import until

UPGRADE = ("upgrade", "myrg/web", "--image-version", NEW)


def until_asked(ready: Ready, times: int) -> None:
    """Azure was asked to upgrade instances so often."""
    until(lambda: asked(ready) >= times, f"to be asked {times} times")


@pytest.fixture
def stuck(small: Ready) -> Ready:
    """The same five instances, of which 1 never comes back: nothing hurries whoever wants to press a key."""
    fault(small, kind="hangs", set="myrg/web", instances=["1"])
    return small


@pytest.fixture
def automatic() -> Iterator[Ready]:
    """The same under an Automatic policy, which would take all five down at once."""
    with emulated(SMALL.replace("capacity: 5", "capacity: 5, upgrade_policy: Automatic")) as ready:
        fault(ready, kind="hangs", set="myrg/web", instances=["1"])
        yield ready


def test_it_asks_and_tells_how_it_ended(small: Ready):
    with Terminal(*UPGRADE, env=small.env) as terminal:
        terminal.until("Go ahead? [y/N]:").press("y\n")
        assert terminal.ends() == 0
        assert "━━━━  5/5 done" in terminal.text
        assert "Done: 5 of 5 chosen instances" in terminal.text
        assert "\x1b[30;42m" in terminal.written, "up to date is green"
        assert terminal.written.count("\x1b[?25l") == terminal.written.count("\x1b[?25h"), "the cursor comes back"


def test_it_shows_the_heatmap_live(stuck: Ready):
    with Terminal(*UPGRADE, "--yes", env=stuck.env) as terminal:
        terminal.until("UD 1         ▲ 1").until("● up to date 1").until("▲ being upgraded 1").press("\x03")
        assert terminal.ends() == 130
        assert terminal.written.count("\x1b[?25l") == terminal.written.count("\x1b[?25h"), "the cursor comes back"


def test_a_terminal_that_stands_still_holds_nobody_up(small: Ready):
    fault(small, kind="hangs", set="myrg/web", instances=["1"], times=1)
    with Terminal(*UPGRADE, "--yes", env=small.env) as terminal:
        terminal.until("▲ being upgraded 1").press("\x13")  # Ctrl-S: whatever writes there waits.
        until_asked(small, 2)
        restart(small, "1")
        waited = run("wait", "myrg/web", "--timeout", "4m", ready=small)
        assert (waited.status, set(images(small).values())) == (0, {NEW}), waited.err
        terminal.press("\x11")
        assert terminal.ends() == 0
        assert "Done: 5 of 5 chosen instances" in terminal.text


@pytest.mark.parametrize("answer", ["n\n", "\n", "\x03", "\x04"], ids=["no", "enter", "ctrl-c", "end of input"])
def test_anything_but_yes_changes_nothing(small: Ready, answer: str):
    with Terminal(*UPGRADE, env=small.env) as terminal:
        terminal.until("Go ahead? [y/N]:").press_until(answer, "nothing was changed")
        assert terminal.ends() == 130
        assert "Traceback" not in terminal.text
    assert writes(small) == []


def test_without_colour_the_signs_stay(stuck: Ready):
    with Terminal(*UPGRADE, "--yes", env={**stuck.env, "NO_COLOR": "1"}) as terminal:
        terminal.until("▲ being upgraded 1").press("\x03")
        assert terminal.ends() == 130
        assert "\x1b[30;42m" not in terminal.written


def test_a_dumb_terminal_gets_plain_lines(small: Ready):
    with Terminal(*UPGRADE, "--yes", "--instances", "0", env={**small.env, "TERM": "dumb"}) as terminal:
        assert terminal.ends() == 0
        assert "0 on the image and healthy after" in terminal.text
        assert "\x1b[" not in terminal.written


def test_frames_stay_inside_a_small_window(small: Ready, monkeypatch: pytest.MonkeyPatch):
    """The window's own size counts, and not that of the terminal in which the tests run."""
    monkeypatch.setenv("COLUMNS", "80")
    with Terminal(*UPGRADE, "--yes", env=small.env, columns=50, rows=14) as terminal:
        assert terminal.ends() == 0
        live = terminal.text.split("in service now")[-1].split("Done:")[0]
        assert max(map(len, live.replace("\r", "\n").splitlines())) <= 50


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_the_first_signal_starts_nothing_more(stuck: Ready, number: signal.Signals):
    with Terminal(*UPGRADE, "--yes", env=stuck.env) as terminal:
        terminal.until("▲ 1").send(number)
        assert terminal.ends() == 130
        assert "Interrupted: nothing more is started" in terminal.text
        assert "in flight     1 (1)" in terminal.text
    # The second is noted before it is sent: a signal in between keeps it from going out.
    assert sum("manualupgrade" in one for one in writes(stuck)) in (1, 2)


def test_after_ctrl_c_the_same_command_continues(stuck: Ready):
    with Terminal(*UPGRADE, "--yes", env=stuck.env) as terminal:
        terminal.until("▲ 1")
        until_asked(stuck, 2)  # What is noted only is not sent after a Ctrl-C, and would hang in the second run.
        terminal.press("\x03")
        assert terminal.ends() == 130
        assert f"Continue with:    rollset upgrade myrg/web --image-version {NEW} --yes" in terminal.text
    restart(stuck, "1")
    again = run(*UPGRADE, "--yes", ready=stuck)
    assert again.status == 0
    assert set(images(stuck).values()) == {NEW}
    assert account(stuck)["most_out_at_once"] == 1


def test_ctrl_c_puts_a_switched_policy_back(automatic: Ready):
    with Terminal(*UPGRADE, "--yes", "--switch-policy", env=automatic.env) as terminal:
        terminal.until("▲ 1").press("\x03")
        assert terminal.ends() == 130
        assert "the model names" in terminal.text
    document = run("show", "myrg/web", "-o", "json", ready=automatic).document
    assert document["upgrade_policy"] == "Automatic"
    assert document["image"]["version"] == OLD, "or Azure would upgrade the rest at once"
    assert account(automatic)["most_out_at_once"] <= 1


def test_a_second_ctrl_c_ends_at_once_and_warns(automatic: Ready):
    with Terminal(*UPGRADE, "--yes", "--switch-policy", env=automatic.env) as terminal:
        terminal.until("▲ 1")
        fault(automatic, kind="http", status=429, retry_after=20, method="GET", path_contains="Sets/web")
        terminal.press("\x03").until("(reading scale set").press("\x03")
        assert terminal.ends() == 130
        said = " ".join(terminal.text.split())
        assert "left at once, in the middle of web-" in said
        assert "until then its upgrade policy may be Manual instead of Automatic" in said
        assert "Traceback" not in terminal.text
    listed = run("rollouts", "-o", "json", ready=automatic).document["rollouts"]
    assert [one["state"] for one in listed] == ["cut off"], "it stays open, to be carried on"


def test_json_keeps_stdout_clean_while_the_terminal_asks_and_shows(small: Ready, tmp_path: Path):
    with (
        (tmp_path / "out.json").open("wb") as out,
        Terminal(*UPGRADE, "-o", "json", "--instances", "0", env=small.env, stdout=out) as terminal,
    ):
        terminal.until("Go ahead? [y/N]:").press("y\n")
        assert terminal.ends() == 0
        assert "━━━━  1/1 done" in terminal.text
    assert json.loads((tmp_path / "out.json").read_text())["upgraded"] == ["0"]
