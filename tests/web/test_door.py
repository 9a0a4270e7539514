"""Who may, at the real dashboard: its pages behind the guard, and signing in and out in a real Chromium."""

import http.client
from dataclasses import dataclass
from types import SimpleNamespace
from typing import cast
from urllib.parse import quote, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from fastapi.routing import APIRoute
from playwright.sync_api import Browser, Page, expect

from rollset.engine.durable.access.sessions import Lifetime, Sessions
from rollset.engine.durable.access.tokens import Tokens
from rollset.engine.durable.place import SqliteState
from rollset.engine.durable.ready import open_database
from rollset.web.access import paths, sites
from rollset.web.access.access import Access
from rollset.web.access.settings import AccessSettings
from rollset.web.app import create_app
from rollset.web.fingerprints import FOREVER, fingerprinted
from rollset.web.site import Site
from tests.cli.driver import emulated
from tests.web.driver import DOORS, Served, opened, served

SCRIPT = "<script>window.hacked = true</script><img src=x onerror='window.hacked = true'>"
EVIL = f"""
scale_sets:
- resource_group: myrg
  name: web
  capacity: 2
  image: 'MicrosoftWindowsServer:WindowsServer:2012-R2-Datacenter:4.0.20160126'
  tags: {{team: "{SCRIPT}"}}
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A dashboard for tests that change nothing."""
    with emulated(EVIL, time_scale=1.0) as ready, served(ready, tmp_path_factory.mktemp("door") / "state") as one:
        yield one


@dataclass(frozen=True, slots=True)
class Told:
    status: int
    headers: dict[str, str]
    text: str


def ask(site: Served, method: str, path: str, **headers: str) -> Told:
    host = urlsplit(site.address).netloc
    line = http.client.HTTPConnection(host, timeout=60)
    line.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    answer = line.getresponse()
    got = {name.lower(): value for name, value in answer.getheaders()}
    # Of a stream, that it began is enough.
    told = Told(answer.status, got, "" if "event-stream" in got.get("content-type", "") else answer.read().decode())
    line.close()
    return told


def routes(**parts: str) -> list[tuple[str, str]]:
    """Every method and address of the application, with something in each gap; `parts` say with what."""
    access = cast("Access", SimpleNamespace(settings=AccessSettings.of_loopback(1)))
    app = create_app(cast("Site", SimpleNamespace()), access)
    found = []
    for prefix, route in leaves(app.routes):
        path = prefix + route.path
        for name in route.param_convertors:
            path = path.replace(f"{{{name}}}", parts.get(name, "x"))
        found += [(method, path) for method in route.methods]
    return sorted(found)


def leaves(routes, prefix: str = "") -> list[tuple[str, APIRoute]]:
    """Each with what its address begins with."""
    found = []
    for route in routes:
        if isinstance(route, APIRoute):
            found.append((prefix, route))
        elif (inner := getattr(route, "original_router", None)) is not None:
            found += leaves(inner.routes, prefix)
        elif inner := getattr(route, "app", None):
            found += leaves(getattr(inner, "routes", []), prefix + route.path)
    return found


ROUTES = routes()
OPEN = {("GET", path) for path in paths.OPEN}


def test_the_application_has_routes_to_try():
    assert len(ROUTES) >= 10
    assert set(ROUTES) >= OPEN | {("POST", "/api/rollouts/x/orders"), ("GET", "/api/openapi.json")}


@pytest.mark.parametrize(("method", "path"), [one for one in ROUTES if one not in OPEN], ids=" ".join)
def test_nothing_is_told_and_nothing_done_for_whoever_is_not_signed_in(site: Served, method, path):
    assert ask(site, method, path).status == 401
    if method == "GET":
        led = ask(site, method, path, Accept="text/html")
        assert led.status in (303, 401)
        assert led.headers.get("location", "/sign-in").startswith("/sign-in")


@pytest.mark.parametrize(
    ("method", "path"),
    [one for one in ROUTES if one[0] not in sites.SAFE and not paths.only_asks(one[1])] or [("POST", "/")],
    ids=" ".join,
)
def test_a_viewer_changes_nothing(site: Served, method, path):
    with open_database(SqliteState(directory=site.state)) as database:
        tokens = Tokens(database)
        if "viewer" in {one.name for one in tokens.list()}:
            tokens.remove("viewer")
        token = tokens.add("viewer", {"viewer"}, made_by="test", at=0.0)
    assert ask(site, method, path, Authorization=f"Bearer {token}").status == 403


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/nowhere",
        "/static/rollset.css",
        fingerprinted("rollset.css"),
        "/static/nowhere",
        "/sign-in",
        "/api/nowhere",
    ],
)
def test_every_answer_is_strict(site: Served, path):
    for accept in ("text/html", "application/json"):
        answer = ask(site, "GET", path, Accept=accept)
        assert answer.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        kept = answer.headers["cache-control"]
        assert kept == _kept(path, answer.status)


def _kept(path: str, status: int) -> str:
    """A style or script is kept as long as its address names its content, and asked for anew where it does not."""
    if status != 200 or not path.startswith("/static/"):
        return "no-store"
    return FOREVER if "?" in path else "no-cache"


def test_what_is_open_tells_nothing_of_the_fleet_or_of_azure(site: Served):
    for path in ("/sign-in", "/sign-in/link?key=x", "/static/nowhere"):
        told = ask(site, "GET", path, Accept="text/html").text
        assert site.ready.subscription_id not in told
        assert "management" not in told
        assert urlsplit(site.ready.http).netloc not in told


def test_a_link_signs_in_and_the_button_signs_out(site: Served, browser: Browser):
    context = browser.new_context()
    page = context.new_page()
    page.goto(site.of_set())
    expect(page).to_have_url(f"{site.address}sign-in?to={quote(urlsplit(site.of_set()).path)}")
    expect(page.get_by_role("heading")).to_have_text("Sign in to rollset")

    page.goto(DOORS[site.address]())
    expect(page.get_by_role("heading", name="Fleet")).to_be_visible()
    expect(page.locator("header")).to_contain_text("tester@desk")

    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You have signed out.")).to_be_visible()
    page.goto(site.address)
    expect(page.get_by_role("heading")).to_have_text("Sign in to rollset")
    context.close()


def test_a_page_that_stays_open_says_that_its_session_has_ended(site: Served, page: Page, tmp_path):
    page.goto(site.of_set())
    expect(page.locator(".cell")).to_have_count(2)
    with open_database(SqliteState(directory=site.state)) as database:
        Sessions(database, Lifetime()).end_of("tester@desk")
    page.evaluate("import('/static/live.js').then((live) => live.follow(`/api${location.pathname}/stream?form=html`))")
    expect(page.locator("#line")).to_contain_text("your session has ended")


def test_a_script_in_a_tag_is_printed_and_does_not_run(site: Served, page: Page):
    for address in (site.address, f"{site.address}?tag=team", site.of_set(), f"{site.address}?text={quote(SCRIPT)}"):
        page.goto(address)
        expect(page.locator("main h1")).to_be_visible()
        assert page.evaluate("window.hacked") is None


def test_a_page_of_another_origin_cannot_have_anything_done(site: Served, browser: Browser, page: Page):
    page.goto(site.address)
    evil = page.context.new_page()
    evil.route(
        "**/evil",
        lambda route: route.fulfill(
            body=f"<form method=post action='{site.address}sign-out'><button>", content_type="text/html"
        ),
    )
    evil.goto("http://localhost:1/evil")
    with evil.expect_response("**/sign-out") as refused:
        evil.get_by_role("button").click()
    assert refused.value.status in (401, 403)
    page.reload()
    expect(page.get_by_role("heading", name="Fleet")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["sign-in", "sign-in/link?key=x"])
def test_axe_finds_nothing_serious_at_the_door(site: Served, browser: Browser, path: str, scheme: str):
    with opened(browser, color_scheme=scheme) as page:
        type(page).goto(page, site.address + path)
        expect(page.locator("h1")).to_be_visible()
        found = Axe().run(page).response["violations"]
        told = [f"{one['id']}: {one['help']}: {one['nodes'][0]['html'][:200]}" for one in found]
        assert not told, "\n".join(told)


def test_what_was_done_is_on_the_page_and_in_the_api(small, tmp_path, page: Page):
    with served(small, tmp_path / "state") as site:
        page.goto(f"{site.address}audit")
        row = page.locator("tbody tr").first
        expect(row).to_contain_text("tester@desk")
        expect(row).to_contain_text("sign in")
        page.goto(f"{site.address}audit?by=nobody")
        expect(page.locator("tbody")).to_contain_text("Nothing like that was done.")
        entries = page.request.get(f"{site.address}api/audit?limit=1").json()["entries"]
        assert [(one["who"], one["did"], one["outcome"]) for one in entries] == [("tester@desk", "sign in", "done")]
        refused = page.request.get(f"{site.address}api/audit?limit=0")
        assert refused.status == 422
        assert refused.json()["detail"].startswith("what was sent cannot be read: limit: ")
