"""`--window` and `--freeze`, as flags and in a file: what the plan says of them, and what is refused."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from rollset.emulator.server import Ready
from tests.cli.driver import NEW, run, writes

TO_NEW = ("myrg/web", "--image-version", NEW)


def test_the_plan_tells_the_next_openings_and_whether_all_fits(small: Ready):
    planned = run("plan", *TO_NEW, "--window", "0 22 * * * 6h UTC nights", ready=small)
    assert planned.status == 0
    text = " ".join(planned.out.split())
    assert "batches start only when they are expected to end inside (13 min for an upgrade" in text
    moment = r"\w{3} \d+ \w{3} \d{4} \d\d:\d\d UTC"
    assert re.search(f"(now|from {moment}) until {moment}, then from {moment} until {moment}, then", text)
    assert "nine times in ten all of it fits into the first" in text


def test_the_plan_tells_machines_the_openings_as_data(small: Ready):
    nights = ("--window", "0 22 * * * 6h UTC nights", "--freeze", "2038-12-24 UTC")
    told = run("plan", *TO_NEW, *nights, "-o", "json", ready=small).document["openings"]
    assert (told["batch_seconds"], len(told["next"])) == (750, 3)
    opens, closes = (datetime.fromisoformat(told["next"][1][word]) for word in ("opens", "closes"))
    assert (opens.hour, opens.minute, closes - opens) == (22, 0, timedelta(hours=6))
    assert told["next"][1]["window"] == "window nights"
    assert told["used"] in (1, 2), "two where the first is open already, and nearly over"
    assert datetime.fromisoformat(told["ends_by"]) < closes
    assert run("plan", *TO_NEW, "-o", "json", ready=small).document["openings"] is None


def test_a_file_says_the_same_as_the_flags(small: Ready, tmp_path: Path):
    path = tmp_path / "rollout.yaml"
    path.write_text(
        f"scale_set: myrg/web\nimage: {{version: {NEW}}}\npolicy:\n"
        "  windows: [{cron: '0 22 * * *', duration: 6h, zone: UTC}, '30 3 * * 6 2h America/New_York']\n"
        "  freezes: [{days: [2038-12-24], zone: UTC}]\n"
    )
    flags = (
        "--window",
        "0 22 * * * 6h UTC",
        "--window",
        "30 3 * * 6 2h America/New_York",
        "--freeze",
        "2038-12-24 UTC",
    )
    by_flags = run("plan", *TO_NEW, *flags, "-o", "yaml", ready=small)
    assert run("plan", "-f", str(path), "-o", "yaml", ready=small).out == by_flags.out
    assert "zone: America/New_York" in by_flags.out


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--window", "0 22 * * * 10m UTC"), "no batch could ever start: no window within 400 days is long enough"),
        (("--window", "0 22 * * * 1h UTC", "--bake", "1h"), "13 min for an upgrade, as long as none of this run has"),
        (
            ("--freeze", "2020-01-01/2999-01-01 UTC"),
            "no batch could ever start: no time outside the freezes within 400",
        ),
        (("--window", "22 * * 4h UTC"), "Invalid value for '--window': cannot read '22 * * 4h UTC' as a window"),
        (("--window", "0 22 * * * 4h Europe/Berlni"), "did you mean Europe/Berlin?"),
        (("--freeze", "2026-12-24"), "Invalid value for '--freeze'"),
    ],
)
def test_what_can_never_be_is_refused_before_anything_is_written(small: Ready, flags: tuple[str, ...], said: str):
    before = len(writes(small))
    ran = run("upgrade", *TO_NEW, *flags, "--yes", ready=small)
    assert ran.status == 2
    assert said in " ".join(ran.err.split())
    assert len(writes(small)) == before
    assert "Traceback" not in ran.err
