"""`--engine azure` from the first word to the last: as flags, as a file, refused, paused, and in the history."""

from __future__ import annotations

from pathlib import Path

import pytest

from rollset.emulator.server import Ready
from tests.cli.background import Background
from tests.cli.driver import NEW, OLD, URN, account, emulated, fault, images, run, writes

SETS = f"""
scale_sets:
  - {{resource_group: myrg, name: web, capacity: 6, image: "{URN}:{OLD}", upgrade_policy: Rolling, health: extension}}
  - {{resource_group: myrg, name: hand, capacity: 3, image: "{URN}:{OLD}", health: extension}}
"""
FILE = f"""\
scale_set: myrg/web
image: {{version: {NEW}}}
policy:
  engine: azure
  max_unavailable: 34%
  pause: 1s
"""
FLAGS = ("myrg/web", "--image-version", NEW, "--engine", "azure", "--max-unavailable", "34%", "--pause", "1s")


@pytest.fixture
def rolling():
    with emulated(SETS) as ready:
        yield ready


def test_azure_is_handed_the_batches_and_everyone_is_read_back(rolling: Ready):
    ran = run("upgrade", *FLAGS, "--yes", ready=rolling)
    assert ran.status == 0, ran.err
    assert set(images(rolling).values()) == {NEW}
    assert account(rolling)["most_out_at_once"] <= 2
    assert "Azure's own rolling upgrade sends the instances off, with batches of 33%" in ran.out
    assert "Azure's rolling upgrade was told to begin" in ran.out
    assert "Done: 6 of 6 chosen instances are on" in ran.out
    assert not any("manualupgrade" in one for one in writes(rolling))
    told = run("events", "myrg/web", ready=rolling).out
    assert "taken by Azure's rolling upgrade" in told


def test_a_file_says_what_the_flags_say_and_what_is_written_reads_the_same(rolling: Ready, tmp_path: Path):
    (path := tmp_path / "rollout.yaml").write_text(FILE)
    by_file = run("plan", "-f", str(path), "-o", "json", ready=rolling).document
    by_flags = run("plan", *FLAGS, "-o", "json", ready=rolling).document
    assert by_file["hash"] == by_flags["hash"]
    path.write_text(run("plan", *FLAGS, "-o", "yaml", ready=rolling).out)
    assert "engine: azure" in path.read_text()
    assert run("plan", "-f", str(path), "-o", "json", ready=rolling).document["hash"] == by_flags["hash"]


@pytest.mark.parametrize(
    ("flags", "status", "said"),
    [
        (("myrg/web", "--canary", "2"), 2, "it has no canary"),
        (("myrg/web", "--instances", "1"), 2, "instance 1 is a part of it"),
        (("myrg/web", "--max-failures", "2"), 2, "it has nothing for policy.max_failures and policy.retries"),
        (("myrg/web", "--window", "0 22 * * * 4h UTC"), 2, "it has nothing for policy.windows and policy.freezes"),
        (("myrg/web", "--compare", "5%"), 2, "it has nothing for policy.compare; leave that out"),
        (("myrg/web", "--repair"), 2, "it has nothing for policy.repair; leave that out"),
        (("myrg/web", "--no-wait"), 2, "--no-wait"),
        (("myrg/hand",), 4, "needs Rolling; add --switch-policy"),
    ],
)
def test_what_azure_cannot_do_is_refused_in_words(rolling: Ready, flags: tuple[str, ...], status: int, said: str):
    usual = ("--image-version", NEW, "--engine", "azure", "--max-unavailable", "34%", "--yes")
    ran = run("upgrade", *flags, *usual, ready=rolling)
    assert (ran.status, writes(rolling)) == (status, [])
    assert said in ran.err


def test_a_pause_is_refused_and_a_stop_cancels(rolling: Ready):
    fault(rolling, kind="hangs", set="myrg/web", instances=["0"], times=1)
    with Background("upgrade", *FLAGS, "--yes", ready=rolling) as upgrade:
        upgrade.until(lambda: "taken by Azure" in run("events", "myrg/web", ready=rolling).out)
        pause = run("pause", "myrg/web", ready=rolling)
        assert (pause.status, "which cannot be paused: rollset stop" in pause.err) == (2, True)
        assert run("stop", "myrg/web", "--no-wait", ready=rolling).status == 0
        upgrade.until(lambda: any("rollingUpgrades/cancel" in one for one in writes(rolling)))
