"""One rollout in the browser, live: its orders, its history, two who look at once, and a server that comes back."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route, expect

from rollset.emulator.server import Ready
from tests.cli.driver import NEW, OLD, emulated, fault, images
from tests.web.driver import Served, command, opened, served

STATE = "#standing strong"
PATIENCE = 240_000
"""Milliseconds; what ends well ends long before."""


def begin(site: Served, *argv: str) -> str:
    """Leaves a rollout of its set to whoever works there; gives its id."""
    words = ("upgrade", site.name, "--image-version", NEW, "--yes", "--detach", "-o", "json", *argv)
    document = command(*words, "--state", str(site.state), ready=site.ready).document
    assert isinstance(document["rollout"], str)
    return document["rollout"]


def stands(page: Page, word: str) -> None:
    """The rollout gets there; a worker may take a while to start on a machine that is busy."""
    expect(page.locator(STATE)).to_have_text(word, timeout=PATIENCE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rolled:
    """A rollout that somebody has begun there, and nobody changes any more."""

    site: Served
    rollout: str

    @property
    def address(self) -> str:
        return f"{self.site.address}rollouts/{self.rollout}"


@pytest.fixture(scope="module")
def done(browser: Browser, workshop: Iterator[Served]) -> Rolled:
    """One that has ended well, for all who only read."""
    site = next(workshop)
    return brought(browser, Rolled(site=site, rollout=begin(site, "--max-unavailable", "2")), "done")


@pytest.fixture(scope="module")
def waiting(browser: Browser, workshop: Iterator[Served]) -> Rolled:
    """One that waits for an approval, which never comes."""
    site = next(workshop)
    return brought(browser, Rolled(site=site, rollout=begin(site, "--checkpoint", "1:approve")), "waits for approval")


def brought(browser: Browser, rolled: Rolled, word: str) -> Rolled:
    """The rollout, once it is there."""
    with opened(browser) as page:
        page.goto(rolled.address)
        stands(page, word)
    return rolled


def test_orders_are_given_and_obeyed(worked: Served, page: Page):
    rollout = begin(worked, "--checkpoint", "1:approve", "--checkpoint", "2:approve")
    page.goto(f"{worked.address}rollouts/{rollout}")
    stands(page, "waits for approval")
    held: list[Route] = []
    page.route(f"**/api/rollouts/{rollout}/orders", lambda route: held.append(route))  # noqa: PLW0108 (it is given an attribute)
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Pause")).to_have_attribute("aria-disabled", "true")
    held[0].abort("connectionrefused")
    expect(page.locator("#said")).to_contain_text("The dashboard does not answer.")
    page.unroute(f"**/api/rollouts/{rollout}/orders")
    page.get_by_role("button", name="Pause").click()
    expect(page.locator("#said")).to_have_text("Pause: ordered.")
    expect(page.locator("#facts")).to_contain_text("pause ordered by")
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible(timeout=PATIENCE)

    page.get_by_role("button", name="Approve checkpoint 1").click()
    expect(page.get_by_role("button", name="Approve checkpoint 2")).to_be_visible(timeout=PATIENCE)
    page.get_by_role("link", name="Stop…").click()
    asked = page.get_by_role("dialog", name=f"Stop the rollout of {worked.name}?")
    expect(asked).to_contain_text("3 instances would stay on the old image.")
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Stop…")).to_be_focused()
    page.get_by_role("link", name="Stop…").click()
    asked.get_by_role("button", name="Stop").click()
    stands(page, "stopped")
    assert sorted(images(worked.ready, worked.name).values()) == [OLD, OLD, OLD, NEW, NEW]

    again = page.get_by_role("link", name="Roll again").get_attribute("href")
    assert again == f"/sets/{worked.ready.subscription_id}/{worked.name}/roll?again={rollout}"
    fault(worked.ready, kind="upgrade-fails", set=worked.name, times=1)
    page.get_by_role("link", name="Undo…").click()
    expect(page.locator("main")).to_contain_text("back to MicrosoftWindowsServer")
    page.get_by_role("button", name="Undo").click()
    stands(page, "failed")
    expect(page.get_by_role("link", name=f"undoes {rollout}")).to_be_visible()
    expect(page.get_by_role("link", name="Roll again")).to_have_count(0)
    failed = page.url
    page.get_by_role("link", name=f"Undo {rollout}…").click()
    page.get_by_role("dialog", name=f"Undo {rollout}?").get_by_role("button", name=f"Undo {rollout}").click()
    page.wait_for_url(lambda url: url != failed)
    stands(page, "undone")
    page.goto(f"{worked.address[:-1]}{again}")
    expect(page.locator("#file")).to_have_value(
        f"scale_set: {worked.ready.subscription_id}/{worked.name}\nimage:\n  version: {NEW}\n"
        "policy:\n  checkpoints:\n  - 1:approve\n  - 2:approve\n"
    )
    assert set(images(worked.ready, worked.name).values()) == {OLD}


def test_an_order_without_effect_is_refused_in_a_sentence(done: Rolled, page: Page):
    page.goto(done.address)
    expect(page.get_by_role("button", name="Pause")).to_have_count(0)

    page.evaluate(
        """(address) => { const form = document.getElementById("orders"); form.action = address; form.submit(); }""",
        f"/rollouts/{done.rollout}/pause",
    )
    expect(page.locator(".sentence")).to_contain_text("): nothing to pause")


def test_what_one_orders_without_any_script_the_other_sees(worked: Served, browser: Browser):
    rollout = begin(worked, "--checkpoint", "1:approve")
    with opened(browser) as other:
        other.goto(f"{worked.address}rollouts/{rollout}")
        stands(other, "waits for approval")
        other.evaluate("window.untouched = true")

        with opened(browser, java_script_enabled=False) as page:
            page.goto(f"{worked.address}rollouts/{rollout}")
            page.get_by_role("link", name="Stop…").click()
            expect(page.get_by_text("4 instances would stay on the old image.")).to_be_visible()
            page.get_by_role("link", name="Leave it as it is").click()
            page.get_by_role("button", name="Approve checkpoint 1").click()
            expect(page.locator("#facts")).to_contain_text("approve (checkpoint 1) ordered by")

        stands(other, "done")
        expect(other.locator("#history")).to_contain_text("approve (checkpoint 1) ordered by")
        expect(other.locator("#legend")).to_have_text("● up to date 5", use_inner_text=True)
        assert other.evaluate("window.untouched"), "the page was not loaded again"


def test_a_server_that_restarts_and_a_page_that_reloads_touch_nothing(small: Ready, tmp_path: Path, page: Page):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with served(small, tmp_path / "state", worker=True, port=port) as site:
        rollout = begin(site, "--checkpoint", "1:approve")
        page.goto(f"{site.address}rollouts/{rollout}")
        stands(page, "waits for approval")
        page.reload()
        stands(page, "waits for approval")
        page.evaluate("window.untouched = true")
    expect(page.get_by_text("The server does not answer; trying again.")).to_be_visible()

    with served(small, tmp_path / "state", worker=True, port=port):
        expect(page.locator("#line")).to_be_empty()
        expect(page.locator("#history")).to_contain_text("goes on from here, carried out by", timeout=PATIENCE)
        page.get_by_role("button", name="Approve checkpoint 1").click()
        stands(page, "done")
    assert set(images(small).values()) == {NEW}


def test_a_failure_is_told_in_azures_words(worked: Served, page: Page):
    fault(worked.ready, kind="upgrade-fails", set=worked.name, instances=["0"])
    rollout = begin(worked)
    page.goto(f"{worked.address}rollouts/{rollout}")

    stands(page, "failed")
    expect(page.locator("#failures")).to_contain_text("0: ")
    expect(page.locator("#bars .legend")).to_contain_text("failed")
    page.get_by_label("Show").select_option("failures")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator("#history li")).to_have_count(1)
    expect(page.locator("#history")).to_contain_text("instance 0 failed")


def test_the_report_opens_without_a_network_and_says_it_all(done: Rolled, browser: Browser, page: Page, tmp_path: Path):
    page.goto(done.address)
    with page.expect_download() as download:
        page.get_by_role("link", name="Report").click()
    kept = tmp_path / download.value.suggested_filename
    download.value.save_as(kept)

    context = browser.new_context(offline=True, java_script_enabled=False)
    asked: list[str] = []
    reading = context.new_page()
    reading.on("request", lambda one: asked.append(one.url))
    reading.goto(kept.as_uri())
    expect(reading.get_by_role("heading", level=1)).to_have_text(done.rollout)
    expect(reading.get_by_role("img", name="At least 4 of 5 instances were in service; the floor is 3")).to_be_visible()
    expect(reading.get_by_role("table").filter(has_text="in the order of going").locator("tbody tr")).to_have_count(5)
    expect(reading.locator(".history")).to_contain_text("begun by")
    today = datetime.now().astimezone()
    expect(reading.locator(".head")).to_contain_text(f"As it was on {today:%Y-%m-%d} at ")
    reading.emulate_media(media="print", color_scheme="dark")
    paper = "getComputedStyle(document.documentElement).getPropertyValue('--sheet')"
    assert reading.locator("body").evaluate(f"() => {paper}") == "#ffffff"
    assert asked == [kept.as_uri()]
    assert reading.locator("script, link, img").count() == 0
    context.close()


def test_the_document_is_that_of_the_command(done: Rolled, page: Page):
    page.goto(done.address)
    document = page.request.get(f"{done.address}.json").json()
    site = done.site
    told = command("status", done.rollout, "--state", str(site.state), "-o", "json", ready=site.ready).document
    events = document.pop("events")
    assert {**document, "age_seconds": 0} == {**told, "age_seconds": 0}
    assert [events[0]["event"], events[-1]["event"]] == ["begun", "closed"]


def test_the_list_shows_each_rollout_as_it_goes(worked: Served, page: Page):
    page.goto(f"{worked.address}rollouts?find={worked.name.rpartition('/')[2]}")
    expect(page.get_by_text("None matches.")).to_be_visible()
    rollout = begin(worked, "--checkpoint", "1:approve")
    line = page.get_by_role("row").filter(has=page.get_by_role("link", name=rollout))
    expect(line).to_contain_text("waits for approval", timeout=PATIENCE)
    expect(line).to_contain_text("1/5")
    command("stop", rollout, "--state", str(worked.state), ready=worked.ready)
    expect(line).to_contain_text("stopped", timeout=PATIENCE)

    page.get_by_label("State").select_option("going")
    page.get_by_role("button", name="Filter").click()
    expect(page.get_by_text("None matches.")).to_be_visible()


def test_bars_and_line_stand_in_tables_as_well(done: Rolled, browser: Browser):
    with opened(browser, java_script_enabled=False) as page:
        page.goto(done.address)
        expect(page.locator(STATE)).to_have_text("done")
        page.get_by_role("link", name="Both as tables").click()
        rows = page.get_by_role("table").first.locator("tbody tr")
        expect(rows).to_have_count(5)
        expect(rows.first).to_contain_text("done")


def test_axe_finds_nothing_serious(waiting: Rolled, browser: Browser):
    site = waiting.site
    with opened(browser, reduced_motion="reduce") as page:
        for address in (
            waiting.address,
            f"{waiting.address}/tables",
            f"{waiting.address}/stop",
            f"{site.address}rollouts",
        ):
            page.goto(address)
            assert faults(page) == [], address
        page.goto(waiting.address)
        page.get_by_role("link", name="Undo…").click()
        expect(page.get_by_role("dialog").get_by_role("button", name="Undo")).to_be_visible()
        assert faults(page) == []
        page.goto(site.of_set(below="roll"))
        page.locator("details:not([open]) summary").evaluate_all("all => all.forEach(one => one.click())")
        assert faults(page) == []
        page.get_by_role("button", name="See the plan").click()
        expect(page.get_by_role("heading", name="Findings")).to_be_visible()
        assert faults(page) == []


def faults(page: Page) -> list[str]:
    """What axe-core says against a page, light and dark, and whether a phone would have to scroll sideways."""
    told = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = Axe().run(page).response["violations"]
        told += [f"{scheme}: {one['id']}: {one['help']}: {one['nodes'][0]['html'][:200]}" for one in found]
    page.set_viewport_size({"width": 360, "height": 740})
    if page.evaluate("document.documentElement.scrollWidth") > 360:
        told.append("it is wider than a phone")
    page.set_viewport_size({"width": 1280, "height": 800})
    return told


def test_no_such_rollout(site: Served, page: Page):
    answer = page.goto(f"{site.address}rollouts/nothing-like-it")
    assert answer is not None
    assert answer.status == 404
    expect(page.locator(".sentence")).to_contain_text("no rollout begins with 'nothing-like-it'")
    page.goto(f"{site.address}rollouts")
    expect(page.get_by_text("There is no rollout yet.")).to_be_visible()


def test_bars_of_a_thousand_instances_are_small_and_can_be_read(tmp_path: Path, page: Page):
    fleet = (
        "scale_sets: [{resource_group: myrg, name: web, capacity: 1000, single_placement_group: false, image: '%s'}]"
    )
    urn = f"MicrosoftWindowsServer:WindowsServer:2012-R2-Datacenter:{OLD}"
    with emulated(fleet % urn, time_scale=300.0) as ready, served(ready, tmp_path / "state", worker=True) as site:
        rollout = begin(site, "--checkpoint", "1:approve")
        answer = page.goto(f"{site.address}rollouts/{rollout}")
        assert answer is not None
        assert len(answer.body()) < 400_000
        stands(page, "waits for approval")
        expect(page.locator("#marks .cell")).to_have_count(1000)
        expect(page.locator("#bars")).to_contain_text("waiting")
        expect(page.locator("#bars path")).to_have_count(3)
