"""`upgrade`, from the first word to the last, against an emulator: what it does, says, leaves behind and ends with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rollset.emulator.server import Ready
from tests.cli.driver import NEW, OLD, SMALL, account, emulated, fault, images, run, writes

TO_NEW = ("--image-version", NEW, "--yes")


def test_an_upgrade_brings_every_instance_onto_the_image(small: Ready):
    ran = run("upgrade", "myrg/web", "--image-version", "latest", "--yes", ready=small)
    assert ran.status == 0
    assert set(images(small).values()) == {NEW}
    assert account(small)["most_out_at_once"] == 1
    assert "5 instances to upgrade, at most 1 at once" in ran.out
    assert "Done: 5 of 5 chosen instances are on" in ran.out
    assert "upgraded      5 (0-4)" in ran.out
    assert "Continue with" not in ran.out


def test_lines_tell_each_step_once_with_the_time(small: Ready):
    ran = run("upgrade", "myrg/web", *TO_NEW, ready=small)
    lines = [line[10:] for line in ran.out.splitlines() if line[2:3] == ":" and line[5:6] == ":"]
    assert lines[0].startswith("myrg/web: MicrosoftWindowsServer:WindowsServer:2012-R2-Datacenter")
    assert lines[1] == f"the model names MicrosoftWindowsServer:WindowsServer:2012-R2-Datacenter:{NEW} now"
    assert lines[2].startswith("upgrading 0 (canary, alone")
    assert sum(line.startswith("upgrading") for line in lines) == 5
    assert lines[-1].startswith("4 on the image and healthy after")
    assert lines[-1].endswith("5 of 5 done")
    assert len(lines) == len(set(lines))


def test_json_is_one_document_and_progress_goes_to_stderr(small: Ready):
    ran = run("upgrade", "myrg/web", *TO_NEW, "--update-domain", "0,1", "-o", "json", ready=small)
    document = ran.document
    assert document["ending"] == "done"
    assert document["upgraded"] == ["0", "1"]
    assert document["failures"] == []
    assert document["continue_with"] is None
    assert document["seconds"] > 0
    assert 4 < document["arm_requests"] < 40
    assert "upgrading 0" in ran.err


def test_the_same_command_again_finds_nothing_to_do(small: Ready):
    run("upgrade", "myrg/web", *TO_NEW, ready=small)
    before = writes(small)
    ran = run("upgrade", "myrg/web", "--image-version", NEW, ready=small)
    assert ran.status == 0, "nothing to do needs no question"
    assert "nothing to do" in ran.out
    assert writes(small) == before
    again = run("upgrade", "myrg/web", "--image-version", NEW, "-o", "json", ready=small)
    assert (again.document["ending"], again.document["upgraded"]) == ("done", [])
    assert [one["reason"] for one in again.document["skipped"]] == ["on the image already"] * 5


def test_without_yes_and_without_a_terminal_nothing_is_written(small: Ready):
    ran = run("upgrade", "myrg/web", "--image-version", NEW, ready=small)
    assert ran.status == 4
    assert "5 instances to upgrade" in ran.out, "the plan is shown all the same"
    assert writes(small) == []
    assert (
        run("upgrade", "myrg/web", "--image-version", NEW, "-o", "json", ready=small).document["error"]["exit_status"]
        == 4
    )


def test_the_first_failure_stops_it_and_is_told_in_azures_words(small: Ready):
    fault(small, kind="upgrade-fails", set="myrg/web", instances=["1"], times=1)
    ran = run("upgrade", "myrg/web", *TO_NEW, ready=small)
    assert ran.status == 1
    assert "1: OSProvisioningTimedOut: OS Provisioning for VM" in ran.out
    assert f"Continue with:    rollset upgrade myrg/web --image-version {NEW} --yes" in ran.out
    assert [one for one, image in images(small).items() if image == OLD] == ["2", "3", "4"]


def test_a_failure_is_in_the_document(small: Ready):
    fault(small, kind="upgrade-fails", set="myrg/web", instances=["0"], times=1)
    ran = run("upgrade", "myrg/web", "--image-version", "latest", "--yes", "-o", "json", ready=small)
    assert ran.status == 1
    document = ran.document
    assert document["ending"] == "failed"
    assert [(one["instance"], one["code"]) for one in document["failures"]] == [("0", "OSProvisioningTimedOut")]
    assert document["continue_with"] == f"rollset upgrade myrg/web --image-version {NEW} --yes -o json"


def test_after_a_failure_the_same_command_continues(small: Ready):
    fault(small, kind="upgrade-fails", set="myrg/web", instances=["2"], times=1)
    assert run("upgrade", "myrg/web", *TO_NEW, ready=small).status == 1
    again = run("upgrade", "myrg/web", *TO_NEW, "-o", "json", ready=small)
    assert again.status == 0
    assert set(images(small).values()) == {NEW}
    assert {one["id"] for one in again.document["skipped"]} == {"0", "1"}


def test_an_instance_that_does_not_become_healthy_in_time_stops_it(small: Ready):
    fault(small, kind="boots-unhealthy", set="myrg/web", instances=["0"])
    ran = run("upgrade", "myrg/web", *TO_NEW, "--health-deadline", "1s", "-o", "json", ready=small)
    assert ran.status == 1
    assert [(one["instance"], one["code"]) for one in ran.document["failures"]] == [("0", "HealthDeadline")]
    assert list(images(small).values()).count(OLD) == 4


def test_no_wait_starts_the_first_step_and_says_how_to_look_again(small: Ready):
    ran = run("upgrade", "myrg/web", *TO_NEW, "--no-wait", ready=small)
    assert ran.status == 0
    assert "Started: asked for the first step: 0" in ran.out
    assert f"Look again with:  rollset show {small.subscription_id}/myrg/web" in ran.out
    assert f"Continue with:    rollset upgrade myrg/web --image-version {NEW} --yes" in ran.out
    assert sum("manualupgrade" in one for one in writes(small)) == 1


def test_switch_policy_sets_manual_and_puts_automatic_back():
    with emulated(SMALL.replace("capacity: 5", "capacity: 5, upgrade_policy: Automatic")) as ready:
        ran = run("upgrade", "myrg/web", *TO_NEW, "--switch-policy", ready=ready)
        assert ran.status == 0
        assert "the upgrade policy was Automatic and is Manual now" in ran.out
        assert "the upgrade policy was Manual and is Automatic now" in ran.out
        assert set(images(ready).values()) == {NEW}
        assert account(ready)["most_out_at_once"] == 1
        assert run("show", "myrg/web", "-o", "json", ready=ready).document["upgrade_policy"] == "Automatic"


def test_batches_and_a_custom_image():
    fleet = json.dumps(
        {
            "scale_sets": [
                {"resource_group": "myrg", "name": "web", "capacity": 4, "image": {"uri": "https://a.b/vhds/one.vhd"}}
            ]
        }
    )
    with emulated(fleet) as ready:
        two = ("--image-uri", "https://a.b/vhds/two.vhd", "--yes")
        ran = run("upgrade", "myrg/web", *two, "--batch-size", "2", "--max-unavailable", "2", ready=ready)
        assert ran.status == 0, ran.err
        assert set(images(ready).values()) == {"https://a.b/vhds/two.vhd"}


def test_throttling_is_waited_out_and_told(small: Ready):
    fault(small, kind="http", status=429, retry_after=1, times=1, method="GET", path_contains="virtualMachines")
    ran = run("upgrade", "myrg/web", *TO_NEW, "--instances", "0", ready=small)
    assert ran.status == 0
    assert "going on in 1 s" in ran.out


@pytest.mark.parametrize("image", ["MicrosoftWindowsServer:WindowsServer:2012-R2-Datacenter:latest"])
def test_the_continuing_command_is_pinned_to_what_latest_was(small: Ready, image: str):
    ran = run("upgrade", "myrg/web", "--image", image, "--yes", "--no-wait", ready=small)
    assert f"--image MicrosoftWindowsServer:WindowsServer:2012-R2-Datacenter:{NEW} --yes" in ran.out


def test_what_the_rollout_before_took_is_what_boot_time_is_held_against(small: Ready, tmp_path: Path):
    file = tmp_path / "back.yaml"
    file.write_text(f"image: {{version: {OLD}}}\npolicy: {{max_unavailable: 2, compare: {{min_instances: 2}}}}\n")
    asked = ("myrg/web", "-f", str(file), "-o", "json")
    before = run("plan", *asked, ready=small).document["notes"]
    assert "boot time is told and not judged: no rollout that is known here brought them to their image" in before
    run("upgrade", "myrg/web", *TO_NEW, ready=small)
    (former,) = run("rollouts", "--all", "-o", "json").document["rollouts"]
    (note,) = [one for one in run("plan", *asked, ready=small).document["notes"] if one.startswith("boot time")]
    assert note.startswith(
        f"boot time is held against what {former['id']} took for 5 of them, upgrade against upgrade: "
    )
    document = run("upgrade", *asked, "--yes", ready=small).document
    assert document["ending"] == "done", "two against three can always be chance"
    (boot,) = [one for one in document["compared"][0]["differences"] if one["trait"] == "boot time"]
    assert former["id"] in boot["detail"]
    assert (boot["upgraded_count"], boot["rest_count"]) == (2, 3)
