"""`rollset` pointed at a dashboard: it prints what it prints where the state is, and survives what servers do."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rollset.cli import ordering, rolling_there
from rollset.client import line as lines
from rollset.emulator.server import Ready
from rollset.engine.records import unpack
from rollset.faces.journals import read_reading
from tests.cli.background import Background, asked
from tests.cli.driver import NEW, OLD, URN, Ran, fault, images, restart, run, writes
from tests.support.patience import until
from tests.web.apiserved import Api, api_served
from tests.web.test_api import begun

FILE = f"image:\n  version: '{NEW}'\npolicy:\n  max_unavailable: 1\n  checkpoints: ['2:approve']\n".encode()
JSON_FILE = {"image": {"version": NEW}}
OLD_IMAGE = f"{URN}:{OLD}"
WORKER = r"start one with: .*"
"""A worker is started where the state is."""

PLACES = (
    WORKER,
    r"\d+(\.\d+)? (s|min|h) ago|just now",
    r'"age_seconds": [\d.]+',
    r'"ends_p\d0": "[^"]*"',
    r"ends: .*",
    r"\(request [^)]*\)",
    r'"state": "(/|http)[^"]*"',
    r'"looked_at": "[^"]*"',
)


@pytest.fixture
def api(small: Ready, tmp_path: Path) -> Iterator[Api]:
    with api_served(small, tmp_path / "state") as one:
        yield one


def there(api: Api, *argv: str, role: str = "operator", **variables: str) -> Ran:
    """As from another machine, with a state of its own; the server lives in this process, and needs its Azure."""
    token = api.tokens[role]["Authorization"].removeprefix("Bearer ")
    ran = run(
        *argv,
        ready=api.ready,
        **{"ROLLSET_SERVER": f"http://127.0.0.1:{api.port}", "ROLLSET_TOKEN": token, **variables},
    )
    assert token not in ran.out + ran.err
    return ran


def here(api: Api, *argv: str) -> Ran:
    return run(*argv, ready=api.ready, ROLLSET_STATE=str(api.state))


def timeless(text: str) -> str:
    for one in PLACES:
        text = re.sub(one, "...", text)
    return re.sub(" +", " ", text)  # Columns are as wide as the ages in them.


def check_same(api: Api, *argv: str, role: str = "viewer") -> Ran:
    """The command says the same wherever it is asked, and ends in the same way."""
    far, near = there(api, *argv, role=role), here(api, *argv)
    while told(far) != told(near) and told(again := there(api, *argv, role=role)) != told(far):
        # A rollout that goes on has gone on meanwhile; it comes to rest.
        far, near = again, here(api, *argv)
    assert told(far) == told(near)
    return far


def told(ran: Ran) -> tuple[int, str, str]:
    return ran.status, timeless(ran.out), timeless(ran.err)


def worker(api: Api) -> Background:
    return Background("worker", ready=api.ready, ROLLSET_STATE=str(api.state))


def word(api: Api, rollout: str) -> str:
    return str(there(api, "status", rollout, "-o", "json").document["state"])


def test_whatever_is_told_of_rollouts_is_told_alike(api: Api):
    assert "there is no rollout in http://127.0.0.1" in there(api, "rollouts").err
    rollout = begun(api, FILE)
    for output in ("table", "json"):
        check_same(api, "rollouts", "-o", output)
    waits = check_same(api, "status", rollout).out
    assert "no worker yet" in waits
    with worker(api):
        until(lambda: word(api, rollout) == "waits for approval", "the checkpoint")
        assert "approve:" in check_same(api, "status", "myrg/web").out
        check_same(api, "status", rollout[:-1], "-o", "json")
        assert len(check_same(api, "events", rollout, "-o", "json").out.splitlines()) > 5
        check_same(api, "events", rollout)
        check_same(api, "rollouts", "-o", "json")
        assert "is approved" in there(api, "approve", rollout, role="approver").out
        waited = there(api, "wait", rollout, "-o", "json")
        assert (waited.status, waited.document["ending"]) == (0, "done")
    for argv in (
        ["rollouts", "--all"],
        ["status", rollout],
        ["events", rollout],
        ["watch", rollout],
        ["wait", rollout],
    ):
        assert check_same(api, *argv).status == 0
    assert "begun by token operator" in check_same(api, "events", rollout).out


def test_orders_reach_a_rollout_through_its_server(api: Api):
    fault(api.ready, kind="hangs", set="myrg/web", instances=["1"], times=1)
    rollout = begun(api, FILE.replace(b"  checkpoints: ['2:approve']\n", b""))
    assert "no worker is running to obey it" in there(api, "pause", rollout).out
    assert "is not paused" not in there(api, "resume", rollout, "--no-wait").out
    with worker(api):
        until(lambda: asked(api.ready) == 2, "the second instance")
        paused = there(api, "pause", rollout)
        assert (paused.status, "in flight still, and waited for: 1" in paused.out) == (0, True)
        assert "is paused already, by token operator" in there(api, "pause", rollout).out
        assert there(api, "approve", rollout, role="approver").status == 2
        assert "goes on" in there(api, "resume", rollout).out
        there(api, "stop", rollout, "--no-wait")
        restart(api.ready, "1")
        assert there(api, "wait", rollout).status == 3
        assert check_same(api, "stop", rollout).status == 2

        unasked = there(api, "undo", rollout)
        assert (unasked.status, "no terminal to ask on" in unasked.err) == (4, True)
        assert f"{NEW[:-4]}0126" in unasked.out
        undone = there(api, "undo", rollout, "--yes", "-o", "json")
        assert undone.status == 0, undone.err
        assert undone.document["outcome"]["ending"] == "undone"
        again = there(api, "undo", rollout, "--yes")
        assert (again.status, "left nothing to bring back" in again.err) == (2, True)


def test_whose_worker_is_on_its_way_nobody_is_told_to_start_one(
    small: Ready, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(ordering, "TAKEN_SECONDS_MAX", 0.0)
    with api_served(small, tmp_path / "state", brings_worker=True) as api:
        words = ("upgrade", "myrg/web", "--image-version", "latest", "--subscription", api.ready.subscription_id)
        left = there(api, *words, "--yes", "--detach", "-o", "json")
        paused = there(api, "pause", left.document["rollout"])
    assert (left.status, "worker" in left.err) == (0, False), left.err
    assert "pause is ordered, and not taken in yet" in paused.out


def test_a_role_or_a_token_that_is_missing_is_one_sentence(api: Api):
    rollout = begun(api, FILE)
    refused = there(api, "stop", rollout, role="viewer")
    assert (refused.status, "takes the role operator, and token viewer has viewer" in refused.err) == (5, True)
    assert json.loads(here(api, "status", rollout, "-o", "json").out)["orders"] == []
    wrong = there(api, "status", rollout, ROLLSET_TOKEN="rollset_wrong")
    assert (wrong.status, "opens nothing" in wrong.err, "rollset_wrong" in wrong.err) == (5, True, False)
    none = there(api, "status", rollout, ROLLSET_TOKEN="")
    assert (none.status, "ROLLSET_TOKEN holds no token" in none.err) == (5, True)
    broken = there(api, "status", rollout, ROLLSET_TOKEN="rollset_x\r\nX: y")
    assert (broken.status, "cannot be a token" in broken.err) == (5, True)
    missing = there(api, "status", "nobody-0000")
    assert (missing.status, "no rollout begins with 'nobody-0000'" in missing.err) == (2, True)
    for one in (refused, wrong, none, broken, missing):
        assert len(one.err.splitlines()) == 1


@pytest.mark.parametrize(
    ("server", "words", "status"),
    [
        ("http://rollset.example.com", "by https alone", 2),
        ("https://me:secret@rollset.example.com", "holds a name or a password", 2),
        ("ftp://rollset.example.com", "no URL with a host", 2),
        ("https://rollset.example.com/api", "nothing may follow the host", 2),
        ("http://127.0.0.1:9", "cannot reach the dashboard at http://127.0.0.1:9 (Connection refused)", 1),
    ],
)
def test_an_address_that_cannot_be_used_is_one_sentence(
    server: str, words: str, status: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(lines, "OPEN_SECONDS_MAX", 0.0)
    ran = run("rollouts", ROLLSET_SERVER=server, ROLLSET_TOKEN="rollset_x")
    assert (ran.status, words in ran.err, len(ran.err.splitlines())) == (status, True, 1), ran.err
    assert "secret" not in ran.err


def test_a_watch_outlives_the_server_that_it_asks(small: Ready, tmp_path: Path):
    state = {"ROLLSET_STATE": str(tmp_path / "state")}
    token = run("serve", "token", "add", "ci", "--role", "operator", "--role", "approver", **state).out.strip()

    @contextmanager
    def serving(port: str = "0") -> Iterator[dict[str, str]]:
        """The variables that point at it, once it listens: whoever asks a free port often enough talks to himself."""
        with Background("serve", "--port", port, "--no-worker", ready=small, **state) as server:
            yield {"ROLLSET_SERVER": line_of(server).split()[-1], "ROLLSET_TOKEN": token}

    words = ("--image-version", NEW, "--checkpoint", "2:approve", "--yes", "--detach")
    rollout = str(run("upgrade", "myrg/web", *words, "-o", "json", ready=small, **state).document["rollout"])
    with Background("worker", ready=small, **state):
        with serving() as remote:
            until(lambda: run("status", rollout, "-o", "json", **remote).document["checkpoint"] == 1, "the checkpoint")
            watch = Background("watch", rollout, ready=small, **remote)
            assert "5 instances, at most 1 at once" in line_of(watch)
        with watch:
            assert "Connection refused" in line_of(watch)
            with serving(remote["ROLLSET_SERVER"].rstrip("/").rpartition(":")[2]):
                assert "is approved" in run("approve", rollout, **remote).out
                status, said = watch.ends()
    assert (status, "answers again" in said, "Done: 5 of 5 chosen instances" in said) == (0, True, True), said


def line_of(process: Background) -> str:
    """The next line that it says."""
    assert process.process.stdout is not None, "it was opened with a pipe"
    return process.process.stdout.readline()


def test_sets_are_listed_shown_and_planned_alike(api: Api):
    of_ours = ("--subscription", api.ready.subscription_id)
    until(lambda: '"outdated": 0' in there(api, "list", "-o", "json").out, "the inventory's look")
    assert check_same(api, "list", "-o", "json", *of_ours).status == 0
    near, far = here(api, "list", *of_ours).out.splitlines(), there(api, "list", *of_ours).out.splitlines()
    assert [one in other for one, other in zip(near, far, strict=True)] == [True, True]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rollset.cli.list.OLD_SECONDS", 0)
        heading, row = there(api, "list", *of_ours).out.splitlines()
    assert (heading.split()[-1], row.endswith(("ago", "just now"))) == ("seen", True)
    for argv in (["show", "myrg/web"], ["show", "myrg/web", "-o", "json"]):
        assert check_same(api, *argv, *of_ours).status == 0
    missing = check_same(api, "show", "myrg/nobody", *of_ours)
    assert missing.status == 2

    plan = ("plan", "myrg/web", "--image-version", "latest", "--checkpoint", "2:approve", *of_ours)
    for output in ("table", "json", "yaml"):
        assert check_same(api, *plan, "-o", output, role="operator").status == 0
    wrong = check_same(api, "plan", "myrg/web", "--image-version", "9.9.9", *of_ours, role="operator")
    assert wrong.status == 2
    several = [there(api, *plan, role="viewer") for _ in range(4)]
    assert (several[0].status, several[-1].status) == (0, 1)
    assert "its limits are shared with rollouts; try again in" in several[-1].err


def test_an_upgrade_is_begun_at_the_server_and_followed_from_here(api: Api):
    words = ("upgrade", "myrg/web", "--image-version", "latest", "--subscription", api.ready.subscription_id)
    asked_for = there(api, *words)
    assert (asked_for.status, "there is no terminal to ask on" in asked_for.err) == (4, True)
    forbidden = there(api, *words, "--yes", role="viewer")
    assert (forbidden.status, "takes the role operator" in forbidden.err) == (5, True)
    other = there(api, *words, "--yes", "--hash", "0" * 12)
    assert (other.status, "was agreed to" in other.err) == (4, True)
    unsafe = there(api, *words, "--yes", "--surge", "1", "--no-wait")
    assert (unsafe.status, "cannot go with --no-wait (start_only)" in unsafe.err) == (2, True)
    unsafe = api.ask(
        "POST", f"{api.set}/rollouts?plan={'0' * 64}&start_only=true", {**JSON_FILE, "policy": {"surge": 1}}
    )
    assert (unsafe.status, unsafe.document["detail"]) == (
        400,
        "policy.surge.add cannot go with start_only: nobody would delete the old instances",
    )
    assert writes(api.ready) == []

    left = there(api, *words, "--yes", "--detach", "-o", "json")
    assert left.status == 0, left.err
    assert "no worker is running" in left.err
    again = there(api, *words, "--yes")
    assert (again.status, f"follow it with: rollset watch {left.document['rollout']}" in again.err) == (4, True)
    with worker(api):
        assert there(api, "wait", left.document["rollout"]).status == 0
        assert set(images(api.ready).values()) == {NEW}
        nothing = there(api, *words, "--yes")
        assert (nothing.status, "nothing to do" in nothing.out) == (0, True)
        back = there(api, "upgrade", "myrg/web", "--image-version", OLD, "--yes", *words[-2:])
    assert back.status == 0, back.err
    assert f"{NEW} -> {OLD}" in back.out
    assert "Done: 5 of 5 chosen instances" in back.out


def test_a_saved_plan_is_carried_out_there_exactly_or_not_at_all(api: Api, tmp_path: Path):
    of_ours, saved = ("--subscription", api.ready.subscription_id), str(tmp_path / "plan.json")
    wish = ("--image-version", "latest", "--instances", "1-3", "--bake", "1s", "--checkpoint", "1:1s")
    server = f"http://127.0.0.1:{api.port}"
    made = there(api, "plan", "myrg/web", *wish, "--save", saved, "--server", server, *of_ours)
    assert (made.status, f"rollset upgrade --plan {saved} --server {server}" in made.err) == (0, True)
    full = json.loads(Path(saved).read_text())["hash"]
    other = there(api, "upgrade", "--plan", saved, "--hash", "0" * 12, "--yes")
    assert (other.status, "was agreed to" in other.err) == (4, True)
    with worker(api):
        ran = there(api, "upgrade", "--plan", saved, "--hash", full[:12], "--yes", "-o", "json")
        assert (ran.status, ran.document["plan_hash"]) == (0, full), ran.err
    assert sorted(one for one, image in images(api.ready).items() if image == NEW) == ["1", "2", "3"]
    before = writes(api.ready)
    again = there(api, "upgrade", "--plan", saved, "--yes")
    assert (again.status, writes(api.ready)) == (4, before)
    assert f"myrg/web has moved since {saved} was made: the image of the model was {OLD_IMAGE} and is" in again.err


def test_the_first_step_alone_is_asked_for_there_and_nobody_waits_for_it(api: Api):
    fault(api.ready, kind="hangs", set="myrg/web", instances=["0"], times=1)
    words = ("upgrade", "myrg/web", "--image-version", "latest", "--subscription", api.ready.subscription_id)
    with worker(api):
        started = there(api, *words, "--yes", "--no-wait", "-o", "json")
    assert (started.status, started.document["ending"], started.document["in_flight"]) == (0, "started", ["0"])
    assert asked(api.ready) == 1


def test_a_beginning_whose_answer_is_lost_is_looked_for_and_not_sent_again(api: Api, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(rolling_there, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(rolling_there, "BEGUN_SECONDS_MAX", 0.2)
    words = ("upgrade", "myrg/web", "--image-version", "latest", "--subscription", api.ready.subscription_id)
    with swallowing(api.port, b"/rollouts") as port:
        server = {"ROLLSET_SERVER": f"http://127.0.0.1:{port}"}
        lost = there(api, *words, "--yes", "--detach", role="viewer", **server)
        assert (lost.status, "by this plan has begun, and it may yet: look again" in lost.err) == (1, True), lost.err
        monkeypatch.setattr(rolling_there, "BEGUN_SECONDS_MAX", 600.0)
        begun = there(api, *words, "--yes", "--detach", "-o", "json", **server)
    assert (begun.status, "no answer came" in begun.err) == (0, True), begun.err
    listed = here(api, "rollouts", "--all", "-o", "json").document["rollouts"]
    assert [one["id"] for one in listed] == [begun.document["rollout"]]


def test_acts_are_priced_begun_and_listed_through_the_server(api: Api):
    of_ours = ("--subscription", api.ready.subscription_id)
    assert "there is no act on myrg/web in http://127.0.0.1" in there(api, "acts", "myrg/web").err
    refused = there(api, "act", "myrg/web", "restart", "--update-domain", "2", "--yes", *of_ours, role="viewer")
    assert refused.status == 5
    unknown = check_same(api, "act", "myrg/web", "restart", "--instances", "77", "--yes", *of_ours, role="operator")
    assert (unknown.status, "there is no instance 77: myrg/web has 0-4" in unknown.err) == (2, True)
    dangerous = check_same(api, "act", "myrg/web", "restart", "--update-domain", "2", *of_ours, role="operator")
    assert (dangerous.status, "there is no terminal to ask on" in dangerous.err) == (4, True)
    left = there(api, "act", "myrg/web", "restart", "--instances", "1", "--yes", "--detach", "-o", "json", *of_ours)
    assert (left.document["state"], left.document["by"]) == ("queued", "token operator")
    withdrawn = there(api, "acts", left.document["id"], "--stop")
    assert (withdrawn.status, "withdrawn" in there(api, "acts").out) == (0, True), withdrawn.err
    with worker(api):
        ran = there(api, "act", "myrg/web", "restart", "--update-domain", "2", "--yes", *of_ours)
        assert (ran.status, ran.out.splitlines()[-1].startswith("done")) == (0, True), ran.err
        scaled = there(api, "act", "myrg/web", "scale", "--to", "6", "--yes", "-o", "json", *of_ours)
        edit = ("act", "myrg/web", "edit", "--image-version", NEW, "--set", "tags.owner=ops", "--yes")
        assert there(api, *edit, *of_ours).status == 0
    assert len(images(api.ready)) == 6
    for argv in (["acts"], ["acts", "myrg/web", "-o", "json"], ["acts", scaled.document["id"]]):
        assert check_same(api, *argv).status == 0
    check_same(api, "acts", scaled.document["id"], "-o", "json")
    shown = here(api, "show", "myrg/web", "-o", "json", *of_ours).document
    assert (shown["tags"], shown["image"]["version"]) == ({"owner": "ops"}, NEW)


def test_images_and_findings_are_told_alike(api: Api):
    of_ours = ("myrg/web", "--subscription", api.ready.subscription_id)
    for argv in (("images",), ("images", "--newer", "-o", "json")):
        assert check_same(api, *argv, *of_ours).status == 0
    for argv, status in (((), 0), (("--image-version", "9.9.9"), 4), (("--vm-size", "Standard_D4s_v5"), 0)):
        far, near = (ask(api, "doctor", *argv, *of_ours, "-o", "json") for ask in (there, here))
        assert (far.status, far.err, far.document) == (status, near.err, {**near.document, "arm_requests": None})
    text = there(api, "doctor", *of_ours, "--image-version", "9.9.9", role="viewer").out
    assert text.endswith("\n1 blocking, 0 warnings, 2 notes\n"), text


def test_what_may_be_secret_in_an_order_stays_where_it_is(api: Api):
    secret = "cGFzc3dvcmQtb2YtdGhlLWRhdGFiYXNl"
    rollout = begun(api, FILE + f"model:\n  set:\n    virtualMachineProfile.userData: {secret}\n".encode())
    assert secret not in json.dumps(api.get(f"/api/journal?of={rollout}"))
    reading = read_reading(api.get(f"/api/journal?of={rollout}"))
    assert reading.order is not None
    assert secret.encode() not in unpack(reading.order)
    for argv in (["rollouts"], ["status", rollout], ["status", rollout, "-o", "json"], ["events", rollout]):
        told = check_same(api, *argv)
        assert secret not in told.out
    assert "userData not shown by Azure -> sha256:" in check_same(api, "status", rollout).out


def test_an_order_whose_answer_is_lost_is_looked_for_and_not_sent_again(api: Api):
    rollout = begun(api, FILE)
    with swallowing(api.port) as port:
        paused = there(api, "pause", rollout, "--no-wait", ROLLSET_SERVER=f"http://127.0.0.1:{port}")
        assert (paused.status, "pause is ordered" in paused.out) == (0, True), paused.err
        lost = there(api, "undo", rollout, "--no-wait", ROLLSET_SERVER=f"http://127.0.0.1:{port}", role="viewer")
        assert (lost.status, "undo is not among the orders of" in lost.err) == (1, True)
    orders = here(api, "status", rollout, "-o", "json").document["orders"]
    assert [one["verb"] for one in orders] == ["pause"]


def request_from(near: socket.socket) -> bytes:
    told = b""
    while b"\r\n\r\n" not in told:
        told += near.recv(65536)
    length = re.search(rb"content-length: (\d+)", told, re.IGNORECASE)
    while length and len(told.partition(b"\r\n\r\n")[2]) < int(length[1]):
        told += near.recv(65536)
    return told


@contextmanager
def swallowing(port: int, what: bytes = b"") -> Iterator[int]:
    """A way to the server on which no answer to a POST comes back, on whose path `what` is; one after another."""

    def relay() -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            with near, socket.create_connection(("127.0.0.1", port)) as far:
                told = request_from(near)
                far.sendall(told.replace(b"Accept:", b"Connection: close\r\nAccept:", 1))
                answer = b"".join(iter(lambda: far.recv(65536), b""))
                if not (told.startswith(b"POST") and what in told.partition(b"\r\n")[0]):
                    near.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=relay)
        thread.start()
        yield int(listener.getsockname()[1])
        listener.shutdown(socket.SHUT_RDWR)
    thread.join()
