"""The pictures of docs/images: `make images` has this test write them there; else they are taken and looked at only."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from rollset.cli.demoweb import FLEET
from tests.cli.driver import account, emulated, fault
from tests.web.driver import Served, command, opened, served

WIDE = {"width": 1280, "height": 800}
NARROW = {"width": 390, "height": 800}
FOLDER = os.environ.get("ROLLSET_PICTURES")
ROLLOUT_WITHIN = 180_000
"""Milliseconds until some instances are upgraded."""
ROLLED, DOMAIN = "myrg/myvmss", 2
"""The set in the middle of a rollout: the upgrades of this update domain do not end."""
BYTES_MIN = 10_000
"""A picture of nothing is smaller."""


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """The fleet of `rollset demo --web`, one of its sets in the middle of a rollout."""
    with (
        emulated(FLEET.read_text(), time_scale=120.0) as ready,
        served(ready, tmp_path_factory.mktemp("demo"), worker=True) as site,
    ):
        held = [one["id"] for one in account(ready, ROLLED)["instances"] if one["update_domain"] == DOMAIN]
        fault(ready, kind="hangs", set=ROLLED, instances=held)
        command(
            *("upgrade", ROLLED, "--image-version", "latest", "--max-unavailable", "4", "--yes", "--detach"),
            *("--state", str(site.state)),
            ready=ready,
        )
        yield site


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return Path(FOLDER or tmp_path_factory.mktemp("pictures"))


def take(page: Page, folder: Path, name: str, *, whole: bool = False) -> None:
    page.evaluate("document.activeElement?.blur()")
    picture = page.screenshot(path=folder / f"{name}.png", full_page=whole, animations="disabled")
    assert len(picture) > BYTES_MIN


def in_its_middle(page: Page, site: Served) -> None:
    page.goto(site.of_set(ROLLED))
    expect(page.locator(".cell.done")).to_have_count(8, timeout=ROLLOUT_WITHIN)
    expect(page.locator(".cell.out")).to_have_count(4, timeout=ROLLOUT_WITHIN)


def test_the_set_in_the_middle_of_a_rollout_light_dark_and_narrow(demo: Served, browser: Browser, folder: Path):
    with opened(browser, viewport=WIDE, color_scheme="light") as page:
        in_its_middle(page, demo)
        take(page, folder, "set")
    with opened(browser, viewport=WIDE, color_scheme="dark") as page:
        in_its_middle(page, demo)
        take(page, folder, "set-dark")
    with opened(browser, viewport=NARROW) as page:
        in_its_middle(page, demo)
        take(page, folder, "set-narrow")


def test_the_rollout_in_its_middle(demo: Served, browser: Browser, folder: Path):
    with opened(browser, viewport=WIDE, color_scheme="light") as page:
        page.goto(f"{demo.address}rollouts")
        page.get_by_role("rowheader").get_by_role("link").first.click()
        expect(page.get_by_role("heading", name="Timeline")).to_be_visible()
        take(page, folder, "rollout")


def test_the_form_and_the_file_of_a_rollout(demo: Served, browser: Browser, folder: Path):
    with opened(browser, viewport=WIDE, color_scheme="light") as page:
        page.goto(demo.of_set("shop/web", "roll"))
        expect(page.get_by_role("button", name="See the plan")).to_be_visible()
        take(page, folder, "roll")
        page.get_by_role("button", name="See the plan").click()
        expect(page.get_by_role("heading", name="Steps")).to_be_visible()
        take(page, folder, "plan")


def test_the_fleet_light_and_dark(demo: Served, browser: Browser, folder: Path):
    for scheme, name in (("light", "fleet"), ("dark", "fleet-dark")):
        with opened(browser, viewport=WIDE, color_scheme=scheme) as page:
            page.goto(demo.address)
            expect(page.locator("#rows")).not_to_contain_text("not seen yet")
            take(page, folder, name)


def test_the_price_of_an_act(demo: Served, browser: Browser, folder: Path):
    with opened(browser, viewport=WIDE) as page:
        page.goto(demo.of_set("shop/batch"))
        page.get_by_role("checkbox", name="all of UD 1").check()
        page.locator("#selection").get_by_role("button", name="Restart").click()
        expect(page.get_by_role("dialog")).to_contain_text("out of service")
        take(page, folder, "price")
