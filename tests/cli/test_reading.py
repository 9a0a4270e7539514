"""`list`, `show`, `images` and `plan`: what they say of a set of every kind, as text and as JSON; none writes."""

from __future__ import annotations

import pytest

from rollset.emulator.server import Ready
from tests.cli.driver import NEW, OLD, Ran, account, run, writes

GALLERY = "/subscriptions/{}/resourceGroups/img/providers/Microsoft.Compute/galleries/g/images/web"


@pytest.fixture(scope="module", autouse=True)
def _nothing_is_written(varied: Ready):
    yield
    assert writes(varied) == []


def test_list_counts_the_outdated(varied: Ready):
    rows = {line.split()[0]: line.split() for line in run("list", ready=varied).out.splitlines()}
    assert rows["myvmss"][1:3] == ["myrg", "westus"]
    assert rows["myvmss"][-3:] == ["Manual", "20", "0"]
    assert rows["newest"][-1] == "1", "latest in a model means the newest version offered"
    assert rows["mixed"][-1] == "1"
    assert rows["auto"][-3] == "Automatic"
    assert rows["gallery"][3] == "g/web:1.0.0"


def test_list_as_json_has_the_exact_image(varied: Ready):
    sets = {one["name"]: one for one in run("list", "-o", "json", ready=varied).document["scale_sets"]}
    assert len(sets) == 11
    assert sets["newest"]["image"]["version"] == "latest"
    assert sets["newest"]["exact_image"]["version"] == NEW
    assert sets["newest"]["outdated"] == 1
    assert sets["blob"]["image"] == {
        "kind": "unmanaged",
        "text": "https://a.blob.core.windows.net/vhds/one.vhd",
        "uri": "https://a.blob.core.windows.net/vhds/one.vhd",
    }


def test_a_subscription_in_the_flag_outranks_the_environment(varied: Ready):
    ran = run("list", "--subscription", varied.subscription_id, ready=varied, AZURE_SUBSCRIPTION_ID="elsewhere")
    assert ran.status == 0


@pytest.mark.parametrize("form", ["{group}/{name}", "{subscription}/{group}/{name}", "{path}"])
def test_a_set_can_be_named_in_three_ways(varied: Ready, form: str):
    path = f"/subscriptions/{varied.subscription_id}/resourceGroups/MYRG/providers/Microsoft.Compute/virtualMachineScaleSets/myvmss"
    address = form.format(group="myrg", name="myvmss", subscription=varied.subscription_id, path=path)
    assert run("show", address, "-o", "json", ready=varied).document["name"] == "myvmss"


def test_show_draws_a_row_for_each_update_domain(varied: Ready):
    drawn = run("show", "myrg/myvmss", ready=varied).out
    assert [line.rstrip() for line in drawn.splitlines()[5:11]] == [
        "      FD 0   FD 1   FD 2   FD 3   FD 4",
        "UD 0   ●  0   ●  5   ● 10   ● 15",
        "UD 1          ●  1   ●  6   ● 11   ● 16",
        "UD 2   ● 17          ●  2   ●  7   ● 12",
        "UD 3   ● 13   ● 18          ●  3   ●  8",
        "UD 4   ●  9   ● 14   ● 19          ●  4",
    ]
    assert "● up to date 20" in drawn


def test_show_names_those_that_need_a_look(varied: Ready):
    shown = run("show", "myrg/mixed", ready=varied).out
    assert "■ 3" in shown
    assert "! 4" in shown
    assert "○ 5" in shown
    assert "protected from scale set actions: 1" in shown
    assert "power deallocated: 3" in shown
    assert "health unhealthy: 4" in shown
    assert "group" not in shown, "a deallocated instance has no placement group, and needs no grid of its own"


def test_show_draws_a_grid_for_each_zone(varied: Ready):
    shown = run("show", "other/zonal", ready=varied).out
    assert "zone 1         zone 2         zone 3" in shown
    assert "health: none" in shown


def test_show_says_what_latest_means_now(varied: Ready):
    assert f"latest (now MicrosoftWindowsServer:WindowsServer:2012-R2-Datacenter:{NEW})" in (
        run("show", "myrg/newest", ready=varied).out
    )


def test_show_of_a_set_without_instances(varied: Ready):
    assert "It has no instances." in run("show", "myrg/empty", ready=varied).out


def test_show_as_json_has_all_of_every_instance(varied: Ready):
    document = run("show", "myrg/mixed", "-o", "json", ready=varied).document
    instances = {one["id"]: one for one in document["instances"]}
    assert len(instances) == 10
    assert instances["1"]["protected"]
    assert instances["3"]["power"] == "deallocated"
    assert instances["4"]["health"] == "unhealthy"
    assert (instances["5"]["image"]["version"], instances["5"]["outdated"]) == (NEW, True)
    assert instances["0"] == {
        "id": "0",
        "update_domain": 0,
        "fault_domain": 0,
        "zone": None,
        "placement_group": account(varied, "myrg/mixed")["instances"][0]["placement_group"],
        "image": document["image"],
        "latest_model_applied": True,
        "provisioning": "Succeeded",
        "power": "running",
        "health": "healthy",
        "protected": False,
        "error": None,
        "outdated": False,
    }


def test_images_come_newest_first_with_who_runs_them(varied: Ready):
    lines = run("images", "myrg/myvmss", ready=varied).out.splitlines()[4:]
    assert [line.split()[:2] for line in lines[:2]] == [[NEW, "-"], [OLD, "20"]]
    assert lines[1].rstrip().endswith("in the model")


@pytest.mark.parametrize(
    ("name", "newer"), [("myrg/myvmss", [NEW]), ("myrg/newest", [NEW]), ("other/gallery", ["2.0.0", "1.10.0"])]
)
def test_newer_images_are_newer_than_what_is_there(varied: Ready, name: str, newer: list[str]):
    document = run("images", name, "--newer", "-o", "json", ready=varied).document
    assert [one["version"] for one in document["versions"]] == newer


def test_images_of_a_gallery_tell_what_the_gallery_tells(varied: Ready):
    versions = run("images", "other/gallery", "-o", "json", ready=varied).document["versions"]
    assert [(one["version"], one["instances"], one["excluded_from_latest"]) for one in versions] == [
        ("2.0.0", 0, True),
        ("1.10.0", 0, False),
        ("1.0.0", 3, False),
    ]
    assert "left out of latest" in run("images", "other/gallery", ready=varied).out


def plan(varied: Ready, *words: str, name: str = "myrg/myvmss", version: str = NEW) -> Ran:
    return run("plan", name, "--image-version", version, *words, ready=varied)


def going(ran: Ran) -> list[tuple[int, str]]:
    """Step and id of each instance that would be upgraded."""
    return [(one["step"], one["id"]) for one in ran.document["instances"] if one["action"] == "upgrade"]


def test_a_plan_goes_update_domain_by_update_domain(varied: Ready):
    ran = plan(varied, "-o", "json")
    assert [one for _, one in going(ran)] == [str(domain + 5 * row) for domain in range(5) for row in range(4)]
    assert ran.document["at_once"] == 2
    assert ran.document["instances"][0]["reason"] == "canary: alone, until it is on the image and healthy"
    assert ran.document["image"]["before"]["version"] == OLD
    assert ran.document["image"]["after"]["version"] == NEW
    assert ran.document["refused"] is None


def test_a_plan_for_people_shows_the_change_and_the_numbers(varied: Ready):
    text = plan(varied, version="latest").out
    assert f"{OLD} -> {NEW}" in text
    assert "at most 2 of 20 out at once (10%)" in text
    assert "20 instances to upgrade, at most 2 at once; 20 of 20 in service now" in text


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        ("--update-domain 0,2", ["0", "5", "10", "15", "2", "7", "12", "17"]),
        ("--fault-domain 1", ["5", "1", "18", "14"]),
        ("--instances 1,4,7-9", ["1", "7", "8", "4", "9"]),
        ("--update-domain 0 --instances 0-9", ["0", "5"]),
        ("--order fault-domain --update-domain 0", ["0", "5", "10", "15"]),
    ],
)
def test_each_selection_means_what_it_says(varied: Ready, words: str, ids: list[str]):
    assert [one for _, one in going(plan(varied, "-o", "json", *words.split()))] == ids


def test_a_zone_and_a_placement_group_can_be_chosen(varied: Ready):
    zonal = plan(varied, "-o", "json", "--zone", "2", name="other/zonal")
    assert [one for _, one in going(zonal)] == ["1", "4", "7"]
    group = account(varied, "myrg/myvmss")["instances"][0]["placement_group"]
    assert len(going(plan(varied, "-o", "json", "--placement-group", group.upper()))) == 20


@pytest.mark.parametrize(
    ("words", "sizes"),
    [
        ("", [1, 2, 1]),
        ("--max-unavailable 4", [1, 3]),
        ("--max-unavailable 25%", [1, 3]),
        ("--canary 2", [2, 2]),
        ("--batch-size 3 --max-unavailable 3 --pause 1m", [1, 3]),
        ("--batch-size 3", [1, 2, 1]),
    ],
)
def test_each_pace_means_what_it_says(varied: Ready, words: str, sizes: list[int]):
    steps = [step for step, _ in going(plan(varied, "-o", "json", "--update-domain", "0", *words.split()))]
    assert [steps.count(step) for step in sorted(set(steps))] == sizes


def test_the_skipped_are_listed_with_their_reason(varied: Ready):
    ran = plan(varied, name="myrg/mixed")
    assert "skipped: 1 (protected from scale set actions)" in ran.out
    assert "skipped: 5 (on the image already)" in ran.out
    skipped = [
        one for one in plan(varied, "-o", "json", name="myrg/mixed").document["instances"] if one["action"] == "skip"
    ]
    assert [(one["id"], one["step"]) for one in skipped] == [("1", None), ("3", None), ("5", None)]


def test_without_a_health_source_the_plan_says_what_decides(varied: Ready):
    assert "note: no health source" in plan(varied, name="other/zonal").out


def test_a_plan_that_would_be_refused_is_shown_all_the_same(varied: Ready):
    ran = plan(varied, name="myrg/auto")
    assert ran.status == 4
    assert "6 instances to upgrade" in ran.out
    assert "upgrade would refuse this: myrg/auto has the upgrade policy Automatic" in ran.err
    as_json = plan(varied, "-o", "json", name="myrg/auto")
    assert as_json.status == 4
    assert "--switch-policy" in as_json.document["refused"]
    assert plan(varied, "--switch-policy", name="myrg/auto").status == 0


def test_another_kind_of_image_can_be_planned(varied: Ready):
    gallery = GALLERY.format(varied.subscription_id)
    image = run("plan", "other/gallery", "--image-id", gallery, "-o", "json", ready=varied).document["image"]
    assert image["after"]["version"] == "1.10.0", "2.0.0 is left out of latest"
    blob = ("--image-uri", "https://a.blob.core.windows.net/vhds/two.vhd")
    assert run("plan", "other/blob", *blob, ready=varied).status == 0
