"""The fleet page in a real Chromium: every set of the subscription, filtered and sorted by the address."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.cli.driver import NEW, OLD, URN, VARIED, act, emulated
from tests.web.driver import Served, command, opened, served


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    """A set of every kind; nobody changes them."""
    with emulated(VARIED, time_scale=1.0) as ready, served(ready, tmp_path_factory.mktemp("fleet")) as site:
        yield site


def first_is(page: Page, name: str) -> None:
    expect(page.locator("#rows th a").first).to_have_text(name)


def all_seen(page: Page) -> None:
    expect(page.locator("#rows svg.mini").first).to_be_visible()  # Before, they are perhaps not listed yet.
    expect(page.locator("#rows")).not_to_contain_text("not seen yet")


def test_each_set_is_a_line_with_its_instances_drawn_small(fleet: Served, page: Page):
    page.goto(fleet.address)
    expect(page.locator("#counts")).to_contain_text("11 scale sets")
    all_seen(page)

    mixed = page.locator("#rows tr").filter(has=page.get_by_role("link", name="myrg/mixed"))
    expect(mixed.get_by_role("img", name="1 unhealthy, 1 stopped, 1 outdated, 7 up to date")).to_be_visible()


def test_a_filter_is_in_the_address_and_works_without_scripts(fleet: Served, page: Page, browser: Browser):
    page.goto(fleet.address)
    all_seen(page)

    with opened(browser, java_script_enabled=False) as bare:
        bare.goto(fleet.address)
        bare.get_by_label("State").select_option("unhealthy")
        bare.get_by_role("button", name="Filter").click()
        expect(bare).to_have_url(re.compile("state=unhealthy"))
        expect(bare.locator("#rows th a")).to_have_text(["myrg/mixed"])
        expect(bare.locator("#counts")).to_have_text("1 to 1 of 1 scale set that matches; 11 in all")


def test_the_keyboard_alone_filters_and_sorts(fleet: Served, page: Page):
    page.goto(fleet.address)
    page.get_by_label("Text").focus()
    page.keyboard.type("myrg/")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("text=myrg"))
    page.get_by_role("link", name="Capacity").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("columnheader", name="Capacity")).to_have_attribute("aria-sort", "descending")
    assert "text=myrg" in page.url


def test_a_click_on_a_heading_sorts_and_another_one_turns_it_around(fleet: Served, page: Page):
    page.goto(fleet.address)
    all_seen(page)
    names = [words.split("/")[-1] for words in page.locator("#rows th a").all_inner_texts()]
    assert names == sorted(names)

    page.get_by_role("link", name="Capacity").click()
    first_is(page, "myrg/myvmss")
    expect(page.get_by_role("columnheader", name="Capacity")).to_have_attribute("aria-sort", "descending")
    page.get_by_role("link", name="Capacity").click()
    first_is(page, "myrg/empty")


@pytest.mark.parametrize(
    ("question", "told"),
    [
        pytest.param("?state=nonsense", "is no state of a scale set", id="state"),
        pytest.param("?tag==x", "as a tag", id="tag"),
        pytest.param("?text=nowhere", "No scale set matches; change the filter.", id="nothing"),
    ],
)
def test_what_cannot_be_filtered_by_is_told(fleet: Served, browser: Browser, question: str, told: str):
    with opened(browser, java_script_enabled=False) as page:
        page.goto(fleet.address + question)
        expect(page.locator("main")).to_contain_text(told)


def test_a_change_of_an_instance_shows_without_loading_the_page_again(site: Served, page: Page):
    page.goto(site.address)
    all_seen(page)

    act(site.ready, "2", "powerOff")

    expect(page.get_by_role("img", name="1 stopped, 4 up to date")).to_be_visible()


def test_a_rollout_stands_beside_its_set(small, tmp_path: Path, page: Page):
    with served(small, tmp_path / "state") as site:
        page.goto(site.address)
        all_seen(page)
        command(
            "upgrade", "myrg/web", "--image-version", NEW, "--yes", "--detach", "--state", str(site.state), ready=small
        )

        expect(page.get_by_role("link", name="waits for a worker 0/5")).to_be_visible()


def test_the_first_page_is_small_however_many_sets_there_are(browser: Browser, tmp_path: Path):
    names = "".join(
        f"  - {{resource_group: a-resource-group-{number}, name: a-scale-set-{number}, capacity: 20, image: '{URN}:{OLD}', "
        f"tags: {{team: team-{number}, stage: production}}}}\n"
        for number in range(120)
    )
    with (
        emulated(f"scale_sets:\n{names}", time_scale=1.0) as ready,
        served(ready, tmp_path / "state") as site,
        opened(browser) as page,
    ):
        page.goto(site.address)
        expect(page.locator("#counts")).to_contain_text("1 to 50 of 120 scale sets")
        all_seen(page)
        page.goto(site.address)
        sizes = page.evaluate(
            "[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]"
            ".filter(one => !one.name.includes('/stream')).map(one => one.decodedBodySize)"
        )
        assert 20_000 < sum(sizes) < 150_000
        page.get_by_role("link", name="Next").click()
        expect(page.locator("#counts")).to_contain_text("51 to 100 of 120 scale sets")
