"""Who may, over real HTTP: signing in and out, roles, tokens, and what is written down."""

import threading
from http.client import HTTPConnection

import pytest

from rollset.engine.durable.access.links import LINK_SECONDS_MAX
from rollset.engine.durable.faults import StateError
from rollset.web.access import openstreams
from rollset.web.access.roles import Role
from rollset.web.access.settings import AccessSettings
from rollset.web.access.streams import UNTOLD_MAX
from tests.support.patience import until
from tests.web.guarded import Answer, Browser, Guarded, guarded

AT_ONCE = 6


@pytest.fixture
def site(tmp_path):
    with guarded(tmp_path / "state") as one:
        yield one


def name_seen(answer: Answer) -> str:
    return answer.text.partition("for ")[2].partition("<")[0]


def test_a_link_lets_in_once_and_shows_who_it_is(site: Guarded):
    browser, link = Browser(guarded=site), site.link("anna@desk")
    into = browser.ask("GET", link)
    assert (into.status, into.headers["location"]) == (303, "/")
    assert name_seen(browser.ask("GET", "/view")) == "anna@desk"
    again = Browser(guarded=site).ask("GET", link)
    assert again.status == 403
    assert "run &#39;rollset serve link&#39;" in again.text


def test_the_cookie_is_for_http_alone_and_not_sent_by_other_sites(site: Guarded):
    (cookie,) = Browser(guarded=site).ask("GET", site.link()).cookies
    name, *parts = cookie.split("; ")
    assert name.startswith(f"rollset-session-{site.port}=")
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(parts)
    assert not any(part.startswith("Domain") for part in parts)


def test_over_https_it_is_bound_to_the_host(tmp_path):
    settings = AccessSettings(hosts=frozenset({"127.0.0.1"}), port=443, secure=True)
    with guarded(tmp_path / "state", settings) as site:
        answer = Browser(guarded=site).ask("GET", site.link())
    (cookie,) = answer.cookies
    assert cookie.startswith("__Host-rollset-session=")
    assert "; Secure" in cookie
    assert answer.headers["strict-transport-security"].startswith("max-age=")


def test_of_many_who_open_a_link_at_once_one_is_let_in(site: Guarded):
    link, together, statuses = site.link(), threading.Barrier(AT_ONCE), []

    def come() -> None:
        together.wait()
        statuses.append(Browser(guarded=site).ask("GET", link).status)

    threads = [threading.Thread(target=come) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [303] + [403] * (AT_ONCE - 1)


def test_a_browser_that_looks_ahead_uses_no_link_up(site: Guarded):
    link = site.link()
    assert site.ask("GET", link, {"Sec-Purpose": "prefetch;prerender"}).status == 503
    assert site.ask("HEAD", link).status == 405
    assert Browser(guarded=site).ask("GET", link).status == 303


def test_a_link_is_too_old_after_its_time(site: Guarded):
    link = site.link()
    site.clock.now += LINK_SECONDS_MAX
    assert Browser(guarded=site).ask("GET", link).status == 403


def test_signing_in_again_ends_the_session_before_it(site: Guarded):
    browser = Browser(guarded=site)
    browser.ask("GET", site.link("anna@desk"))
    before = dict(browser.cookies)
    browser.ask("GET", site.link("ben@desk"))
    assert name_seen(browser.ask("GET", "/view")) == "ben@desk"
    assert browser.cookies != before
    assert Browser(guarded=site, cookies=before).ask("GET", "/view").status == 303


def test_who_is_not_signed_in_is_led_to_the_page_for_that_and_back(site: Guarded):
    browser = Browser(guarded=site)
    away = browser.ask("GET", "/view?show=a%20b&x=1")
    assert (away.status, away.headers["location"]) == (303, "/sign-in?to=/view%3Fshow%3Da%2520b%26x%3D1")
    page = browser.ask("GET", away.headers["location"])
    assert page.status == 200
    assert "rollset serve link" in page.text
    machine = site.ask("GET", "/api/me")
    assert (machine.status, machine.headers["content-type"]) == (401, "application/problem+json")
    assert machine.document["detail"].startswith("You are not signed in")
    assert machine.document["request"] == machine.headers["x-request-id"]


def test_a_restart_signs_nobody_out(tmp_path):
    with guarded(tmp_path / "state") as site:
        browser = site.browser(Role.VIEWER)
        value = next(iter(browser.cookies.values()))
        clock = site.clock
    with guarded(tmp_path / "state", clock=clock) as site:
        browser = Browser(guarded=site, cookies={site.access.cookie.name: value})
        assert browser.ask("GET", "/view").status == 200


def test_signing_out_ends_the_session_for_every_copy_of_the_cookie(site: Guarded):
    browser = site.browser(Role.VIEWER)
    copy = Browser(guarded=site, cookies=dict(browser.cookies))
    left = browser.post("/sign-out")
    assert (left.status, left.headers["location"]) == (303, "/sign-in?out=1")
    assert browser.cookies == {}
    assert copy.ask("GET", "/view").status == 303
    assert site.audited()[0] == ("anna@example.com", "sign out", "dashboard", "done")


def test_a_session_ends_when_it_is_idle_and_at_its_end(site: Guarded):
    lifetime = site.access.settings.lifetime
    idle, used = site.browser(Role.VIEWER), site.browser(Role.VIEWER)
    steps = int(lifetime.seconds_max / lifetime.idle_seconds_max * 2)
    for _ in range(steps - 1):
        site.clock.now += lifetime.idle_seconds_max / 2
        assert used.ask("GET", "/view").status == 200
    assert idle.ask("GET", "/view").status == 303
    site.clock.now += lifetime.idle_seconds_max / 2
    assert used.ask("GET", "/view").status == 303


MAY = {
    (): (303, 403, 403, 403),
    (Role.VIEWER,): (200, 403, 403, 403),
    (Role.OPERATOR,): (200, 200, 403, 200),
    (Role.APPROVER,): (200, 403, 200, 200),
    (Role.OPERATOR, Role.APPROVER): (200, 200, 200, 200),
}


@pytest.mark.parametrize("roles", [one for one in MAY if one], ids="+".join)
@pytest.mark.parametrize("machine", [False, True], ids=["browser", "machine"])
def test_each_role_may_what_the_table_says(site: Guarded, roles, machine):
    asked = [("GET", "/view"), ("POST", "/act"), ("POST", "/approve"), ("POST", "/forgetful")]
    if machine:
        token = site.token(*roles)
        statuses = [site.ask(method, path, {**token, "Accept": "text/html"}).status for method, path in asked]
    else:
        browser = site.browser(*roles)
        statuses = [
            (browser.post(path) if method == "POST" else browser.ask(method, path)).status for method, path in asked
        ]
    assert tuple(statuses) == MAY[roles]
    done = [name for name, status in zip(("act", "approve", "forgetful"), statuses[1:], strict=True) if status == 200]
    assert [what for what, _ in site.behind.done] == done


def test_a_script_of_our_own_pages_may_send_the_token_in_a_header(site: Guarded):
    browser = site.browser(Role.OPERATOR)
    headers = {"X-CSRF-Token": browser.csrf(), "Content-Type": "application/json", "Sec-Fetch-Site": "same-origin"}
    assert browser.ask("POST", "/api/act", headers, b'{"a": 1}').status == 200


def test_a_token_ends_with_its_time_and_says_when_it_was_used(site: Guarded):
    token = site.token(Role.VIEWER, ends_at=site.clock.now + 100)
    assert site.ask("GET", "/api/me", token).document == {"name": "token ci", "roles": ["viewer"], "csrf": ""}
    assert site.access.tokens.list()[0].used_at == site.clock.now
    site.clock.now += 100
    ended = site.ask("GET", "/api/me", token)
    assert (ended.status, ended.headers["www-authenticate"]) == (401, 'Bearer realm="rollset", error="invalid_token"')


def test_what_is_done_is_in_the_audit_log_with_who_and_what_came_of_it(site: Guarded):
    operator, viewer = site.browser(Role.OPERATOR), site.browser(Role.VIEWER, name="ben@example.com")
    answer = operator.post("/act")
    operator.post("/approve")
    viewer.post("/act")
    site.ask("POST", "/act", site.token(Role.OPERATOR))
    assert site.audited() == [
        ("token ci", "restart", "set web", "done"),
        ("ben@example.com", "post", "/act", "refused: needs the role operator"),
        ("anna@example.com", "post", "/approve", "refused: needs the role approver"),
        ("anna@example.com", "restart", "set web", "done"),
    ]
    (entry,) = [one for one in site.access.audit.read(9) if one.request == answer.headers["x-request-id"]]
    assert (entry.how, entry.address, entry.subject) == ("provider", "127.0.0.1", "issuer anna@example.com")


def test_a_stream_ends_when_its_session_does(site: Guarded):
    site.access.stream_seconds = 0.02
    browser = site.browser(Role.VIEWER)
    line = HTTPConnection("127.0.0.1", site.port, timeout=60)
    line.request("GET", "/live", headers={"Cookie": browser.cookie})
    stream = line.getresponse()
    assert stream.read(8) == b"data: 0\n"
    Browser(guarded=site, cookies=dict(browser.cookies)).post("/sign-out")
    assert stream.read().startswith(b"\ndata: 1")  # To the end, which comes.
    line.close()


@pytest.mark.parametrize("ever", [False, True], ids=["for a while", "for ever"])
def test_a_stream_outlives_no_session_because_the_database_is_away(site: Guarded, monkeypatch, ever):
    """Who is signed in cannot be told meanwhile: for a moment that ends nothing, but it does not stay so."""
    site.access.stream_seconds = 0.02
    browser, find, failed = site.browser(Role.VIEWER), site.access.sessions.find, []

    def away(*asked):
        if ever or len(failed) < UNTOLD_MAX - 1:
            failed.append(asked)
            raise StateError("it is away")
        return find(*asked)

    line = HTTPConnection("127.0.0.1", site.port, timeout=60)
    line.request("GET", "/live", headers={"Cookie": browser.cookie})
    stream = line.getresponse()
    assert stream.read(8) == b"data: 0\n"
    monkeypatch.setattr(site.access.sessions, "find", away)
    if not ever:
        until(lambda: len(failed) == UNTOLD_MAX - 1, "it is back")
        assert stream.read(8)
        browser.post("/sign-out")
    assert stream.read()  # To the end, which comes.
    line.close()


def test_nobody_holds_all_connections_with_streams(site: Guarded, monkeypatch):
    monkeypatch.setattr(openstreams, "EACH_MAX", 2)
    anna, ben = site.browser(Role.VIEWER), site.browser(Role.VIEWER, name="ben@example.com")
    held = [site.stream("/live/stream", {"Cookie": anna.cookie}) for _ in range(2)]
    assert [next(one) for one in held] == ["data: 0\n"] * 2
    refused = anna.ask("GET", "/live/stream", {"Accept": "text/event-stream"})
    assert refused.status == 429
    assert refused.document["detail"].startswith("anna@example.com follows 2 streams already, as open pages do; close")
    assert anna.ask("GET", "/view").status == 200
    assert ben.ask("GET", "/live/stream").status == 200
    held.pop().close()
    until(lambda: anna.ask("GET", "/live/stream").status == 200, "one was closed, so another may be opened")
    held.pop().close()


def test_what_fails_behind_is_a_sentence_with_strict_headers(site: Guarded):
    answer = site.browser(Role.VIEWER).ask("GET", "/broken")
    assert answer.status == 500
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert answer.headers["x-request-id"] in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
