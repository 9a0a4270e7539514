"""Plans that are saved, agreed to by their hash, and carried out as they are or not at all."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from rollset.core.canonical import digest
from rollset.emulator.server import Ready
from tests.cli.background import Background
from tests.cli.driver import NEW, OLD, URN, emulated, images, run, writes

PLAN = ("plan", "myrg/web", "--image-version", "latest")


@pytest.fixture
def saved(small: Ready, tmp_path: Path) -> Path:
    """The plan for the whole set, in a file."""
    path = tmp_path / "plan.json"
    ran = run(*PLAN, "--save", str(path), ready=small)
    assert ran.status == 0, ran.err
    assert ran.err == f"rollset: saved; carry out exactly this with: rollset upgrade --plan {path}\n"
    return path


def test_a_plan_tells_integers_time_requests_the_way_back_and_its_hash(small: Ready):
    told = run(*PLAN, "--batch-size", "2", "--max-unavailable", "2", "-o", "json", ready=small).document
    assert (told["at_once"], told["steps"], told["upgrades"]) == (1, 5, 5), "one instance in each domain"
    assert told["lasts"]["measured"] == 0
    assert 600 < told["lasts"]["p50_seconds"] < told["lasts"]["p90_seconds"] < 10_000
    assert {one["bucket"] for one in told["requests"]} >= {"HighCostGetVMScaleSetResource", "UpdateVMScaleSetResource"}
    assert all(0 < one["expected"] <= one["gives"] for one in told["requests"])
    (back,) = told["undo"]["groups"]
    assert (back["image"]["version"], back["instances"]) == (OLD, ["0", "1", "2", "3", "4"])
    assert len(told["hash"]) == 64
    text = run(*PLAN, "--batch-size", "2", "--max-unavailable", "2", ready=small).out
    assert f"plan:  {told['hash'][:12]} " in text
    assert f"back:  0-4 to {URN}:{OLD}; the model to {URN}:{OLD}" in text
    assert "guessed at 5 min to 10 min an instance, for none has been upgraded yet" in text


def test_the_same_world_and_wish_make_the_same_hash_and_another_wish_another(small: Ready):
    hashes = [run(*PLAN, *more, "-o", "json", ready=small).document["hash"] for more in ((), (), ("--canary", "2"))]
    assert hashes[0] == hashes[1] != hashes[2]


def test_a_saved_plan_is_carried_out_and_its_hash_is_told_everywhere(small: Ready, saved: Path):
    full = json.loads(saved.read_text())["hash"]
    ran = run("upgrade", "--plan", str(saved), "--hash", full[:12], "--yes", "-o", "json", ready=small)
    assert ran.status == 0, ran.err
    assert set(images(small).values()) == {NEW}
    assert ran.document["plan_hash"] == full
    assert f"plan:    {full[:12]}" in run("status", "myrg/web", ready=small).out
    assert run("status", "myrg/web", "-o", "json", ready=small).document["plan_hash"] == full
    first = json.loads(run("events", "myrg/web", "-o", "json", ready=small).out.splitlines()[0])
    assert (first["entry"], first["event"], first["plan_hash"]) == (0, "begun", full)
    assert f"plan {full[:12]}" in run("events", "myrg/web", ready=small).out.splitlines()[0]


def test_a_part_of_a_set_with_everything_that_a_wish_may_hold(small: Ready, tmp_path: Path):
    path = tmp_path / "plan.json"
    more = (
        "--instances",
        "1-3",
        "--update-domain",
        "1,2,3",
        "--bake",
        "1s",
        "--checkpoint",
        "1:1s",
        "--batch-size",
        "1",
    )
    assert run(*PLAN, *more, "--save", str(path), ready=small).status == 0
    assert run("upgrade", "--plan", str(path), "--yes", ready=small).status == 0
    assert sorted(one for one, image in images(small).items() if image == NEW) == ["1", "2", "3"]


IMAGES = "/subscriptions/5b5c0000-0000-4000-8000-000000000001/resourceGroups/img/providers/Microsoft.Compute"


@pytest.mark.parametrize(
    ("name", "image"),
    [
        ("myrg/newest", ("--image-version", "latest")),
        ("myrg/mixed", ("--image-version", NEW, "--checkpoint", "25%:approve")),
        ("myrg/auto", ("--image-version", NEW, "--switch-policy")),
        ("other/zonal", ("--image-version", NEW, "--order", "zone", "--zone", "1,2")),
        ("other/gallery", ("--image-version", "latest")),
        ("other/managed", ("--image-id", f"{IMAGES}/images/golden2")),
        ("other/blob", ("--image-uri", "https://a.blob.core.windows.net/vhds/two.vhd")),
    ],
)
def test_a_set_of_any_kind_has_a_plan_that_is_found_again(
    varied: Ready, tmp_path: Path, name: str, image: tuple[str, ...]
):
    """Found again: what holds `upgrade` up is the question, which comes after the check."""
    path = tmp_path / "plan.json"
    more = ("--max-unavailable", "3")
    assert run("plan", name, *image, *more, "--save", str(path), ready=varied).status == 0
    before = writes(varied)
    ran = run("upgrade", "--plan", str(path), ready=varied)
    assert (ran.status, "no terminal to ask on" in ran.err) == (4, True), ran.err
    assert f"plan:  {json.loads(path.read_text())['hash'][:12]} " in ran.out
    assert writes(varied) == before


def test_a_plan_whose_world_has_moved_is_refused_by_name(small: Ready, saved: Path):
    assert run("upgrade", "myrg/web", "--image-version", NEW, "--instances", "1,2", "--yes", ready=small).status == 0
    before = writes(small)
    ran = run("upgrade", "--plan", str(saved), "--yes", ready=small)
    assert ran.status == 4
    assert ran.err.splitlines()[-1] == (
        f"rollset: myrg/web has moved since {saved} was made: the image of the model was {URN}:{OLD} and is {URN}:{NEW}"
        f"; instances 1, 2 on {URN}:{NEW} instead of {URN}:{OLD}; nothing was changed; plan again"
    )
    assert writes(small) == before


def test_a_plan_that_was_changed_by_hand_is_refused(small: Ready, saved: Path):
    for old, new in (
        ('"max_unavailable"', '"max_unavailabel"'),
        (f'"version": "{NEW}"', f'"version": "{OLD}"'),
        ('"id": "0"', '"id": "9"'),
    ):
        text = saved.read_text()
        changed = saved.with_name("changed.json")
        changed.write_text(text.replace(old, new, 1))
        if changed.read_text() == text:
            continue
        ran = run("upgrade", "--plan", str(changed), "--yes", ready=small)
        assert (ran.status, "was changed after it was written" in ran.err) == (2, True)
    assert writes(small) == []


def test_a_forged_checksum_does_not_make_it_the_plan_of_its_hash(small: Ready, saved: Path):
    document = json.loads(saved.read_text())
    del document["checksum"]
    document["exact"]["wish"]["pace"] = {"canary": 3}
    saved.write_text(json.dumps({**document, "checksum": digest(document)}))
    ran = run("upgrade", "--plan", str(saved), "--yes", ready=small)
    assert ran.status == 4
    assert f"and {document['hash'][:12]} was agreed to" in ran.err
    assert writes(small) == []


def test_only_the_plan_with_the_hash_is_carried_out(small: Ready, saved: Path):
    other = run(*PLAN, "--canary", "2", "-o", "json", ready=small).document["hash"]
    wrong = run("upgrade", "myrg/web", "--image-version", "latest", "--hash", other[:12], "--yes", ready=small)
    assert wrong.status == 4
    assert f"and {other[:12]} was agreed to" in wrong.err
    assert run("upgrade", "--plan", str(saved), "--hash", other, "--yes", ready=small).status == 4
    assert writes(small) == []
    right = ("upgrade", "myrg/web", "--image-version", "latest", "--canary", "2", "--hash", other[:12], "--yes")
    assert run(*right, ready=small).status == 0


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is no JSON"),
        ("[]", "holds no plan"),
        ("{}", "it says form None, and form 1 is known"),
        ('{"form": 2, "exact": {}}', "it says form 2"),
        ('{"form": 1, "exact": {}}', "was changed after it was written"),
        ("[" * 100_000, "is no JSON"),
    ],
)
def test_what_is_no_plan_is_one_sentence(small: Ready, tmp_path: Path, content: str, said: str):
    path = tmp_path / "plan.json"
    path.write_text(content)
    ran = run("upgrade", "--plan", str(path), "--yes", ready=small)
    assert (ran.status, ran.err.count("\n")) == (2, 1)
    assert said in ran.err


def test_a_plan_says_all_of_it(small: Ready, saved: Path):
    for more in (("myrg/web",), ("--max-unavailable", "2"), ("--image-version", NEW)):
        ran = run("upgrade", "--plan", str(saved), *more, "--yes", ready=small)
        assert (ran.status, "--plan says all of it" in ran.err) == (2, True)
    assert "cannot save the plan" in run(*PLAN, "--save", "/nowhere/plan.json", ready=small).err
    assert "cannot read 'abc' as the hash" in run("upgrade", "--plan", str(saved), "--hash", "abc", ready=small).err


def test_an_approval_binds_to_the_hash(tmp_path: Path):
    with emulated() as ready:
        words = ("upgrade", "myrg/web", "--image-version", NEW, "--yes", "--checkpoint", "1:approve")
        with Background(*words, ready=ready) as rolling:
            rolling.until(lambda: _state(ready) == "waits for approval")
            full = run("status", "myrg/web", "-o", "json", ready=ready).document["plan_hash"]
            wrong = run("approve", "myrg/web", "--hash", "0123456789ab", ready=ready)
            assert (wrong.status, f"carries out plan {full[:12]}, and 0123456789ab was approved" in wrong.err) == (
                4,
                True,
            )
            assert _state(ready) == "waits for approval"
            shown = re.search(
                r"^approve: (rollset approve .* --hash [0-9a-f]{12})$",
                run("status", "myrg/web", ready=ready).out,
                re.MULTILINE,
            )
            assert shown is not None
            assert run(*shlex.split(shown[1])[1:], ready=ready).status == 0
            assert rolling.ends()[0] == 0
        assert set(images(ready).values()) == {NEW}


def _state(ready: Ready) -> str:
    ran = run("status", "myrg/web", "-o", "json", ready=ready)
    return ran.document["state"] if ran.status == 0 else ""
