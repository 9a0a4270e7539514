"""`rollset serve` and the commands that say who may come, as they are typed."""

import json
import os
import re
import signal
import subprocess
import sys
from urllib.request import Request, urlopen

import pytest

from tests.cli.driver import run

STARTED_LINES = 2
SECONDS_MAX = 60


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "rollset.example.com"])
def test_without_configuration_it_refuses_to_listen_beyond_this_machine(host):
    ran = run("serve", "--host", host)
    assert ran.status == 2
    assert ran.err.startswith(f"rollset: the dashboard does not listen on {host} for others than this machine: ")
    assert "lacks oidc, which says who people are and tls or behind_proxy" in ran.err
    assert ran.err.count("\n") == 1


def test_a_configuration_with_faults_is_told_line_by_line(tmp_path):
    (tmp_path / "serve.yaml").write_text("listen: x\nrole: {}\n")
    ran = run("serve", "--config", str(tmp_path / "serve.yaml"))
    assert ran.status == 2
    assert [line.partition("serve.yaml:")[2][:2] for line in ran.err.splitlines()] == ["1:", "2:"]


def test_a_token_is_shown_once_listed_without_it_and_removed():
    added = run("serve", "token", "add", "ci", "--role", "operator", "--role", "approver", "--expires", "90d")
    assert added.status == 0
    token = added.out.strip()
    assert re.fullmatch(r"rollset_[\w-]{43}", token)
    listed = run("serve", "token", "list", "-o", "json")
    (one,) = listed.document["tokens"]
    assert (one["name"], one["roles"], one["used_at"], one["has_ended"]) == (
        "ci",
        ["approver", "operator"],
        None,
        False,
    )
    assert token not in listed.out
    assert "ci" in run("serve", "token", "list").out
    assert run("serve", "token", "remove", "ci").status == 0
    assert run("serve", "token", "list").err.startswith("rollset: there is no token in ")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["token", "remove", "ci"], "there is no token ci"),
        (["token", "add", "a b", "--role", "viewer"], "cannot be the name of a token"),
        (["token", "add", "ci", "--role", "admin"], "'admin' is not one of 'viewer', 'operator', 'approver'"),
        (["token", "add", "ci"], "Missing option '--role'"),
        (["token", "add", "ci", "--role", "viewer", "--expires", "soon"], "write it such as 12h, 90d or 52w"),
        (["session", "end", "anna"], "nobody called anna is signed in"),
        (["--state", "x", "link"], "--state has no effect before link; write it after that"),
        (["audit", "--limit", "0"], "0 is not in the range"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_done_is_told(words, told):
    ran = run("serve", *words)
    assert ran.status == 2
    assert told in ran.err


def test_where_nothing_happened_yet_nothing_is_listed():
    assert "nobody is signed in" in run("serve", "session", "list").err
    assert "no such entry" in run("serve", "audit").err
    assert run("serve", "audit", "-o", "json").document["entries"] == []


def test_a_running_dashboard_is_found_by_the_commands_in_another_shell(small, tmp_path):
    words = [sys.executable, "-m", "rollset", "serve", "--port", "0", "--no-worker"]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True, env={**os.environ, **small.env}) as serving:
        try:
            told = [serving.stderr.readline() for _ in range(STARTED_LINES)]
            address = re.search(r"http://127\.0\.0\.1:\d+/", told[0])
            assert address, told
            printed = re.search(r"http://\S+", told[1])[0]
            link = run("serve", "link").out.strip()
            assert link.startswith(f"{address[0]}sign-in/link?key=")
            assert link != printed
            for one in (printed, link):
                with urlopen(Request(one, headers={"Accept": "text/html"})) as page:
                    assert page.url.endswith("/sign-in"), "there is no jar for the cookie, but the link was taken"
            entries = run("serve", "audit", "-o", "json").document["entries"]
            assert [one["did"] for one in entries] == ["sign in", "sign in"]
            assert "sign in" in run("serve", "audit").out
            (who,) = {one["who"] for one in run("serve", "session", "list", "-o", "json").document["sessions"]}
            assert who in run("serve", "session", "list").out
            assert f"{who} is signed out (2 sessions)" in run("serve", "session", "end", who).err
            token = run("serve", "token", "add", "ci", "--role", "viewer").out.strip()
            asked = Request(f"{address[0]}api/audit", headers={"Authorization": f"Bearer {token}"})
            with urlopen(asked) as answer:
                assert len(json.load(answer)["entries"]) == 2
        finally:
            serving.send_signal(signal.SIGINT)
        serving.communicate(timeout=SECONDS_MAX)
    assert serving.returncode == 0
    assert "no dashboard runs on" in run("serve", "link").err


def test_a_link_to_where_nothing_is_makes_nothing_there(tmp_path):
    place = tmp_path / "stete"
    ran = run("serve", "link", ROLLSET_STATE=str(place))
    assert (ran.status, ran.err) == (
        2,
        f"rollset: there is no dashboard on {place}, for nothing is there; is that the right directory?\n",
    )
    assert not place.exists()
