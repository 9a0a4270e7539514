"""Parts of an open page are replaced while somebody works with them: choice, keyboard, place and reading go on."""

from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.cli.driver import OLD, ask, emulated
from tests.web.driver import Served, served
from tests.web.test_choosing import chosen
from tests.web.test_rollout_page import begin, stands

URN = f"MicrosoftWindowsServer:WindowsServer:2012-R2-Datacenter:{OLD}"
GROUPS = "scale_sets: [{resource_group: myrg, name: web, capacity: 120, single_placement_group: false}]"
MANY = f"scale_sets: [{{resource_group: myrg, name: web, capacity: 70, image: '{URN}'}}]"


def scale(site: Served, capacity: int) -> None:
    """As somebody else does, outside of the dashboard."""
    ask(site.ready, "PATCH", "myrg/web", {"sku": {"capacity": capacity}})


def property_of(page: Page, name: str) -> Locator:
    return page.locator("#described div", has=page.get_by_text(name, exact=True)).locator("dd")


def test_a_placement_group_that_is_chosen_stays_so_and_nothing_else_is(tmp_path: Path, page: Page):
    with emulated(GROUPS, time_scale=300.0) as ready, served(ready, tmp_path / "state") as site:
        page.goto(site.of_set())
        page.locator(".map").nth(1).get_by_role("checkbox", name="all of group").check()
        before = chosen(page)
        assert (len(before), before[0]) == (20, "100"), "instance 1 is of the first group, and group 1 is the second"

        scale(site, 121)
        expect(page.locator(".cell")).to_have_count(121)
        assert chosen(page) == before


def test_the_keyboard_goes_on_where_it_was_when_instances_come(site: Served, page: Page):
    page.goto(site.of_set())
    page.locator("#cell-2").click()
    page.locator("#cell-2 input").focus()

    scale(site, 7)
    expect(page.locator(".cell")).to_have_count(7)
    expect(property_of(page, "Capacity")).to_have_text("7")
    expect(page.get_by_label("Capacity")).to_have_value("7")

    expect(page.locator("#cell-2 input")).to_be_focused()
    assert page.locator('.cell input[tabindex="0"]').evaluate_all("all => all.map(one => one.value)") == ["2"]
    page.keyboard.press("ArrowDown")
    expect(page.locator("#cell-3 input")).to_be_focused()
    page.locator("#cell-4").click(modifiers=["Shift"])
    assert chosen(page) == ["2", "3", "4"]


def test_what_the_model_says_is_live_and_what_is_being_typed_stays(site: Served, page: Page):
    page.goto(site.of_set())
    page.get_by_label("Capacity").fill("9")

    mode = {"properties": {"upgradePolicy": {"mode": "Automatic"}, "overprovision": False}, "sku": {"capacity": 6}}
    ask(site.ready, "PATCH", "myrg/web", mode)

    expect(property_of(page, "Upgrade policy")).to_have_text("Automatic")
    expect(property_of(page, "Overprovision")).to_have_text("no")
    expect(property_of(page, "Capacity")).to_have_text("6")
    expect(page.get_by_label("Capacity")).to_have_value("9")
    expect(page.get_by_label("Capacity")).to_be_focused()


def test_a_row_of_the_fleet_keeps_the_focus_when_it_is_written_anew(site: Served, page: Page):
    page.goto(site.address)
    link = page.get_by_role("link", name="myrg/web")
    expect(page.locator("#rows")).not_to_contain_text("not seen yet")
    link.focus()

    begin(site)
    expect(page.get_by_role("link", name="waits for a worker 0/5")).to_be_visible()
    expect(link).to_be_focused()


def test_whoever_reads_far_down_in_a_timeline_stays_there(tmp_path: Path, page: Page):
    with emulated(MANY, time_scale=1500.0) as ready, served(ready, tmp_path / "state", worker=True) as site:
        page.goto(f"{site.address}rollouts/{begin(site, '--checkpoint', '1:approve')}")
        stands(page, "waits for approval")
        bars = page.locator("#bars .plot-scroll")
        bars.evaluate("one => { one.scrollTop = 90; one.old = true; }")

        drawn = page.locator("#bars path").first.get_attribute("d")
        expect(page.locator("#bars path").first).not_to_have_attribute("d", drawn or "")
        assert bars.evaluate("one => [one.scrollTop, one.old ?? false]") == [90, False]
