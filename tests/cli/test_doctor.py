"""`rollset doctor`, and what `upgrade` checks by itself, against an emulator. Sibling: tests/core/test_preflight.py.

Each row is a set with one thing wrong: the doctor finds it, and `upgrade` stops before it has written anything.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from rollset.emulator.server import Ready
from tests.cli.driver import NEW, OLD, SMALL, URN, emulated, fault, images, run, writes

TO_NEW = ("--image-version", NEW)
GALLERY = "/subscriptions/{subscription}/resourceGroups/img/providers/Microsoft.Compute/galleries/g/images/web/versions"
SOON = (datetime.now(UTC) + timedelta(days=10)).isoformat()
"""Ten days from the clock that `rollset` reads."""


def ask(ready: Ready, method: str, path: str, body: Any = None) -> Any:
    """An ARM request of somebody else, below the subscription."""
    with urlopen(
        Request(f"{ready.http}/metadata/identity/oauth2/token?resource=x", headers={"Metadata": "true"})
    ) as one:
        token = json.loads(one.read())["access_token"]
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    url = f"{ready.http}/subscriptions/{ready.subscription_id}{path}"
    with urlopen(Request(url, data=json.dumps(body or {}).encode(), method=method, headers=headers)) as answer:
        return answer.read()


def lock(ready: Ready, level: str) -> None:
    place = "/resourceGroups/myrg/providers/Microsoft.Authorization/locks/freeze?api-version=2020-05-01"
    ask(ready, "PUT", place, {"properties": {"level": level}})


def deprecate(ready: Ready, version: str, **members: str) -> None:
    body = json.dumps({"image": f"{URN}:{version}", **members}).encode()
    with urlopen(Request(f"{ready.http}/emulator/deprecate", data=body, headers={"Content-Type": "application/json"})):
        pass


def a_set(capacity: int = 5, *, image: Any = f"{URN}:{OLD}", more: str = "", **members: Any) -> str:
    """The fleet file of myrg/web."""
    one = {"resource_group": "myrg", "name": "web", "capacity": capacity, "image": image, **members}
    return f"scale_sets: [{json.dumps(one)}]\n{more}"


def names(document: Any, severity: str = "blocking") -> list[str]:
    return [one["name"] for one in document["findings"] if one["severity"] == severity]


CUSTOM = f"""
custom_images:
  - {{id: "{GALLERY}/1.0.0"}}
  - {{id: "{GALLERY}/2.0.0", regions: [eastus]}}
"""
LINUX = f'custom_images: [{{id: "{GALLERY}/1.0.0"}}, {{id: "{GALLERY}/2.0.0", os: Linux, generation: V1}}]'
BOUGHT = f"""
images:
  - {{urn: "{URN}", versions: [{OLD}, {NEW}], plan: {{name: dc, publisher: contoso, product: win}}}}
"""
ARM64 = """
images:
  - {urn: "MicrosoftWindowsServer:WindowsServer:arm", versions: [1.0.0], architecture: Arm64, generation: V1}
"""
IN_GALLERY = {"id": f"{GALLERY}/1.0.0"}

BLOCKED = [
    ("change-refused", SMALL, ("--image", "Canonical:UbuntuServer:18.04-LTS:latest"), 2),
    ("image-missing", SMALL, ("--image-version", "9.9.9"), 2),
    ("image-not-replicated", a_set(image=IN_GALLERY, more=CUSTOM), ("--image-version", "2.0.0"), 2),
    ("wrong-generation", a_set(size="Standard_A1_v2"), ("--image-sku", "2022-datacenter-g2"), 4),
    ("wrong-architecture", a_set(more=ARM64), ("--image-sku", "arm"), 4),
    ("wrong-system", a_set(image=IN_GALLERY, more=LINUX), ("--image-version", "2.0.0"), 4),
    ("plan-mismatch", a_set(more=BOUGHT), (*TO_NEW, "--accept", "terms-not-accepted"), 4),
    ("terms-not-accepted", a_set(more=BOUGHT), (*TO_NEW, "--accept", "plan-mismatch"), 4),
    (
        "no-way-back",
        a_set(instances={"2": {"image_version": "4.0.20150101"}}),
        (*TO_NEW, "--on-failure", "undo"),
        4,
    ),
    ("automatic-mode", a_set(upgrade_policy="Automatic"), TO_NEW, 4),
    ("rolling-mode", a_set(upgrade_policy="Rolling"), TO_NEW, 4),
    (
        "rolling-leftovers",
        a_set(upgrade_policy="Rolling"),
        (*TO_NEW, "--switch-policy", "--update-domain", "0"),
        4,
    ),
    ("downtime", a_set(1), TO_NEW, 4),
    ("no-window-fits", SMALL, (*TO_NEW, "--window", "0 22 * * 6 10m UTC", "--bake", "1h"), 2),
    ("budget-held", a_set(instances={"3": {"power": "deallocated"}}), TO_NEW, 4),
]


@pytest.mark.parametrize(("name", "fleet", "words", "status"), BLOCKED, ids=[row[0] for row in BLOCKED])
def test_what_blocks_is_found_and_stops_an_upgrade_before_it_writes(
    name: str, fleet: str, words: tuple[str, ...], status: int
):
    accepted = words[words.index("--accept") :] if "--accept" in words else ()
    wish = words[: len(words) - len(accepted)]
    with emulated(fleet) as ready:
        found = run("doctor", "myrg/web", *wish, "-o", "json", ready=ready)
        assert (found.status, name in names(found.document)) == (4, True), found.out
        assert name in found.err
        refused = run("upgrade", "myrg/web", *wish, "--yes", *accepted, ready=ready)
        assert refused.status == status, refused.err
        assert writes(ready) == []


def test_a_lock_stops_an_upgrade_until_it_is_accepted_and_then_azure_says_no(small: Ready):
    lock(small, "ReadOnly")
    before = writes(small)
    found = run("doctor", "myrg/web", *TO_NEW, ready=small)
    assert found.status == 4
    assert "the ReadOnly lock 'freeze' on resource group myrg refuses every write to myrg/web" in found.out
    refused = run("upgrade", "myrg/web", *TO_NEW, "--yes", ready=small)
    assert (refused.status, writes(small)) == (4, before)
    assert "--accept locked-read-only" in refused.err
    assert run("upgrade", "myrg/web", *TO_NEW, "--yes", "--accept", "locked-read-only", ready=small).status == 1


def test_a_deprecated_image_goes_on_when_it_is_accepted(small: Ready):
    deprecate(small, NEW, instead="2022-datacenter")
    found = run("doctor", "myrg/web", *TO_NEW, ready=small)
    assert found.status == 4
    assert "has been deprecated" in found.out
    assert "the publisher names 2022-datacenter instead" in found.out
    before = writes(small)
    assert run("upgrade", "myrg/web", *TO_NEW, "--yes", ready=small).status == 4
    assert writes(small) == before
    ran = run("upgrade", "myrg/web", *TO_NEW, "--yes", "--accept", "image-ended", ready=small)
    assert ran.status == 0, ran.err
    assert set(images(small).values()) == {NEW}


def test_an_old_image_that_is_about_to_go_is_told_and_stops_nobody(small: Ready):
    deprecate(small, OLD, state="ScheduledForDeprecation", at=SOON)
    ran = run("upgrade", "myrg/web", *TO_NEW, "--yes", ready=small)
    assert ran.status == 0
    assert "old-image-leaves" in ran.out
    assert f"which ends on {SOON[:10]}" in ran.out


def test_two_rolling_upgrades_at_a_time_are_one_too_many():
    with emulated(a_set(20, image=f"{URN}:latest", instances={"0": {"image_version": OLD}}), time_scale=1.0) as ready:
        place = "/resourceGroups/myrg/providers/Microsoft.Compute/virtualMachineScaleSets/web/osRollingUpgrade"
        ask(ready, "POST", f"{place}?api-version=2024-07-01")
        found = run("doctor", "myrg/web", *TO_NEW, "-o", "json", ready=ready)
        assert "azure-rolling" in names(found.document)
        before = writes(ready)
        assert run("upgrade", "myrg/web", *TO_NEW, "--yes", ready=ready).status == 4
        assert writes(ready) == before


def test_an_image_that_may_not_be_read():
    with emulated(a_set(image=IN_GALLERY, more=CUSTOM)) as ready:
        fault(ready, kind="forbid", method="GET", path_contains="/galleries/")
        found = run("doctor", "myrg/web", "--image-version", "2.0.0", "-o", "json", ready=ready)
        assert names(found.document) == ["image-unreadable"]
        assert "ask for a role that allows Microsoft.Compute/galleries" in found.document["findings"][0]["remedy"]
        assert run("upgrade", "myrg/web", "--image-version", "2.0.0", "--yes", ready=ready).status == 5


def test_the_example_on_the_page_is_what_it_prints():
    page = (Path(__file__).parent.parent.parent / "docs" / "policies" / "preflight.md").read_text()
    (example,) = re.findall(r"```\n(blocking: .*?)```", page, re.DOTALL)
    images_there = f'{{id: "{GALLERY}/1.0.0", end_of_life: "{SOON}"}}, {{id: "{GALLERY}/2.0.0", regions: [eastus]}}'
    fleet = a_set(
        18,
        image=IN_GALLERY,
        health="extension",
        instances={"3": {"health": "unhealthy"}},
        more=f"custom_images: [{images_there}]",
    )
    with emulated(fleet) as ready:
        ran = run("doctor", "myrg/web", "--image-version", "2.0.0", ready=ready)
    day = re.compile(r"ends on \S+, in \d+ days")
    assert day.sub("soon", ran.out).endswith(day.sub("soon", example))


def test_what_may_not_be_read_is_a_finding_and_never_the_end(small: Ready):
    for place in ("/locks", "/usages", "Microsoft.Compute/skus", "/autoscaleSettings", "/rollingUpgrades"):
        fault(small, kind="forbid", method="GET", path_contains=place)
    found = run("doctor", "myrg/web", *TO_NEW, "-o", "json", ready=small)
    assert found.status == 0
    unread = [one["fact"] for one in found.document["findings"] if one["name"] == "unread"]
    assert [fact.partition(" could not be read")[0] for fact in unread] == [
        "the locks of myrg/web",
        "the rolling upgrade of myrg/web",
        "the sizes of westus",
        "the quotas of westus",
        "the autoscale settings of myrg",
    ]
    assert run("upgrade", "myrg/web", *TO_NEW, "--yes", ready=small).status == 0


def test_a_sick_set_is_described_with_numbers():
    instances = {"1": {"health": "unhealthy"}, "2": {"protected": True}, "3": {"failed": "OSProvisioningTimedOut"}}
    with emulated(a_set(20, instances={**instances, "4": {"power": "stopped"}})) as ready:
        lock(ready, "CanNotDelete")
        body = {"name": "cores", "location": "westus", "limit": 41}
        urlopen(
            Request(
                f"{ready.http}/emulator/quotas",
                data=json.dumps(body).encode(),
                headers={"Content-Type": "application/json"},
            )
        ).close()
        found = run("doctor", "myrg/web", *TO_NEW, ready=ready)
        assert found.status == 0, found.out
    for words in (
        "1 of 20 instances is not healthy (1)",
        "1 instance has failed (3): OSProvisioningTimedOut",
        "1 of 20 instances is off (4)",
        "1 of 20 instances is protected from scale set actions (2)",
        "the CanNotDelete lock 'freeze'",
        "2 more of Standard_D2s_v3 need 4 of 'Total Regional vCPUs' in westus, and 1 of 41 are left",
    ):
        assert words in found.out


def test_without_an_image_the_set_itself_is_looked_at():
    with emulated(a_set(1, upgrade_policy="Automatic", health="none")) as ready:
        found = run("doctor", "myrg/web", "-o", "json", ready=ready)
        assert found.status == 4
        assert names(found.document) == ["automatic-mode", "downtime"]
        assert "no-health-source" in names(found.document, "warning")
        assert found.document["image"]["after"] == found.document["image"]["before"]
        assert writes(ready) == []


def test_only_what_blocks_can_be_accepted(small: Ready):
    ran = run("upgrade", "myrg/web", *TO_NEW, "--yes", "--accept", "lockd", ready=small)
    assert ran.status == 2
    assert "there is no finding 'lockd'; those that can be accepted are azure-rolling, image-ended" in ran.err
    assert writes(small) == []


def test_a_thousand_instances_cost_little_more_than_a_plan():
    with emulated(a_set(1000, single_placement_group=False)) as ready:
        urlopen(Request(f"{ready.http}/emulator/requests", method="DELETE")).close()
        assert run("plan", "myrg/web", *TO_NEW, ready=ready).status == 0
        with urlopen(f"{ready.http}/emulator/requests") as answer:
            plan = json.loads(answer.read())["total"]
        found = run("doctor", "myrg/web", *TO_NEW, "-o", "json", ready=ready)
    assert found.document["arm_requests"] <= 2 * plan


def test_what_an_upgrade_checks_costs_four_requests(small: Ready):
    def asked(command: str) -> int:
        urlopen(Request(f"{small.http}/emulator/requests", method="DELETE")).close()
        run(command, "myrg/web", *TO_NEW, ready=small)
        with urlopen(f"{small.http}/emulator/requests") as answer:
            return sum("/subscriptions/" in one["path"] for one in json.loads(answer.read())["recent"])

    assert asked("upgrade") - asked("plan") == 4
    assert asked("doctor") - asked("plan") == 7
