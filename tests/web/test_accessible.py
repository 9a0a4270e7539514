"""Every page, light and dark: axe-core finds nothing serious, and nothing makes a phone scroll sideways."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.cli.driver import VARIED, emulated
from tests.web.driver import Served, opened, served

PAGES = [
    pytest.param("", id="fleet"),
    pytest.param("sets/{subscription}/myrg/mixed", id="set"),
    pytest.param("sets/{subscription}/myrg/mixed?show=power", id="set by power"),
    pytest.param("sets/{subscription}/myrg/mixed?show=image", id="set by image"),
    pytest.param("sets/{subscription}/other/zonal", id="zonal set"),
    pytest.param("sets/{subscription}/myrg/empty", id="empty set"),
    pytest.param("sets/{subscription}/myrg/nowhere", id="no such set"),
    pytest.param("sets/{subscription}/myrg/mixed/edit", id="edit"),
    pytest.param("sets/{subscription}/myrg/mixed/roll", id="roll"),
    pytest.param("rollouts", id="rollouts"),
    pytest.param("acts", id="acts"),
    pytest.param("audit", id="audit"),
]


@pytest.fixture(scope="module")
def varied(tmp_path_factory):
    with emulated(VARIED, time_scale=1.0) as ready, served(ready, tmp_path_factory.mktemp("varied")) as site:
        yield site


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_serious_and_a_phone_need_not_scroll_sideways(varied: Served, browser: Browser, path: str):
    with opened(browser, color_scheme="light", reduced_motion="reduce") as page:
        page.goto(varied.address + path.format(subscription=varied.ready.subscription_id))
        expect(page.locator("html.scripted")).to_have_count(1)
        assert complaints(page) == []
        page.emulate_media(color_scheme="dark")
        assert complaints(page) == []
        page.set_viewport_size({"width": 360, "height": 740})
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_a_price(varied: Served, browser: Browser, scheme: str):
    with opened(browser, color_scheme=scheme) as page:
        page.goto(varied.of_set("myrg/mixed"))
        page.get_by_role("checkbox", name="all of UD 2").check()
        page.locator("#selection").get_by_role("button", name="Delete").click()
        expect(page.get_by_label("to confirm")).to_be_visible()
        assert complaints(page) == []
        page.set_viewport_size({"width": 360, "height": 740})
        expect(page.get_by_label("to confirm")).to_be_in_viewport()
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        page.goto(varied.of_set("myrg/mixed", "edit"))
        page.get_by_label("Capacity").fill("14")
        page.locator(".editor").evaluate("form => form.submit()")  # The page that stands in for the dialog.
        expect(page.get_by_role("row", name="sku.capacity 10 14")).to_be_visible()
        assert complaints(page) == []


def complaints(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {one['help']}: {one['nodes'][0]['html'][:200]}" for one in found]
