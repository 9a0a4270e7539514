"""The state file: what was answered is there again, whenever the emulator was ended, and what was under way goes on."""

import base64
import errno
import functools
import json
import os
import pickle
import shutil
import signal
import subprocess
import sys
import urllib.request
import zlib
from pathlib import Path

import pytest

from rollset.emulator import snapshot
from rollset.emulator.api.replay import open_world
from rollset.emulator.app import create_app
from rollset.emulator.errors import EmulatorError
from rollset.emulator.fleet import parse_fleet
from rollset.emulator.fleetexport import fleet_of
from rollset.emulator.journal import Journal
from tests.emulator.local import Client, HandClock, image_change, path_of
from tests.emulator.test_autoscale import IN, OUT, measure, profile
from tests.emulator.test_autoscale import put as put_autoscale
from tests.support.patience import until

NEW = "4.0.20160229"
WAIT_SECONDS = 240
FLEET = """
scale_sets:
  - {resource_group: myrg, name: myvmss, capacity: 20}
  - {resource_group: myrg, name: linux, capacity: 7, os: Linux, zones: ["1", "2"], health: extension}
"""


class Kept(Client):
    """A client of a world with a state file, on a clock that stands where the world's stood and is moved by hand."""

    def __init__(self, path, **options):
        self.world = open_world(path, **options)
        self.clock = HandClock()
        self.clock.time = self.world.clock.now()
        self.world.clock = self.clock
        self._app = create_app(self.world)
        self._token = self.world.tokens.issue()[0]
        self.subscription = f"/subscriptions/{self.world.subscription_id}"
        self.compute = f"{self.subscription}/providers/Microsoft.Compute"


WEEKLY = {
    "frequency": "Week",
    "schedule": {"timeZone": "Pacific Standard Time", "days": ["Monday", "Sunday"], "hours": [0], "minutes": [5]},
}
HOOKS = [{"type": "UpgradeAutoOSRollingBatchStarting", "waitDuration": "PT30M"}]


def become_rolling(hooks):
    policy = {"mode": "Rolling", "automaticOSUpgradePolicy": {"enableAutomaticOSUpgrade": True}}
    return {"properties": {"upgradePolicy": policy, "lifecycleHooksProfile": {"lifecycleHooks": hooks}}}


def later_on(path, copy, at):
    """What a world is like at a time, that comes out of the file as it is now: as after a kill at this moment."""
    shutil.copy(path, copy)
    azure = Kept(copy)
    azure.clock.time = at
    seen = everything(azure)
    azure.world.journal.close()
    return seen


def everything(azure):
    azure.world.advance()
    lists = [azure.instances(name, __expand="instanceView") for name in ("myvmss", "linux")]
    autoscale = [(one.name, one.document) for one in azure.world.autoscale.under("")]
    sets = [azure.get(azure.set_path(name)).body for name in ("myvmss", "linux")]
    accounts = [azure.account(name) for name in ("myvmss", "linux")]
    operations = {key: (one.status, one.started_at, one.ended_at) for key, one in azure.world.operations.items()}
    faults = [(one.id, one.fault, one.left, one.skip, one.asked) for one in azure.world.faults]
    return lists, autoscale, sets, accounts, operations, faults, fleet_of(azure.world)


@pytest.mark.parametrize("shortened", [False, True], ids=["as requests", "as the world itself"])
def test_a_world_comes_back_at_every_step_as_it_would_have_gone_on(tmp_path, set_document, monkeypatch, shortened):
    if shortened:
        monkeypatch.setattr("rollset.emulator.journal.REWRITE_BYTES_MIN", 0)
        monkeypatch.setattr("rollset.emulator.journal.REWRITE_GROWTH", 0)
    path, copy = tmp_path / "state", tmp_path / "copy"
    azure = Kept(path, fleet=parse_fleet(FLEET), seed=3)
    steps = [
        lambda: azure.set_version(NEW),
        lambda: azure.fault(kind="upgrade-fails", set="myrg/myvmss", times=1),
        lambda: azure.fault(kind="bad-image", image=NEW, share=0.4),
        lambda: azure.upgrade("0", "1", "2", "3"),
        lambda: azure.visit(7),
        lambda: azure.fault(kind="storm", share=0.5, times=20),
        lambda: [azure.get(azure.subscription) for _ in range(15)],
        lambda: azure.delete("/emulator/faults/3"),
        lambda: azure.put(azure.set_path("more"), set_document(4)),
        lambda: azure.patch(azure.set_path("linux"), {"sku": {"capacity": 9}}),
        lambda: azure.protect(5),
        lambda: azure.post(f"{azure.set_path()}/virtualMachines/9/deallocate"),
        lambda: azure.delete(f"{azure.set_path('linux')}/virtualMachines/3"),
        lambda: azure.patch(azure.set_path(), {"sku": {"capacity": 5000}}),  # Refused.
        lambda: azure.post("/emulator/import", raw=b"scale_sets: [{resource_group: a, name: b}]"),
        lambda: azure.visit(5),
        lambda: azure.fault(kind="flaps", set="myrg/linux", instances=["1"]),
        lambda: azure.patch(azure.set_path(), {"properties": {"automaticRepairsPolicy": {"enabled": True}}}),
        lambda: azure.put(azure.set_path("web"), set_document(3)),
        lambda: put_autoscale(azure, profile(rules=[OUT, IN], recurrence=WEEKLY), profile("always")),
        lambda: measure(azure, cpu=90),
        lambda: azure.patch(azure.set_path("linux"), become_rolling(HOOKS)),
        lambda: azure.fault(kind="stale-lists", seconds=30),
        lambda: azure.patch(azure.set_path("linux"), image_change(version="22.04.202408080")),
        lambda: azure.delete(azure.set_path("more")),
    ]
    checked = 0
    for number, step in enumerate(steps):
        azure.later(40)
        step()
        if number % 4 == 3 or number == len(steps) - 1:
            checked += 1
            azure.world.journal.close()
            seen = later_on(path, copy, azure.clock.time + 0.001)
            clock, azure.world.journal = azure.world.journal.clock, Journal(path)
            azure.world.journal.clock = clock
            azure.later(0.001)
            assert everything(azure) == seen
    assert checked == 7
    azure.world.journal.close()
    assert later_on(path, copy, azure.clock.time + 900) == (azure.later(900), everything(azure))[1]


def test_what_was_under_way_ends(tmp_path):
    path = tmp_path / "state"
    azure = Kept(path)
    azure.set_version(NEW)
    accepted = azure.upgrade("0")
    azure.world.journal.close()
    again = Kept(path)
    assert again.get(path_of(accepted)).body["status"] == "InProgress"
    again.later(900)
    assert again.get(path_of(accepted)).body["status"] == "Succeeded"
    assert again.instance(0)["properties"]["latestModelApplied"] is True
    again.world.journal.close()


def test_years_of_absence_are_a_month_and_a_clock_that_went_back_is_none(tmp_path):
    path = tmp_path / "state"
    azure = Kept(path)
    accepted = azure.upgrade("0")
    azure.world.journal.close()
    *records, last = path.read_bytes().splitlines()
    began = json.loads(records[1])["clock"]
    for away, passes in ((20 * 365 * 86_400.0, 30 * 86_400.0), (-86_400.0, 0.0)):
        clock = {**began, "real": began["real"] - away}
        path.write_bytes(b"\n".join([records[0], json.dumps({"clock": clock}).encode(), last, b""]))
        again = Kept(path)
        assert again.clock.time - began["emulated"] == pytest.approx(passes, abs=WAIT_SECONDS)
        assert again.get(path_of(accepted)).status in (200, 404)
        again.world.journal.close()


def test_a_line_that_was_cut_off_was_never_answered(tmp_path):
    path = tmp_path / "state"
    azure = Kept(path)
    azure.patch(azure.set_path(), {"tags": {"a": "1"}})
    whole = path.stat().st_size
    azure.patch(azure.set_path(), {"tags": {"a": "2"}})
    azure.world.journal.close()
    longer = path.read_bytes()
    for end in (whole, whole + 1, whole + 40, len(longer) - 1):
        path.write_bytes(longer[:end])
        again = Kept(path)
        assert again.get(again.set_path()).body["tags"] == {"a": "1"}
        assert again.patch(again.set_path(), {"tags": {"b": "3"}}).status == 200
        again.world.journal.close()
        last = Kept(path)
        assert last.get(last.set_path()).body["tags"] == {"b": "3"}
        last.world.journal.close()


def test_nothing_secret_is_kept(tmp_path, set_document):
    path = tmp_path / "state"
    azure = Kept(path)
    assert azure.put(azure.set_path("other"), set_document()).status == 201
    azure.world.journal.close()
    assert path.stat().st_mode & 0o077 == 0
    assert b"secret-1" not in path.read_bytes()
    assert azure._token.encode() not in path.read_bytes()


def test_secrets_are_secret_however_their_names_are_written(tmp_path, set_document):
    path = tmp_path / "state"
    azure = Kept(path)
    document = set_document()
    profile = document["properties"]["virtualMachineProfile"]
    profile["osProfile"] = {"ComputerNamePrefix": "web", "ADMINPASSWORD": "hidden-1", "CustomData": "hidden-2"}
    protected = {"publisher": "p", "type": "t", "typeHandlerVersion": "1.0", "ProtectedSettings": {"k": "hidden-3"}}
    profile["extensionProfile"] = {"extensions": [{"name": "e", "properties": protected}]}
    answer = azure.put(azure.set_path("other"), document)
    assert answer.status == 201
    assert azure.patch(azure.set_path(), raw=b'{"properties": {"adminPassword": "hidden-4"').status == 400
    azure.world.journal.close()
    assert "hidden" not in json.dumps(answer.body)
    kept = [json.loads(line) for line in path.read_bytes().splitlines()]
    assert "hidden" not in json.dumps(kept)
    assert not any(b"hidden" in base64.b64decode(one.get("body", "")) for one in kept)
    again = Kept(path)
    assert again.get(again.set_path("other")).properties == azure.get(azure.set_path("other")).properties
    again.world.journal.close()


@pytest.mark.parametrize("content", [b"{}", b'{"location": "westus"}', b"location: westus", b"\0" * 100])
def test_a_file_of_something_else_stays_as_it_is(tmp_path, content):
    """One line without an end is not taken for a state file whose first line was cut off."""
    path = tmp_path / "fleet.yaml"
    path.write_bytes(content)
    with pytest.raises(EmulatorError, match="no state file of the emulator"):
        open_world(path)
    assert path.read_bytes() == content


def test_a_file_that_will_not_do_is_refused_in_a_sentence(tmp_path):
    path = tmp_path / "state"
    azure = Kept(path, seed=5)
    with pytest.raises(EmulatorError, match="another emulator has it open"):
        open_world(path)
    azure.world.journal.close()
    with pytest.raises(EmulatorError, match="holds a fleet already"):
        open_world(path, fleet=parse_fleet(""))
    head, rest = path.read_bytes().split(b"\n", 1)
    path.write_bytes(json.dumps({**json.loads(head), "version": "0.0"}).encode() + b"\n" + rest)
    with pytest.raises(EmulatorError, match=r"rollset 0\.0 wrote it"):
        open_world(path)
    path.write_bytes(head + b"\nwhat is this\n" + rest)
    with pytest.raises(EmulatorError, match=f"damaged at byte {len(head) + 1}"):
        open_world(path)
    with pytest.raises(EmulatorError, match="cannot be opened"):
        open_world(tmp_path)


def test_what_cannot_be_kept_is_not_answered_as_done(tmp_path, monkeypatch):
    azure = Kept(tmp_path / "state")

    def full(record, *, sync):
        raise EmulatorError("state: cannot be written: no room is left")

    monkeypatch.setattr(azure.world.journal, "append", full)
    refused = azure.set_version(NEW)
    assert (refused.status, refused.code) == (500, "InternalServerError")
    assert "no room is left" in refused.body["error"]["message"]
    azure.world.journal.close()


def start(state, ready_file):
    words = ["--port", "0", "--state", str(state), "--time-scale", "20", "--no-throttle"]
    words += ["--ready-file", str(ready_file)]
    running = subprocess.Popen(
        [sys.executable, "-c", "from rollset.cli.emulator import emulator; emulator()", *words],
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        running.stderr.readline()
        return running, json.loads(ready_file.read_text())
    except BaseException:
        running.kill()
        raise


def test_a_killed_emulator_goes_on(tmp_path):
    """The real process, ended without warning in the middle of an upgrade."""

    def ask(ready, method, below, body=None):
        token = json.loads(urllib.request.urlopen(f"{ready['http']}/msi/token", timeout=10).read())["access_token"]
        path = (
            f"{ready['http']}/subscriptions/{ready['subscription_id']}/resourceGroups/myrg/providers/Microsoft.Compute"
            f"/virtualMachineScaleSets/myvmss{below}?api-version=2024-07-01"
        )
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(path, data, {"Authorization": f"Bearer {token}"}, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            text = answer.read()
            return json.loads(text) if text else None

    state, ready_file = tmp_path / "state", tmp_path / "ready.json"
    image = {"properties": {"virtualMachineProfile": {"storageProfile": {"imageReference": {"version": NEW}}}}}
    running, ready = start(state, ready_file)
    ask(ready, "PATCH", "", image)
    ask(ready, "POST", "/manualupgrade", {"instanceIds": ["0"]})
    running.kill()
    assert running.wait() == -signal.SIGKILL
    running.stderr.close()
    again, ready = start(state, ready_file)
    try:
        assert ask(ready, "GET", "/virtualMachines/0")["properties"]["provisioningState"] in ("Updating", "Succeeded")
        until(lambda: ask(ready, "GET", "/virtualMachines/0")["properties"]["latestModelApplied"], "the upgrade")
    finally:
        again.terminate()
        again.communicate(timeout=WAIT_SECONDS)


def test_the_file_does_not_grow_without_end(tmp_path, monkeypatch):
    monkeypatch.setattr("rollset.emulator.journal.REWRITE_BYTES_MIN", 100_000)
    path = tmp_path / "state"
    azure = Kept(path, throttle=False)
    longest = 0
    for number in range(1500):
        azure.later(1)
        azure.patch(azure.set_path(), {"tags": {"number": str(number), "much": "x" * 200}})
        longest = max(longest, path.stat().st_size)
    assert longest < 250_000
    azure.world.journal.close()
    again = Kept(path)
    assert again.get(again.set_path()).body["tags"]["number"] == "1499"
    again.world.journal.close()


# Where a process may end while it writes the file anew, and what the file is then.
STAGES = {
    "before it begins": ("os.open", 1),
    "in the middle of writing": ("os.write", 2),
    "before all is on the disk": ("os.fsync", 1),
    "before the new file has its name": ("pathlib.Path.replace", 1),
    "after it has its name": ("os.fsync", 2),
}
WRITES_ANEW = """
import os, pathlib, signal, sys
sys.path.insert(0, {folder!r})
from rollset.emulator import journal
from tests.emulator.test_state import Kept
azure = Kept(pathlib.Path({path!r}))
journal.REWRITE_BYTES_MIN = journal.REWRITE_GROWTH = 0
owner, name = ({place}).rpartition(".")[::2]
owner = pathlib.Path if "Path" in owner else os
real, left = getattr(owner, name), {count}
def deadly(*words, **more):
    global left
    left -= not (name == "write" and words[0] == azure.world.journal._file)
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*words, **more)
setattr(owner, name, deadly)
azure.patch(azure.set_path(), {{"tags": {{"a": "2"}}}})
"""


@pytest.mark.parametrize(("place", "count"), STAGES.values(), ids=STAGES)
def test_a_kill_while_the_file_is_written_anew_loses_nothing(tmp_path, place, count):
    path = tmp_path / "state"
    azure = Kept(path)
    azure.patch(azure.set_path(), {"tags": {"a": "1"}})
    azure.world.journal.close()
    folder = str(Path(__file__).parents[2])
    program = WRITES_ANEW.format(folder=folder, path=str(path), place=repr(place), count=count)
    words = [sys.executable, "-c", program]
    ended = subprocess.run(words, check=False, capture_output=True, text=True, timeout=WAIT_SECONDS)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    for _ in range(2):
        again = Kept(path)
        assert again.get(again.set_path()).body["tags"] == {"a": "2"}
        assert again.patch(again.set_path(), {"properties": {"overprovision": False}}).status == 200
        again.world.journal.close()


def test_a_full_disk_leaves_the_long_file_as_it_is(tmp_path, monkeypatch):
    path = tmp_path / "state"
    azure = Kept(path)
    monkeypatch.setattr("rollset.emulator.journal.REWRITE_BYTES_MIN", 0)

    def full(file):
        raise OSError(errno.ENOSPC, "no room is left")

    with monkeypatch.context() as disk:
        disk.setattr("os.fsync", full)
        assert azure.patch(azure.set_path(), {"tags": {"a": "1"}}).status == 200
    assert [one.name for one in tmp_path.iterdir()] == ["state"]
    azure.world.journal.close()
    again = Kept(path)
    assert again.get(again.set_path()).body["tags"] == {"a": "1"}
    again.world.journal.close()


class Hostile:
    """Would run a command when it is read."""

    def __reduce__(self):
        return os.system, ("true",)


@pytest.mark.parametrize(
    "content",
    [Hostile(), [subprocess.Popen], "no world", functools.partial(open, "x"), [{}.get], (1, 2)],
    ids=["a command", "a class", "a text", "a function", "a method", "a pair"],
)
def test_a_world_that_is_none_is_refused(content, azure):
    data = zlib.compress(pickle.dumps(content))
    with pytest.raises(EmulatorError, match="the world that it holds cannot be read"):
        snapshot.restore(azure.world, data)
    assert azure.get(azure.set_path()).status == 200


def test_a_bug_is_met_again_in_the_same_place_and_in_no_other(tmp_path, monkeypatch):
    path = tmp_path / "state"
    azure = Kept(path)

    def broken(*_):
        raise ZeroDivisionError("a bug")

    with monkeypatch.context() as bug:
        bug.setattr("rollset.emulator.api.sets.write_set", broken)
        failed = azure.patch(azure.set_path(), {"tags": {"a": "1"}})
        assert (failed.status, failed.code) == (500, "InternalServerError")
        assert failed.body["error"]["innererror"] == {"internalErrorCode": "ZeroDivisionError"}
        azure.world.journal.close()
        azure = Kept(path)
    assert azure.patch(azure.set_path(), {"tags": {"a": "2"}}).status == 200
    azure.world.journal.close()
    monkeypatch.setattr("rollset.emulator.api.sets.write_set", broken)
    with pytest.raises(EmulatorError, match=r"PATCH .*/myvmss, which was answered then and fails now"):
        open_world(path)


def test_whatever_a_world_has_is_kept_or_left_out_on_purpose(azure):
    assert set(vars(azure.world)) == {*snapshot.KEPT, *snapshot.LEFT_OUT}
    assert not set(snapshot.KEPT) & set(snapshot.LEFT_OUT)
