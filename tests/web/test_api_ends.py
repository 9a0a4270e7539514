"""Rollouts and acts of every ending, and sets of every kind, through every operation of the API that shows them: each
answer is held against the description, for one that differs would be an error of the server."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rollset.emulator.server import Ready
from rollset.web import looks
from tests.cli.background import Background
from tests.cli.driver import NEW, OLD, URN, VARIED, emulated, fault, run
from tests.web.apiserved import Api, api_served, faults

ROLLOUT, ACT, SET = "/rollouts/{rollout}", "/acts/{act}", "/sets/{subscription}/{group}/{name}"
UPGRADE = ("upgrade", "myrg/web", "--yes", "--image-version", NEW)
AZURES = f"scale_sets: [{{resource_group: myrg, name: web, capacity: 4, image: '{URN}:{OLD}', upgrade_policy: Rolling, health: extension}}]"
LARGER = f"scale_sets: [{{resource_group: myrg, name: web, capacity: 12, image: '{URN}:{OLD}'}}]"


def told(api: Api, template: str, **parts: str) -> Any:
    """What an operation answers, which is as the description says."""
    path = template.format(**{"subscription": api.ready.subscription_id, **parts})
    answer = api.ask("GET", f"/api{path}")
    assert answer.status == 200, (path, answer.text)
    assert faults(api.description, f"/api{template}", "GET", answer) == []
    return answer.document


def ending(api: Api) -> tuple[str, ...]:
    """How the newest rollout ended, and with it all others, after everything that is told of each."""
    endings = []
    for row in told(api, "/rollouts")["rollouts"]:
        shown = told(api, ROLLOUT, rollout=row["id"])
        timeline = told(api, f"{ROLLOUT}/timeline", rollout=row["id"])
        line = told(api, f"{ROLLOUT}/availability", rollout=row["id"])
        events = told(api, f"{ROLLOUT}/events", rollout=row["id"])["events"]
        streamed = api.events(f"/api/rollouts/{row['id']}/stream", len(events) + 1)
        assert [data for name, data in streamed if name == "event"] == events
        assert {bar["instance"] for bar in timeline["bars"]} >= set(
            shown["outcome"]["upgraded"] if shown["outcome"] else ()
        )
        assert line["least"] is None or 0 <= line["least"] <= line["levels"][0]["serving"]
        endings.append(shown["ending"])
    return tuple(endings)


Rolled = tuple[Ready, Path]
"""An emulator, and where the state of rollouts is."""


@pytest.fixture
def rolled(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Rolled]:
    fleet = getattr(request, "param", None)
    with emulated(*([fleet] if fleet else []), time_scale=3000.0) as ready:
        yield ready, tmp_path / "state"


def do(rolled: Rolled, *argv: str, status: int = 0) -> Any:
    ready, state = rolled
    ran = run(*argv, ready=ready, ROLLSET_STATE=str(state))
    assert ran.status == status, (ran.status, ran.err, ran.out)
    return ran


def ends(rolled: Rolled) -> tuple[str, ...]:
    with api_served(*rolled) as api:
        return ending(api)


def test_done_and_taken_back(rolled: Rolled):
    do(rolled, *UPGRADE, "--bake", "1s")
    do(rolled, "undo", "myrg/web", "--yes")
    assert ends(rolled) == ("undone", "done")


def test_only_begun(rolled: Rolled):
    do(rolled, *UPGRADE, "--no-wait")
    assert ends(rolled) == ("started",)


def test_failed_and_failed_and_turned_back(rolled: Rolled):
    fault(rolled[0], kind="upgrade-fails", set="myrg/web", instances=["1", "3"], times=2)
    do(rolled, *UPGRADE, status=1)
    do(rolled, *UPGRADE, "--on-failure", "undo", status=1)
    assert ends(rolled) == ("undone", "failed")


def test_not_healthy_in_time(rolled: Rolled):
    fault(rolled[0], kind="boots-unhealthy", set="myrg/web", instances=["0"])
    do(rolled, *UPGRADE, "--health-deadline", "1s", status=1)
    assert ends(rolled) == ("failed",)


def test_stopped_at_a_checkpoint_interrupted_and_cut_off(rolled: Rolled):
    ready, state = rolled
    at = {"ready": ready, "ROLLSET_STATE": str(state)}

    def holds() -> bool:
        return "waits for approval" in run("rollouts", "-o", "json", **at).out

    with Background(*UPGRADE, "--checkpoint", "1:approve", **at) as one:
        one.until(holds)
        do(rolled, "pause", "myrg/web")
        with api_served(*rolled) as api:
            assert ending(api) == (None,)
        do(rolled, "stop", "myrg/web")
        assert one.ends()[0] == 3
    with Background(*UPGRADE, "--checkpoint", "40%:approve", **at) as two:
        two.until(holds)
        assert two.ends(signal.SIGINT)[0] == 130
    with Background(*UPGRADE, "--checkpoint", "60%:approve", **at) as three:
        three.until(holds)
        three.kill()
    assert ends(rolled) == (None, "interrupted", "stopped")


@pytest.mark.parametrize(
    ("rolled", "flags"),
    [
        pytest.param(None, ("--surge", "2"), id="with more instances meanwhile"),
        pytest.param(AZURES, ("--engine", "azure", "--max-unavailable", "50%", "--pause", "0s"), id="by Azure itself"),
        pytest.param(LARGER, ("--compare", "5%", "--max-unavailable", "6"), id="compared"),
        pytest.param(None, ("--vm-size", "Standard_D2s_v3", "--set", "tags.team=web"), id="with a model"),
        pytest.param(None, ("--instances", "1,3"), id="some"),
    ],
    indirect=["rolled"],
)
def test_done_in_another_way(rolled: Rolled, flags: tuple[str, ...]):
    do(rolled, *UPGRADE, *flags)
    assert ends(rolled) == ("done",)


def test_a_rollout_that_waits_for_a_worker(rolled: Rolled):
    do(rolled, *UPGRADE, "--detach")
    assert ends(rolled) == (None,)


def test_nothing_to_do(rolled: Rolled):
    do(rolled, "upgrade", "myrg/web", "--yes", "--image-version", OLD)
    assert ends(rolled) == ()


def test_choices_while_azure_does_not_answer(rolled: Rolled, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(looks, "ANSWER_SECONDS_MAX", 1.0)
    with api_served(*rolled) as api:
        fault(rolled[0], kind="storm", share=1, statuses=[503], retry_after=60)
        path = SET.format(subscription=api.ready.subscription_id, group="myrg", name="web")
        answer = api.ask("GET", f"/api{path}/choices")
        assert answer.status == 504, answer.text
        assert faults(api.description, f"/api{SET}/choices", "GET", answer) == []


GALLERY = "/subscriptions/{subscription}/resourceGroups/img/providers/Microsoft.Compute"
OTHERS = {
    "gallery": ("--image-id", f"{GALLERY}/galleries/g/images/web/versions/1.10.0"),
    "managed": ("--image-id", f"{GALLERY}/images/golden2"),
    "blob": ("--image-uri", "https://a.blob.core.windows.net/vhds/two.vhd"),
}


@pytest.mark.parametrize("rolled", [VARIED], indirect=True)
def test_images_of_one_s_own(rolled: Rolled):
    ready, _ = rolled
    for name, (flag, image) in OTHERS.items():
        do(rolled, "upgrade", f"other/{name}", "--yes", flag, image.format(subscription=ready.subscription_id))
    assert ends(rolled) == ("done", "done", "done")


WITHOUT_VERSIONS = ("managed", "unmanaged")

FLEXIBLE = f"""
- {{resource_group: other, name: flexible, capacity: 3, orchestration: Flexible, zones: ["1", "2"], image: "{URN}:{OLD}"}}
"""


@pytest.fixture(scope="module")
def varied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    fleet = VARIED + FLEXIBLE.replace("\n-", "\n  -")
    with emulated(fleet) as ready, api_served(ready, tmp_path_factory.mktemp("varied") / "state") as one:
        yield one


def test_sets_of_every_kind(varied: Api):
    """With images of the marketplace, of a gallery, managed ones and blobs, with zones, Flexible, and without instances."""
    names = [tuple(one["id"].split("/")[4::4]) for one in told(varied, "/sets")["scale_sets"]]
    kinds = set()
    for group, name in names:
        parts = {"group": group, "name": name}
        shown = told(varied, SET, **parts)
        kinds.add((shown["orchestration"], shown["image"]["kind"]))
        for below in ("choices", "acts", *(["images"] if shown["image"]["kind"] not in WITHOUT_VERSIONS else [])):
            told(varied, f"{SET}/{below}", **parts)
        first = varied.events(f"/api/sets/{varied.ready.subscription_id}/{group}/{name}/stream", 1)
        assert first[0][1]["id"] == shown["id"]
        for wish in ({"act": "restart", "all": True}, {"act": "scale", "to": 4}, {"act": "reimage", "all": True}):
            path = f"{SET.format(subscription=varied.ready.subscription_id, **parts)}/acts/price"
            answer = varied.ask("POST", f"/api{path}", wish)
            assert answer.status == 200 or answer.status in (400, 409), (name, answer.text)
            assert answer.status != 200 or faults(varied.description, f"/api{SET}/acts/price", "POST", answer) == []
        plan = varied.ask(
            "POST", f"/api{path.removesuffix('/acts/price')}/plan", {"model": {"vm_size": "Standard_D4s_v3"}}
        )
        assert plan.status == 200 or plan.status in (400, 409), (name, plan.text)
        assert plan.status != 200 or faults(varied.description, f"/api{SET}/plan", "POST", plan) == []
    assert len(names) == 12
    assert kinds == {
        ("Flexible", "platform"),
        *(("Uniform", one) for one in ("platform", "gallery", "managed", "unmanaged")),
    }


def test_acts_of_every_ending(rolled: Rolled):
    """Done, failed in part, refused, in conflict, withdrawn; each with its result and its facts."""
    ready, _ = rolled
    do(rolled, "act", "myrg/web", "power-off", "--instances", "0,1", "--yes")
    do(rolled, "act", "myrg/web", "deallocate", "--instances", "2", "--yes")
    fault(ready, kind="allocation-fails", set="myrg/web", times=1)
    do(rolled, "act", "myrg/web", "start", "--all", "--yes", status=1)
    do(rolled, "act", "myrg/web", "edit", "--image-version", NEW, "--to", "6", "--yes")
    do(rolled, "act", "myrg/web", "upgrade", "--instances", "3", "--yes")
    do(rolled, "act", "myrg/web", "protect", "--instances", "3", "--yes")
    do(rolled, "act", "myrg/web", "delete", "--instances", "1", "--yes")
    fault(ready, kind="http", status=409, times=1, method="PATCH", path_contains="virtualMachineScaleSets")
    ran = run("act", "myrg/web", "scale", "--to", "7", "--yes", ready=ready, ROLLSET_STATE=str(rolled[1]))
    do(rolled, "act", "myrg/web", "restart", "--instances", "0", "--yes", "--detach")
    with api_served(*rolled) as api:
        rows = told(api, "/acts")["acts"]
        assert rows[0]["state"] == "queued"
        withdrawn = api.ask("POST", f"/api{ACT.format(act=rows[0]['id'])}/stop")
        assert faults(api.description, f"/api{ACT}/stop", "POST", withdrawn) == []
        assert (withdrawn.status, withdrawn.document["ending"]) == (200, "withdrawn")
        again = api.ask("POST", f"/api{ACT.format(act=rows[0]['id'])}/stop")
        assert (again.status, "nothing to" in again.document["detail"]) == (400, True)
        assert api.ask("POST", f"/api{ACT.format(act=rows[1]['id'])}/stop", role="viewer").status == 403
        audited = api.get("/api/audit?limit=3")["entries"]
        assert ("stop", "done") in {(one["did"], one["outcome"]) for one in audited}
        results = []
        for row in told(api, "/acts")["acts"]:
            shown = told(api, ACT, act=row["id"])
            facts = told(api, f"{ACT}/facts", act=row["id"])["facts"]
            assert (shown["result"] is None) == (shown["ending"] in (None, "withdrawn"))
            assert facts or shown["result"] is None
            results.append(shown["ending"])
    assert results[:2] == ["withdrawn", "done" if ran.status == 0 else "failed"]
    assert "failed" in results
