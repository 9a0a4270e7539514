"""Pages fit what they are looked at with: a phone, a name as long as Azure lets it be, letters twice as large, a line."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.cli.driver import emulated
from tests.web.driver import Served, opened, served

PHONE = {"width": 360, "height": 740}
LONG = "a-scale-set-with-a-name-as-long-as-azure-lets-it-be-000000000064"
GROUP = "the-resource-group-of-the-payments-platform-in-production-west-europe"
FLEET = f"""
scale_sets:
  - &one {{resource_group: myrg, name: web, capacity: 20}}
  - {{<<: *one, resource_group: {GROUP}, name: {LONG}, capacity: 5}}
  - {{<<: *one, name: empty, capacity: 0}}
  - {{<<: *one, name: many, capacity: 300, single_placement_group: false}}
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with emulated(FLEET, time_scale=1.0) as ready, served(ready, tmp_path_factory.mktemp("fitting")) as one:
        yield one


def right_of(some: Locator) -> float:
    return max(box["x"] + box["width"] for one in some.all() if (box := one.bounding_box()) is not None)


def row_of(page: Page, name: str) -> Locator:
    expect(page.locator("#rows tr")).to_have_count(4)
    expect(page.locator("#rows")).not_to_contain_text("not seen yet")
    return page.locator("#rows tr").filter(has=page.get_by_role("link", name=name))


def test_five_fault_domains_fit_a_phone(site: Served, browser: Browser):
    with opened(browser, viewport=PHONE) as page:
        page.goto(site.of_set())
        assert right_of(page.locator(".cell")) <= PHONE["width"]


def test_a_row_of_the_fleet_is_a_card_on_a_phone_with_all_that_it_says(site: Served, browser: Browser):
    with opened(browser, viewport=PHONE) as page:
        page.goto(site.address)
        row = row_of(page, "myrg/web")
        assert right_of(row.locator("td:visible")) <= PHONE["width"]
        shown = row.evaluate("row => getComputedStyle(row.querySelector('td.number'), '::before').content")
        assert "Outdated" in shown
        page.get_by_role("link", name="Capacity").click()
        expect(page).to_have_url(f"{site.address}?sort=capacity&down=yes")


def test_a_card_is_still_a_row_of_a_table_to_a_screen_reader(site: Served, browser: Browser):
    with opened(browser, viewport=PHONE) as page:
        page.goto(site.address)
        expect(page.locator("#rows tr")).to_have_count(4)
        for path in ("", "acts", "audit", "rollouts"):
            page.goto(f"{site.address}{path}")
            told = Counter(one["role"]["value"] for one in heard(page) if not one["ignored"])
            assert (told["table"], told["row"]) == (1, page.locator("tr").count()), path
            assert told["cell"] + told["rowheader"] == page.locator("tbody tr > *").count(), path
            assert told["columnheader"] == page.locator("thead th").count(), path


def heard(page: Page) -> list[dict[str, Any]]:
    """What Chromium tells a screen reader."""
    nodes: list[dict[str, Any]] = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    return nodes


def test_a_long_name_leaves_the_other_columns_on_the_screen(site: Served, browser: Browser):
    with opened(browser, viewport={"width": 1280, "height": 800}) as page:
        page.goto(site.address)
        assert right_of(row_of(page, LONG).locator("td")) <= 1280


def test_what_to_do_with_instances_hides_none_before_some_are_chosen(site: Served, browser: Browser):
    with opened(browser, viewport={"width": 1280, "height": 400}) as page:
        page.goto(site.of_set("myrg/many"))
        bar = page.locator("#selection")
        expect(bar).not_to_be_in_viewport()
        page.locator("#cell-0").click()
        expect(bar.get_by_role("button", name="Restart", exact=True)).to_be_in_viewport()
        page.keyboard.press("Escape")
        expect(page.locator("#chosen")).to_have_text("Choose instances, or whole rows and columns")
        expect(bar).not_to_be_in_viewport()


def test_a_set_without_instances_offers_nothing_to_do_with_them(site: Served, page: Page):
    page.goto(site.of_set("myrg/empty"))
    expect(page.get_by_text("It has no instances.")).to_be_visible()
    expect(page.locator("#selection")).to_be_hidden()


@pytest.mark.parametrize("address", [lambda site: site.address, Served.of_set, lambda site: site.of_set(below="roll")])
def test_letters_twice_as_large_are_so_and_cut_nothing_off(
    site: Served, browser: Browser, address: Callable[[Served], str]
):
    with opened(browser, viewport={"width": 1280, "height": 800}) as page:
        page.goto(address(site))
        size = "parseFloat(getComputedStyle(document.body).fontSize)"
        usual = page.evaluate(size)
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert page.evaluate(size) == 2 * usual
        assert page.evaluate("document.documentElement.scrollWidth") <= 1280


def test_pages_are_pressed_together_and_streams_are_not(site: Served, page: Page):
    with page.expect_response(lambda one: "/stream?" in one.url) as stream:
        answer = page.goto(site.of_set("myrg/many"))

    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) * 5 < len(answer.body())
    assert stream.value.headers["content-type"].startswith("text/event-stream")
    assert "content-encoding" not in stream.value.headers
