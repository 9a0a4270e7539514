"""The page of a scale set in a real Chromium."""

from playwright.sync_api import Page, expect

from tests.cli.driver import act, ask, fault, restart
from tests.web.driver import Served
from tests.web.test_rollout_page import PATIENCE, begin


def test_each_instance_is_a_cell_in_its_update_domain(site: Served, page: Page):
    page.goto(site.of_set())

    expect(page.locator(".cell")).to_have_count(5)
    row = page.locator("#heatmap tr").filter(has=page.get_by_role("rowheader", name="UD 3"))
    expect(row.get_by_role("checkbox", name="instance 3: up to date")).to_have_count(1)


def test_cells_show_power_health_and_image_as_well(site: Served, page: Page):
    page.goto(site.of_set())

    for link, text in (("power", "running"), ("health", "healthy"), ("image version", "as the model says")):
        page.get_by_role("link", name=link).click()
        expect(page.get_by_role("checkbox", name=f"instance 0: {'' if link != 'power' else text}")).to_have_count(1)
        expect(page.locator("#legend")).to_contain_text(text)


def test_a_change_shows_on_the_open_page(site: Served, page: Page):
    page.goto(site.of_set(below="?show=power").replace("/?", "?"))
    expect(page.locator("#cell-2")).to_have_class("cell tile running")
    page.evaluate("window.untouched = true")

    act(site.ready, "2", "powerOff")

    expect(page.locator("#cell-2")).to_have_class("cell tile stopped")
    expect(page.locator("#cell-2 input")).to_have_attribute("aria-label", "instance 2: stopped, still billed")
    assert page.evaluate("window.untouched"), "the page was not loaded again"


def test_a_rollout_is_watched_from_its_first_instance_to_its_last(worked: Served, page: Page):
    fault(worked.ready, kind="hangs", set=worked.name, instances=["3"], times=1)
    page.goto(worked.of_set())
    begin(worked)

    expect(page.locator("#cell-3.out")).to_be_visible(timeout=PATIENCE)
    expect(page.locator("#legend")).to_contain_text("being upgraded")
    restart(worked.ready, "3", worked.name)
    ask(worked.ready, "POST", f"{worked.name}/manualupgrade", {"instanceIds": ["3"]})
    expect(page.locator("#legend")).to_have_text("● up to date 5", use_inner_text=True, timeout=PATIENCE)
    expect(page.locator("#rolling")).to_be_empty()
