"""Every operation of the HTTP API over real HTTP, each answer held against the description. Hostile ones are in
`test_api_hostile.py`."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.openapi.models import OpenAPI
from jsonschema import Draft202012Validator

from rollset.emulator.server import Ready
from tests.cli.driver import NEW, URN, act, run
from tests.web.apiserved import Api, api_served, faults

SET = "/api/sets/{subscription}/{group}/{name}"
FILE = f"image:\n  version: '{NEW}'\npolicy:\n  max_unavailable: 2\n".encode()


@pytest.fixture
def api(small: Ready, tmp_path: Path) -> Iterator[Api]:
    with api_served(small, tmp_path / "state") as one:
        yield one


def asked(
    api: Api, method: str, path: str, body: object = None, *, status: int = 200, role: str = "operator", **parts: str
):
    """The answer, which has that status and is as the description says. `path` is one of its templates."""
    template, _, query = path.partition("?")
    parts = {"subscription": api.ready.subscription_id, "group": "myrg", "name": "web", **parts}
    answer = api.ask(method, template.format(**parts) + (f"?{query}" if query else ""), body, role=role)
    assert answer.status == status, answer.text
    assert faults(api.description, template, method, answer) == []
    return answer


def seen(api: Api, method: str, path: str, body: object = None, **more: Any) -> Any:
    return asked(api, method, path, body, **more).document


def begun(api: Api, file: bytes = FILE) -> str:
    plan = seen(api, "POST", f"{SET}/plan", file)["plan"]["hash"]
    return seen(api, "POST", f"{SET}/rollouts?plan={plan}", file, status=201)["id"]


def restarted(api: Api) -> str:
    told = seen(api, "POST", f"{SET}/acts/price", {"act": "restart", "selection": {"update_domains": [2]}})
    yes = {"key": told["key"], "token": told["price"]["token"], "name": "web"}
    return seen(api, "POST", f"{SET}/acts", yes, status=201)["id"]


def test_one_set_is_the_document_of_the_command(api: Api):
    shown = run("show", "myrg/web", "-o", "json", ready=api.ready).document
    assert seen(api, "GET", SET, role="viewer") == shown


def test_what_the_region_offers_is_the_document_of_the_command(api: Api):
    shown = run("images", "myrg/web", "-o", "json", ready=api.ready).document
    assert seen(api, "GET", f"{SET}/images", role="viewer") == shown
    found = seen(api, "GET", f"{SET}/choices", role="viewer")
    assert NEW in [one["value"] for one in found["choices"]["image.version"]]
    assert {"path": "sku.capacity", "value": "5"} in found["read"]


def test_sets_are_listed_filtered_and_sorted(api: Api):
    found = seen(api, "GET", "/api/sets?text=web&sort=name&limit=1", role="viewer")
    assert [one["name"] for one in found["scale_sets"]] == ["web"]
    assert seen(api, "GET", "/api/sets?text=nothing-is-called-so", role="viewer")["matched"] == 0
    assert sum(seen(api, "GET", "/api/sets/filters", role="viewer")["regions"].values()) == found["total"]


def test_an_act_is_begun_once_its_price_was_said_yes_to(api: Api):
    told = seen(api, "POST", f"{SET}/acts/price", {"act": "restart", "selection": {"update_domains": [2]}})
    assert told["price"]["instances"] == ["2"]
    yes = {"key": told["key"], "token": told["price"]["token"], "name": "web"}
    act = seen(api, "POST", f"{SET}/acts", yes, status=201)
    assert (act["by"], act["instances"]) == ("token operator", ["2"])
    assert seen(api, "GET", "/api/acts/{act}", act=act["id"], role="viewer")["result"] is None
    assert [one["id"] for one in seen(api, "GET", "/api/acts", role="viewer")["acts"]] == [act["id"]]
    assert [one["id"] for one in seen(api, "GET", f"{SET}/acts", role="viewer")["acts"]] == [act["id"]]
    assert seen(api, "GET", "/api/acts/{act}/facts", act=act["id"], role="viewer") == {"facts": []}
    again = seen(api, "POST", f"{SET}/acts", yes, status=400)
    assert "said yes to already" in again["detail"]


def test_without_the_name_of_the_set_a_dangerous_act_is_told_anew(api: Api):
    told = seen(api, "POST", f"{SET}/acts/price", {"act": "deallocate", "all": True})
    problem = seen(api, "POST", f"{SET}/acts", {"key": told["key"], "token": told["price"]["token"]}, status=400)
    again = problem["proposal"]
    assert again["price"]["dangerous"]
    yes = {"key": again["key"], "token": again["price"]["token"], "name": "web"}
    assert seen(api, "POST", f"{SET}/acts", yes, status=201)["kind"] == "deallocate"


def test_an_edit_that_stands_on_old_values_tells_both_sides(api: Api):
    read = [{"path": "sku.capacity", "value": "4"}]
    problem = seen(api, "POST", f"{SET}/acts/price", {"act": "scale", "to": 6, "read": read}, status=409)
    assert [(one["read"], one["now"], one["wanted"]) for one in problem["conflicts"]] == [("4", "5", "6")]


def test_a_file_with_faults_is_refused_with_each_of_them(api: Api):
    problem = seen(api, "POST", f"{SET}/plan", b"policy:\n  pauze: 1m\n  retries: x\n", status=422)
    assert [(one["path"], one["line"]) for one in problem["faults"]][:2] == [("policy.pauze", 2), ("policy.retries", 3)]


def test_a_form_and_its_file_follow_each_other(api: Api):
    first = seen(api, "GET", f"{SET}/form?instance=1&instance=2&instance=3&zone=", role="viewer")
    assert "instances: ['1-3']" in first["file"].replace('"', "'") or "1-3" in first["file"], first["file"]
    changed = {"file": first["file"], "was": first["was"], "values": {"policy.max_unavailable": ["2"]}}
    both = seen(api, "POST", f"{SET}/form", changed, role="viewer")
    assert (both["values"]["policy.max_unavailable"], both["usable"]) == ("2", True)
    assert "  max_unavailable: 2\n" in both["file"]
    wrong = {"file": both["file"].replace(": 2", ": x"), "was": both["was"]}
    told = seen(api, "POST", f"{SET}/form", wrong, role="viewer")
    assert (list(told["faults"]), told["usable"]) == (["policy.max_unavailable"], False)


def test_a_file_is_kept_for_whoever_is_sent_the_address_of_its_plan(api: Api):
    kept = seen(api, "POST", f"{SET}/drafts", FILE, status=201, role="viewer")
    assert kept["page"].endswith(f"/roll/plans/{kept['draft']}")
    shown = seen(api, "GET", f"{SET}/drafts/{{draft}}", draft=kept["draft"], role="viewer")
    assert shown == kept
    assert kept["file"].encode() == FILE
    begun_with = seen(api, "GET", f"{SET}/form?draft={kept['draft']}", role="viewer")
    assert begun_with["values"]["policy.max_unavailable"] == "2"
    seen(api, "POST", f"{SET}/drafts", b"policy: [", status=422, role="viewer")
    assert "is not kept here" in seen(api, "GET", f"{SET}/drafts/{{draft}}", draft="x", status=404)["detail"]


def test_a_file_may_be_json(api: Api):
    body = {"image": {"version": NEW}, "policy": {"max_unavailable": "2"}}
    first, second = (seen(api, "POST", f"{SET}/plan", one)["plan"]["hash"] for one in (body, FILE))
    assert first == second


def test_exactly_the_plan_that_was_agreed_to_is_begun(api: Api):
    plan = seen(api, "POST", f"{SET}/plan", FILE)["plan"]
    assert (plan["upgrades"], plan["at_once"]) == (5, 1)
    other = seen(api, "POST", f"{SET}/rollouts?plan={'0' * len(plan['hash'])}", FILE, status=409)
    assert "was agreed to" in other["detail"]

    answer = asked(api, "POST", f"{SET}/rollouts?plan={plan['hash']}", FILE, status=201)
    rollout = answer.document["id"]
    assert answer.headers["location"] == f"/api/rollouts/{rollout}"
    status = run("status", rollout, "-o", "json", "--state", str(api.state), ready=api.ready).document
    shown = seen(api, "GET", "/api/rollouts/{rollout}", rollout=rollout, role="viewer")
    assert {**shown, "age_seconds": 0} == {**status, "age_seconds": 0}
    assert shown["begun_by"] == "token operator"

    again = seen(api, "POST", f"{SET}/rollouts?plan={plan['hash']}", FILE, status=409)
    assert f"is being rolled onto {URN}:{NEW}" in again["detail"]


def test_sent_again_the_rollout_that_goes_on_is_named_whatever_has_moved(api: Api):
    plan = seen(api, "POST", f"{SET}/plan", FILE)["plan"]["hash"]
    rollout = seen(api, "POST", f"{SET}/rollouts?plan={plan}", FILE, status=201)["id"]
    act(api.ready, "3", "deallocate")
    again = seen(api, "POST", f"{SET}/rollouts?plan={plan}", FILE, status=409)
    assert f"({rollout})" in again["detail"]
    assert "has moved" not in again["detail"]


def test_what_a_gate_sends_along_is_told_to_nobody_who_may_only_look(api: Api):
    gate = "{name: g, http: 'http://x.example/h?code=s3cret', headers: {X-Key: s3cret}}"
    rollout = begun(api, FILE + f"  gates: [{gate}]\n".encode())
    again = f"{SET}/form?again={rollout}"
    assert "s3cret" in seen(api, "GET", again)["file"], "whoever may begin it sees what he begins"
    asked(api, "GET", again, role="viewer", status=403)
    page = api.set.removeprefix("/api")
    known = [f"{page}/roll?again={rollout}", f"/rollouts/{rollout}", f"/rollouts/{rollout}.json", "/audit"]
    known += [f"/api/rollouts/{rollout}{below}" for below in ("", "/events", "/report", "/timeline")]
    for path in (*known, f"/api/journal?of={rollout}", f"{api.set}/rollouts"):
        answer = api.ask("GET", path, role="viewer")
        assert (answer.status == 403) == ("again" in path)
        assert "s3cret" not in answer.text, path


def test_rollouts_are_listed_with_their_events(api: Api):
    rollout = begun(api)
    listed = seen(api, "GET", "/api/rollouts?state=going", role="viewer")
    assert [one["id"] for one in seen(api, "GET", f"{SET}/rollouts?limit=5", role="viewer")["rollouts"]] == [rollout]
    report = api.ask("GET", f"/api/rollouts/{rollout}/report", role="viewer")
    assert report.headers["content-disposition"] == f'attachment; filename="{rollout}.html"'
    assert "<script" not in report.text
    assert ([one["id"] for one in listed["rollouts"]], listed["total"]) == ([rollout], 1)
    assert seen(api, "GET", "/api/rollouts?find=nothing-is-called-so", role="viewer")["total"] == 0
    events = seen(api, "GET", "/api/rollouts/{rollout}/events", rollout=rollout, role="viewer")["events"]
    assert [(one["entry"], one["event"], one["by"]) for one in events] == [(0, "begun", "token operator")]
    after = seen(api, "GET", "/api/rollouts/{rollout}/events?after=0", rollout=rollout, role="viewer")
    assert after == {"events": []}


def test_orders_are_left_for_the_worker(api: Api):
    rollout = begun(api)
    orders = "/api/rollouts/{rollout}/orders"
    offers = seen(api, "GET", orders, rollout=rollout)["offers"]
    assert "pause" in [one["verb"] for one in offers if not one["ask_first"]]
    looking = seen(api, "GET", orders, rollout=rollout, role="viewer")
    assert looking["offers"] == []
    assert "it takes the role operator" in looking["withheld"]
    paused = seen(api, "POST", orders, {"verb": "pause"}, rollout=rollout)
    assert [(one["verb"], one["by"], one["taken"]) for one in paused["orders"]] == [("pause", "token operator", False)]
    assert "is paused already" in seen(api, "POST", orders, {"verb": "pause"}, rollout=rollout, status=400)["detail"]


def test_only_an_approver_approves(api: Api):
    rollout = begun(api, FILE + b"  checkpoints: ['20%:approve']\n")
    orders = "/api/rollouts/{rollout}/orders"
    wish = {"verb": "approve", "checkpoint": 1}
    assert "takes the role approver" in seen(api, "POST", orders, wish, rollout=rollout, status=403)["detail"]
    seen(api, "POST", orders, {"verb": "stop"}, rollout=rollout, role="approver", status=403)
    other = {**wish, "plan": "0" * 12}
    assert "was approved" in seen(api, "POST", orders, other, rollout=rollout, role="approver", status=409)["detail"]
    approved = seen(api, "POST", orders, wish, rollout=rollout, role="approver")
    assert [(one["verb"], one["checkpoint"]) for one in approved["orders"]] == [("approve", 1)]


def test_streams_send_the_documents(api: Api):
    first = dict(api.events(f"{api.set}/stream", 2))
    assert first["set"]["capacity"] == 5
    shown = seen(api, "GET", SET)["instances"]
    assert [one | {"outdated": False} for one in first["instances"]["changed"]] == shown
    rollout = begun(api)
    told = dict(api.events(f"/api/rollouts/{rollout}/stream", 2))
    assert (told["event"]["event"], told["status"]["id"]) == ("begun", rollout)
    [(name, listed)] = api.events("/api/rollouts/stream?state=going", 1)
    assert (name, [one["id"] for one in listed["rollouts"]]) == ("rollouts", [rollout])
    api.get("/api/sets")
    [(name, window)] = api.events("/api/sets/stream?text=web", 1)
    assert (name, [one["name"] for one in window["scale_sets"]]) == ("sets", ["web"])
    act = restarted(api)
    [(name, now)] = api.events(f"/api/acts/{act}/stream", 1)
    assert (name, now) == ("act", seen(api, "GET", "/api/acts/{act}", act=act))
    asked(api, "POST", "/api/acts/{act}/stop", act=act)
    assert [name for name, _ in api.events(f"/api/acts/{act}/stream", 2)] == ["act", "gone"]


def test_streams_send_the_parts_of_their_pages_as_well(api: Api):
    rollout, act = begun(api), restarted(api)
    parts = {
        f"{api.set}/stream?form=html&show=power": "heatmap",
        f"/api/rollouts/{rollout}/stream?form=html": "standing",
        "/api/rollouts/stream?form=html": "listed",
        "/api/sets/stream?form=html": "counts",
        f"/api/acts/{act}/stream?form=html": "act",
    }
    for path, part in parts.items():
        [(name, sent)] = api.events(path, 1)
        assert (name, sent["id"]) == ("part", part), path


def test_who_asks_is_told_who_he_is(api: Api):
    assert seen(api, "GET", "/api/me", role="operator")["roles"] == ["operator", "viewer"]
    assert "has no session to end" in seen(api, "POST", "/api/sign-out", status=400, role="viewer")["detail"]


def test_what_was_done_is_in_the_audit_log(api: Api):
    rollout = begun(api)
    seen(api, "POST", "/api/rollouts/{rollout}/orders", {"verb": "pause"}, rollout=rollout)
    entries = seen(api, "GET", "/api/audit?limit=2", role="viewer")["entries"]
    assert [(one["did"], one["who"], one["outcome"]) for one in entries] == [
        ("pause", "token operator", "done"),
        ("roll", "token operator", "done"),
    ]


def test_azures_own_words_are_in_the_problem(api: Api):
    problem = seen(api, "GET", SET, name="nothing-is-called-so", status=404)
    assert problem["azure"]["code"] == "ResourceNotFound"
    assert problem["azure"]["request_id"]


def test_the_walk_of_the_page_works(api: Api, tmp_path: Path):
    walk = (Path(__file__).parents[2] / "docs" / "api.md").read_text().split("```")[3]
    for field, program in (("id", "d['id']"), ("plan.hash", "d['plan']['hash']")):
        reading = f"import json, sys; d = json.load(sys.stdin); print({program})"
        walk = walk.replace(f"jq -r .{field}", f'{sys.executable} -c "{reading}"')
    token = api.tokens["operator"]["Authorization"].removeprefix("Bearer ")
    known = {"TOKEN": token, "AZURE_SUBSCRIPTION_ID": api.ready.subscription_id}
    env = {"PATH": os.environ["PATH"], "DASHBOARD": f"http://127.0.0.1:{api.port}", **known}
    ran = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", walk], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "token operator" in ran.stdout
    assert [one["ended_at"] for one in api.get("/api/rollouts")["rollouts"]] == [None]


def test_the_description_is_complete(api: Api):
    described = api.description
    assert described["openapi"].startswith("3.1")
    assert described["servers"] == [{"url": "/api"}]
    ids = []
    for path, operations in described["paths"].items():
        for method, one in operations.items():
            ids.append(one["operationId"])
            assert all(one[name] for name in ("summary", "description", "tags")), (path, method)
            good = next(told for status, told in one["responses"].items() if status.startswith("2"))
            assert all("example" in kind for kind in good["content"].values()), (path, method)
            if "requestBody" in one:
                assert all("example" in kind for kind in one["requestBody"]["content"].values()), (path, method)
    assert len(ids) == len(set(ids))
    OpenAPI.model_validate(described)
    for schema in described["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    assert set(described["components"]["securitySchemes"]) == {"token", "session"}
