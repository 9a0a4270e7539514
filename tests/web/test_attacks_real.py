"""The same attacks and more on the application of `rollset serve` itself, over an emulator: nothing is told, nothing is
written to Azure, nothing is begun, and nothing that somebody else chose is run by a browser."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import quote, urlencode

import pytest
from playwright.sync_api import Page

from rollset.emulator.server import Ready
from rollset.engine.durable.access.person import Person
from rollset.web.access import paths, sites
from rollset.web.access.limits import LookLimit, SignInLimit
from rollset.web.access.roles import Role
from rollset.web.access.who import How
from tests.cli.driver import NEW, OLD, URN, emulated, fault, run, writes
from tests.web.guarded import FORM, Answer, Browser, Guarded, guess, signed
from tests.web.realsite import real_site
from tests.web.test_attacks import ATTACKS, Attack
from tests.web.test_door import routes

SCRIPT = "<script>window.hacked=1</script><img src=x onerror='window.hacked=1'>"
FLEET = f"""
scale_sets:
- resource_group: myrg
  name: web
  capacity: 3
  image: '{URN}:{OLD}'
  tags: {{team: "{SCRIPT}", "{SCRIPT}": here}}
"""
STRICT = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
}
TELLING = ("myrg", OLD, "window.hacked", "tester")
"""What is behind the guard, by which a leak would be known."""

PARTS = {"group": "myrg", "name": "web", "verb": "pause"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Real:
    """The dashboard, with a rollout and an act that wait for a worker, and a plan that was asked for."""

    site: Guarded
    ready: Ready
    parts: dict[str, str]

    @property
    def set(self) -> str:
        return f"/sets/{self.ready.subscription_id}/myrg/web"

    @property
    def routes(self) -> list[tuple[str, str]]:
        return [one for one in routes(**self.parts) if one not in OPEN]


OPEN = {("GET", path) for path in paths.OPEN}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Real]:
    """A fleet and a history in which everything that others may choose is a script."""
    state = tmp_path_factory.mktemp("real") / "state"
    with emulated(FLEET, time_scale=3000.0) as ready:
        words = ("--state", str(state), "--yes")
        fault(ready, kind="upgrade-fails", set="myrg/web", instances=["0"], times=1, code="Evil", message=SCRIPT)
        failed = run("upgrade", "myrg/web", "--image-version", NEW, *words, ready=ready)
        assert failed.status == 1, failed.err
        with real_site(ready, state) as site:
            yield _lived_in(site, ready)


def _lived_in(site: Guarded, ready: Ready) -> Real:
    tester = site.browser(*Role, name=f"tester {SCRIPT}", how=How.LINK)
    below = f"/sets/{ready.subscription_id}/myrg/web"
    gate = {"name": SCRIPT, "http": f"http://{{ip}}/{quote(SCRIPT)}", "headers": {"x": SCRIPT}}
    hook = {"when": "before-rollout", "command": ["echo", SCRIPT]}
    text = json.dumps({"image": {"version": "latest"}, "policy": {"gates": [gate], "hooks": [hook]}})
    kept = tester.post(f"{below}/roll/plan", urlencode({"file": text, "was": ""}).encode())
    draft = kept.headers["location"].rpartition("/")[2]
    shown = tester.ask("GET", kept.headers["location"]).text
    found = re.search(r'name="hash" value="(\w+)"', shown)
    assert found is not None, shown
    accepted = [("accept", one) for one in re.findall(r'name="accept" value="([\w-]+)"', shown)]
    begun = tester.post(
        f"{below}/roll/start", urlencode([("file", text), ("was", ""), ("hash", found[1]), *accepted]).encode()
    )
    rollout = begun.headers["location"].rpartition("/")[2]
    kind = {"Content-Type": "application/json", "X-CSRF-Token": tester.csrf()}
    priced = tester.ask("POST", f"/api{below}/acts/price", kind, b'{"act": "protect", "all": true}').document
    yes = {"key": priced["key"], "token": priced["price"]["token"], "name": "web"}
    act = tester.ask("POST", f"/api{below}/acts", kind, json.dumps(yes).encode()).document["id"]
    parts = {"subscription": ready.subscription_id, "rollout": rollout, "act": act, "draft": draft, **PARTS}
    return Real(site=site, ready=ready, parts=parts)


@pytest.fixture
def real(made: Real) -> Iterator[Real]:
    """The same for all; whatever is tried, afterwards nothing was written and nothing was done."""
    made.site.access.limit = SignInLimit(lambda: 0.0)
    made.site.access.looks = LookLimit(lambda: 0.0)
    before = _traces(made)
    yield made
    made.site.access.limit = SignInLimit(lambda: 0.0)
    made.site.access.looks = LookLimit(lambda: 0.0)
    assert _traces(made) == before


def _traces(real: Real) -> tuple[object, ...]:
    tester = real.site.browser(*Role, name="looker")
    rollouts = tester.ask("GET", "/api/rollouts").document["rollouts"]
    acts = tester.ask("GET", "/api/acts").document["acts"]
    done = [one for one in real.site.audited() if one[3] == "done" and not one[1].startswith("sign")]
    orders = [tester.ask("GET", f"/api/rollouts/{one['id']}").document["orders"] for one in rollouts]
    return writes(real.ready), len(rollouts), [(one["id"], one["state"]) for one in acts], orders, done


def strict(answer: Answer) -> None:
    """What every answer promises."""
    assert answer.headers["content-security-policy"].startswith(
        "default-src 'none'; script-src 'self'; style-src 'self'"
    )
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert {name: answer.headers.get(name) for name in STRICT} == STRICT
    assert "access-control-allow-origin" not in answer.headers
    assert "Traceback" not in answer.text
    assert not [one for one in answer.cookies if "session" in one]


def refused(answer: Answer, *statuses: int) -> None:
    """It tells nothing of what is behind."""
    assert answer.status in statuses, (answer.status, answer.text[:300])
    strict(answer)
    assert answer.headers["cache-control"] == "no-store"
    assert not [words for words in TELLING if words in answer.text], answer.text[:300]


# The table of the small application, at the addresses of this one.


def here(real: Real, attack: Attack) -> Attack:
    known = {
        "/view": "/",
        "/act": f"{real.set}/act/yes",
        "/api/act": f"/api{real.set}/acts",
        "/approve": f"/rollouts/{real.parts['rollout']}/approve",
        "/forgetful": f"{real.set}/roll/start",
        "/live": "/api/rollouts/stream",
    }
    path, mark, query = attack.path.partition("?")
    return replace(attack, path=known.get(path, path) + mark + query)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.id)
def test_it_comes_to_nothing_here_as_well(real: Real, attack: Attack):
    site, attack = real.site, here(real, attack)
    browser = site.browser(*attack.as_, name="mallory") if attack.as_ else Browser(guarded=site)
    headers = {name: value.replace("{host}", site.host) for name, value in attack.headers.items()}
    if attack.csrf:
        headers["X-CSRF-Token"] = browser.csrf()
    if browser.cookies:
        headers["Cookie"] = browser.cookie
    answer = site.ask(attack.method, attack.path, headers, attack.body, host=attack.host)
    refused(answer, attack.expects)
    assert re.match(r"/(?![/\\])", answer.headers.get("location", "/"))


# Every address of the application, by everybody who may not.


def test_no_address_answers_without_a_session(real: Real):
    expired = real.site.browser(*Role).cookie
    real.site.clock.now += real.site.access.settings.lifetime.seconds_max
    anna = real.site.browser(Role.OPERATOR)
    gone = anna.cookie
    assert real.site.ask("GET", "/", {"Cookie": gone}).status == 200
    anna.post("/sign-out")
    name = real.site.access.cookie.name
    cookies = {
        "nobody": "",
        "forged": f"{name}={signed(real.site.access, guess())}",
        "unsigned": f"{name}={guess()}",
        "replayed after signing out": gone,
        "expired": expired,
    }
    for method, path in real.routes:
        for cookie in cookies.values():
            kind = {"Cookie": cookie, "Content-Type": FORM} if cookie else {"Content-Type": FORM}
            refused(real.site.ask(method, path, kind, b"" if method == "POST" else None), 401)


def test_no_address_acts_for_a_page_of_another_site(real: Real):
    """Neither with the cookie alone, nor with the token where the browser says that another site asks."""
    anna = real.site.browser(*Role)
    csrf = anna.csrf()
    for method, path in real.routes:
        if method in sites.SAFE:
            embedded = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
            refused(anna.ask(method, path, embedded), 403)
            continue
        for kind, body in ((FORM, b"a=1"), ("application/json", b"{}"), ("application/yaml", b"a: 1")):
            refused(anna.ask(method, path, {"Content-Type": kind}, body), 403)
        elsewhere = {"X-CSRF-Token": csrf, "Content-Type": FORM, "Origin": "https://evil.example"}
        refused(anna.ask(method, path, elsewhere, b"a=1"), 403)
        refused(anna.ask(method, path, {"X-CSRF-Token": csrf, "Content-Type": "text/plain"}, b"a=1"), 415)
        refused(anna.ask(method, path, {"X-CSRF-Token": csrf, "Content-Type": FORM}, b"a" * 1_100_000), 413)


def test_no_address_answers_for_another_host_or_method(real: Real):
    anna = real.site.browser(*Role)
    for _, path in real.routes:
        refused(real.site.ask("GET", path, {"Cookie": anna.cookie}, host="evil.example"), 421)
        for method in ("TRACE", "OPTIONS", "PROPFIND"):
            refused(anna.ask(method, path), 405)
        for wrong in ("PUT", "DELETE", "PATCH"):
            answer = anna.ask(wrong, path, {"X-CSRF-Token": anna.csrf()})
            strict(answer)
            assert answer.status in (404, 405), (wrong, path, answer.status)


def test_no_address_lets_a_role_do_what_is_not_its_own(real: Real):
    """Each change is asked for by each role that may not; what only asks is left to viewers."""
    for method, path in real.routes:
        if method in sites.SAFE or paths.only_asks(path):
            continue
        for role in (Role.VIEWER, Role.APPROVER):
            browser = real.site.browser(role)
            kind = FORM if not path.startswith("/api/") else "application/json"
            body = {"/orders": b'{"verb": "stop"}', "/acts": b'{"key": "x", "token": "x"}'}.get(
                path[path.rfind("/") :], b"action=restart&whole=yes&key=x&token=x&hash=" + b"0" * 64
            )
            query = "?plan=" + "0" * 64 if path.endswith("/rollouts") else ""
            answer = browser.ask(method, path + query, {"X-CSRF-Token": browser.csrf(), "Content-Type": kind}, body)
            strict(answer)
            assert answer.status == 403, (role, path, answer.text[:200])


HOSTILE = (
    "..%2F..%2Fetc",
    "%3Cscript%3Ewindow.hacked=1%3C%2Fscript%3E",
    "a%27%22--",
    "%25s",
    "x" * 3000,
    "%F0%9F%92%A5",
)


@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_names_in_addresses_are_refused_in_a_sentence(real: Real, hostile: str):
    """Each part of each address in turn."""
    anna = real.site.browser(*Role)
    csrf = anna.csrf()
    for part in real.parts:
        for method, path in routes(**{**real.parts, part: hostile}):
            if hostile not in path or (method, path) in OPEN:
                continue
            kind = {"X-CSRF-Token": csrf, "Content-Type": FORM}
            answer = anna.ask(method, path, kind if method == "POST" else {}, b"" if method == "POST" else None)
            strict(answer)
            # A set that is not there yet can be looked out for.
            waits = answer.status == 200 and "/sets/" in path and path.endswith("/stream")
            assert 400 <= answer.status < 500 or waits, (method, path[:100], answer.status)
            assert "<script>window" not in answer.text


# What others chose, as a browser gets it.


def pages(real: Real) -> list[str]:
    return [path for method, path in real.routes if method == "GET" and not path.endswith("/stream")]


def test_nothing_that_others_chose_is_printed_as_it_is(real: Real):
    """On no page, in no refusal, in no report that is kept as a file."""
    anna = real.site.browser(*Role, name=f"anna {SCRIPT}", how=How.LINK)
    seen = 0
    for path in pages(real):
        for query in ("", f"?find={quote(SCRIPT)}&text={quote(SCRIPT)}&by={quote(SCRIPT)}&tag={quote(SCRIPT)}"):
            answer = anna.ask("GET", path + query)
            strict(answer)
            assert answer.status < 500, (path, answer.text[:300])
            if answer.status == 303:
                assert "script" not in answer.headers["location"]
            elif "text/html" in answer.headers["content-type"]:
                assert "<script>window" not in answer.text, path
                assert "<img src=x" not in answer.text, path
                seen += "&lt;script&gt;window" in answer.text
            else:
                assert answer.headers["content-type"].startswith(("application/json", "application/problem+json")), path
    assert seen >= 10, "there was something to print"


def test_private_answers_are_kept_nowhere(real: Real):
    anna = real.site.browser(*Role, how=How.LINK)
    for path in pages(real):
        assert anna.ask("GET", path).headers["cache-control"] == "no-store", path


@pytest.mark.parametrize("form", ["json", "html"])
def test_streams_send_what_others_chose_as_data(real: Real, form: str):
    anna = real.site.browser(*Role, name=f"anna {SCRIPT}")
    found = [path for method, path in real.routes if method == "GET" and path.endswith("/stream")]
    assert len(found) == 5
    for path in found:
        line = next(
            one for one in real.site.stream(f"{path}?form={form}", {"Cookie": anna.cookie}) if one.startswith("data: ")
        )
        sent = json.loads(line.removeprefix("data: "))
        assert form == "json" or "<script>window" not in json.dumps(sent), path


def test_nothing_that_others_chose_runs_in_a_browser(real: Real, page: Page):
    """A real one opens every page, follows its streams, and stays as it was."""
    anna = real.site.browser(*Role, name=f"anna {SCRIPT}", how=How.LINK)
    home = f"http://{real.site.host}"
    page.context.add_cookies([{"name": name, "value": value, "url": home} for name, value in anna.cookies.items()])
    for path in pages(real):
        if not path.startswith("/api/") and not path.endswith((".json", "report.html")):
            page.goto(home + path)
            page.locator("main").wait_for()
            assert page.evaluate("window.hacked") is None, path
    page.goto(home + real.set)
    page.locator(".cell").first.wait_for()
    assert page.evaluate("window.hacked") is None


# What is noted, and what leads elsewhere.


@pytest.mark.parametrize("bad", ["%0d%0aSet-Cookie:%20a=b", "%1b[2J", "%E2%80%AE", "%00", "%0a2026 done"])
def test_nobody_writes_lines_of_his_own_into_the_log(real: Real, bad: str):
    viewer = real.site.browser(Role.VIEWER)
    path = f"/rollouts/{bad.replace(' ', '%20')}/pause"
    refused(viewer.ask("POST", path, {"X-CSRF-Token": viewer.csrf(), "Content-Type": FORM}), 400)
    for words in (one for entry in real.site.audited() for one in entry):
        assert words.isprintable(), words


def test_a_name_with_line_breaks_is_noted_on_one_line(real: Real):
    person = Person(
        name="anna\r\nroot\x1b[2J did\u202e", subject="s\ns", how=How.PROVIDER, roles=frozenset({Role.VIEWER})
    )
    secret = real.site.access.sessions.begin(person, "127.0.0.1", real.site.clock())
    browser = Browser(guarded=real.site, cookies={real.site.access.cookie.name: signed(real.site.access, secret)})
    assert browser.post(f"/rollouts/{real.parts['rollout']}/stop").status == 403
    (entry, *_) = real.site.audited()
    assert all(words.isprintable() for words in entry), entry
    assert entry[3].startswith("refused")


@pytest.mark.parametrize(
    "to", ["//evil.example", "https://evil.example", "/\\evil.example", "/%0d%0aevil", "javascript:x"]
)
def test_signing_in_leads_nowhere_else(real: Real, to: str):
    page = real.site.ask("GET", f"/sign-in?to={quote(to)}", {"Accept": "text/html"})
    strict(page)
    assert "evil" not in page.text
    assert "javascript:" not in page.text


def test_what_is_sent_as_a_header_is_not_sent_back(real: Real):
    anna = real.site.browser(*Role)
    mine = {"X-Request-Id": "mine", "X-Forwarded-For": "1.2.3.4", "Referer": f"https://evil.example/{SCRIPT}"}
    answer = anna.ask("GET", f"/rollouts/{real.parts['rollout']}/report.html", mine)
    assert answer.headers["x-request-id"] != "mine"
    assert re.fullmatch(r'attachment; filename="[\w.-]+"', answer.headers["content-disposition"])
    assert all("evil" not in value for value in answer.headers.values())
    viewer = real.site.browser(Role.VIEWER)
    viewer.post(f"/rollouts/{real.parts['rollout']}/stop", **{"X-Forwarded-For": "1.2.3.4"})
    newest = real.site.access.audit.read(1)[0]
    assert newest.address == "127.0.0.1"
