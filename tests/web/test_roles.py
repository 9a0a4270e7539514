"""What each role is shown and may do: buttons are there for those who may press them, and the routes do not rely on it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page

from rollset.emulator.server import Ready
from rollset.web.access.limits import LookLimit
from rollset.web.access.roles import Role
from tests.cli.driver import SMALL, emulated, writes
from tests.web.driver import opened, served
from tests.web.guarded import Browser, Guarded
from tests.web.realsite import real_site
from tests.web.test_door import ROUTES
from tests.web.test_rollout_page import begin, stands

VIEWER, OPERATOR, APPROVER = Role.VIEWER, Role.OPERATOR, Role.APPROVER
FILE = '{"image": {"version": "latest"}}'
FORM = urlencode({"file": FILE, "was": ""}).encode()


@pytest.fixture(scope="module")
def ready() -> Iterator[Ready]:
    with emulated(time_scale=300.0) as one:
        yield one


@pytest.fixture(scope="module")
def site(ready: Ready, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    with real_site(ready, tmp_path_factory.mktemp("roles") / "state") as one:
        yield one


@pytest.fixture(autouse=True)
def _fresh(request: pytest.FixtureRequest) -> None:
    """Nobody has asked anything yet."""
    if "site" in request.fixturenames:
        request.getfixturevalue("site").access.looks = LookLimit(lambda: 0.0)


def words(html: str) -> str:
    """What a reader sees of the page below its head."""
    main = html.partition("<main")[2].partition("</main>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main))


def buttons(html: str) -> list[str]:
    main = html.partition("<main")[2].partition("</main>")[0]
    found = re.findall(r"<(?:button|a class=\"button[^>]*?)[^>]*>(.*?)</(?:button|a)>", main, re.DOTALL)
    return [re.sub(r"<[^>]+>|\s+", " ", one).strip() for one in found]


def test_a_viewer_sees_a_set_and_nothing_to_press_on_it(site: Guarded, ready: Ready):
    below = f"/sets/{ready.subscription_id}/myrg/web"
    seen = site.browser(VIEWER).ask("GET", below)
    assert buttons(seen.text) == ["Plan a rollout", "Plan a rollout", "Clear"]
    assert "To act on instances takes the role operator; anna@example.com has viewer." in words(seen.text)
    assert 'method="post"' not in seen.text.partition("<main")[2]
    assert "Redeploy" in buttons(site.browser(OPERATOR).ask("GET", below).text)
    assert site.browser(VIEWER).ask("GET", f"{below}/edit").status == 403


def test_a_viewer_sees_plans_and_begins_none(site: Guarded, ready: Ready):
    below = f"/sets/{ready.subscription_id}/myrg/web/roll"
    viewer, before = site.browser(VIEWER), writes(ready)
    assert "1, 3" in viewer.ask("GET", f"{below}?instance=1&instance=3").text
    kind = {"X-CSRF-Token": viewer.csrf(), "Content-Type": "application/json"}
    wish = json.dumps({"file": FILE, "was": FILE}).encode()
    assert viewer.ask("POST", f"/api{below.removesuffix('roll')}form", kind, wish).document["usable"]
    address = viewer.post(f"{below}/plan", FORM).headers["location"]
    plan = viewer.ask("GET", address)
    assert "5 instances to upgrade" in words(plan.text)
    assert buttons(plan.text) == ["Change it", "Plan again"]
    assert "To begin it takes the role operator; anna@example.com has viewer." in words(plan.text)
    shown = site.browser(OPERATOR).ask("GET", address)
    assert "Start" in buttons(shown.text)
    begin = FORM + b"&hash=" + re.search(r'name="hash" value="(\w+)"', shown.text)[1].encode()
    for role in (VIEWER, APPROVER):
        assert site.browser(role).post(f"{below}/start", begin).status == 403
    token = {**site.token(VIEWER, name="looker"), "Content-Type": "application/json"}
    assert site.ask("GET", "/api/rollouts", token).document["rollouts"] == []
    assert writes(ready) == before


def test_a_viewer_is_told_prices_and_says_yes_to_none(site: Guarded, ready: Ready):
    below, before = f"/api/sets/{ready.subscription_id}/myrg/web/acts", writes(ready)
    token = {**site.token(VIEWER, name="curious"), "Content-Type": "application/json"}
    told = site.ask("POST", f"{below}/price", token, b'{"act": "restart", "all": true}')
    assert told.document["price"]["dangerous"]
    yes = {"key": told.document["key"], "token": told.document["price"]["token"], "name": "web"}
    assert site.ask("POST", below, token, json.dumps(yes).encode()).status == 403
    operator = {**site.token(OPERATOR, name="other"), "Content-Type": "application/json"}
    assert site.ask("POST", below, operator, json.dumps(yes).encode()).status == 400, "it was told to somebody else"
    assert writes(ready) == before


ANSWERED_WITHOUT_AZURE = {("GET", "acts"), ("GET", "rollouts"), ("POST", "form"), ("GET", "drafts/x")}
ASKING = [
    (method, path)
    for method, path in ROUTES
    if re.match("(/api)?/sets/[^/]+/[^/]+/", path)
    and (method, path.partition("/x/x/x/")[2]) not in ANSWERED_WITHOUT_AZURE
]


@pytest.mark.parametrize(("method", "path"), ASKING, ids=" ".join)
def test_what_a_viewer_asks_of_azure_has_a_bound(site: Guarded, method: str, path: str):
    """Of every address below a set: those that take another role refuse, and all others are counted."""
    viewer = site.browser(VIEWER)
    site.access.looks.take("issuer anna@example.com", 60)
    kind = {"X-CSRF-Token": viewer.csrf(), "Content-Type": "application/json" if "/api/" in path else "text/plain"}
    refused = viewer.ask(method, path, kind if method == "POST" else {"Accept": "application/json"})
    assert refused.status in (403, 429), refused.text
    if refused.status == 429:
        assert 0 < int(refused.headers["retry-after"]) <= 60


def test_viewers_are_counted_each_and_together_and_nobody_else(site: Guarded, ready: Ready):
    address = f"/sets/{ready.subscription_id}/myrg/web"
    plan = f"/api{address}/plan"

    def asked(who: dict[str, str]) -> int:
        return site.ask("POST", plan, {**who, "Content-Type": "application/json"}, FILE.encode()).status

    first = site.token(VIEWER, name="v1")
    assert [asked(first) for _ in range(4)] == [200, 200, 200, 429]
    assert site.browser(VIEWER).ask("GET", address).status == 200, "somebody else"
    for number in range(2, 4):
        assert asked(site.token(VIEWER, name=f"v{number}")) == 200
    site.access.looks.take("many others", 60)
    assert asked(site.token(VIEWER, name="v4")) == 429, "all of them together"
    operator = site.token(OPERATOR, name="night")
    assert [asked(operator) for _ in range(5)] == [200] * 5


def test_orders_are_offered_to_those_who_may_give_them(small: Ready, tmp_path: Path, page: Page):
    """At a checkpoint, on the page and in what a stream sends of it."""
    with served(small, tmp_path / "state", worker=True) as one:
        rollout = begin(one, "--checkpoint", "1:approve")
        page.goto(f"{one.address}rollouts/{rollout}")
        stands(page, "waits for approval")
        assert buttons(page.content())[:4] == ["Approve checkpoint 1", "Pause", "Stop…", "Undo…"]
        with real_site(small, tmp_path / "state") as site:
            _check_orders(site, rollout)


def _check_orders(site: Guarded, rollout: str) -> None:
    def shown(*roles: Role) -> list[str]:
        return [one for one in buttons(site.browser(*roles).ask("GET", f"/rollouts/{rollout}").text) if one in ORDERS]

    assert shown(VIEWER) == []
    assert shown(OPERATOR) == ["Pause", "Stop…", "Undo…"]
    assert shown(APPROVER) == ["Approve checkpoint 1"]
    told = words(site.browser(VIEWER).ask("GET", f"/rollouts/{rollout}").text)
    assert (
        "To approve it takes the role approver; to pause, stop or undo it takes the role operator; "
        "anna@example.com has viewer." in told
    )
    told = words(site.browser(OPERATOR).ask("GET", f"/rollouts/{rollout}").text)
    assert "To approve it takes the role approver; anna@example.com has operator, viewer." in told
    for role, verb in ((VIEWER, "pause"), (VIEWER, "approve"), (OPERATOR, "approve"), (APPROVER, "undo")):
        assert site.browser(role).post(f"/rollouts/{rollout}/{verb}").status == 403
        assert site.browser(role).ask("GET", f"/rollouts/{rollout}/{verb}").status == 403
    stream = f"/api/rollouts/{rollout}/stream?form=html"
    assert "Pause" not in _first_part(site.browser(VIEWER), stream)
    assert "Pause" in _first_part(site.browser(OPERATOR), stream)


ORDERS = {"Approve checkpoint 1", "Pause", "Stop…", "Undo…"}


def _first_part(browser: Browser, path: str) -> str:
    """What a stream sends of the state of a rollout."""
    line = browser.guarded.stream(path, {"Cookie": browser.cookie})
    return next(one for one in line if '"standing"' in one)


def test_a_plan_says_its_remedies_in_the_words_of_the_form(tmp_path: Path):
    fleet = SMALL.replace("capacity: 5", "capacity: 5, upgrade_policy: Automatic")
    with emulated(fleet) as automatic, real_site(automatic, tmp_path / "state") as site:
        browser = site.browser(VIEWER)
        below = f"/sets/{automatic.subscription_id}/myrg/web/roll/plan"
        told = words(browser.ask("GET", browser.post(below, FORM).headers["location"]).text)
        assert "add policy.switch_policy: true to have it set to Manual" in told
        assert "--switch-policy" not in told


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_viewer_finds_his_way_without_scripts(small: Ready, tmp_path: Path, browser: Chromium, scheme: str) -> None:
    """Cells are chosen, and the plan of a rollout of them is seen."""
    with real_site(small, tmp_path / "state") as site:
        looker = site.browser(VIEWER)
        cookies = [
            {"name": name, "value": value, "url": f"http://{site.host}"} for name, value in looker.cookies.items()
        ]
        with opened(browser, java_script_enabled=scheme == "dark", color_scheme=scheme) as page:
            page.context.add_cookies(cookies)
            page.goto(f"http://{site.host}/sets/{small.subscription_id}/myrg/web")
            for one in ("1", "3"):
                page.locator(f"#cell-{one} input").check()
            page.locator("#selection").get_by_role("button", name="Plan a rollout").click()
            assert "csrf" not in page.url
            page.get_by_role("button", name="See the plan").click()
            page.get_by_text("2 instances to upgrade").wait_for()
            assert page.get_by_role("button", name="Start").count() == 0
