"""Editing the model in a browser: choices of the region, the exact difference, and both sides of a conflict."""

from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.cli.driver import NEW, OLD, URN, account, ask, emulated, images, writes
from tests.web.driver import Served, follow, opened, served


def show(page: Page) -> None:
    page.get_by_role("button", name="Show what would be written").click()


def test_a_version_that_the_region_offers_is_written_and_no_instance_moves(worked: Served, page: Page):
    page.goto(worked.of_set())
    follow(page.get_by_role("link", name="Edit the model"))
    page.get_by_label("Version").select_option(NEW)
    show(page)

    expect(page.get_by_role("dialog", name="Edit?")).to_contain_text("nobody leaves service")
    expect(page.get_by_role("row").filter(has_text="imageReference")).to_contain_text(NEW)
    assert writes(worked.ready, worked.name) == []
    page.locator("#question .yes").click()

    expect(page.locator("#act dd").first).to_have_text("done")
    assert set(images(worked.ready, worked.name).values()) == {OLD}
    page.goto(worked.of_set())
    expect(page.locator("#legend")).to_contain_text("outdated 5")


def test_size_and_capacity_are_written_together_without_any_script(worked: Served, browser: Browser, page: Page):
    with opened(browser, java_script_enabled=False) as plain:
        page.goto(begun_without_scripts(plain, worked))
    expect(page.locator("#act dd").first).to_have_text("done")
    assert account(worked.ready, worked.name)["capacity"] == 6


def begun_without_scripts(page: Page, worked: Served) -> str:
    """The address of the act."""
    page.goto(worked.of_set(below="edit"))
    page.get_by_label("VM size").select_option("Standard_D4s_v3")
    page.get_by_label("Capacity").fill("6")
    show(page)
    expect(page.get_by_role("row", name="sku.capacity 5 6")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="sku.name")).to_contain_text("Standard_D4s_v3")
    page.locator("form button").last.click()
    expect(page.locator("#act")).to_contain_text("Price as told")
    return page.url


def test_somebody_who_was_faster_is_told_with_both_sides(site: Served, page: Page):
    page.goto(site.of_set(below="edit"))
    page.get_by_label("Version").select_option(NEW)
    ask(site.ready, "PATCH", "myrg/web", {"sku": {"name": "Standard_D4s_v3", "tier": "Standard", "capacity": 5}})
    show(page)

    row = page.get_by_role("row").filter(has_text="sku.name")
    expect(row).to_contain_text("Standard_D2s_v3")
    expect(row).to_contain_text("Standard_D4s_v3")
    page.get_by_role("link", name="Start anew").click()
    expect(page.get_by_label("VM size")).to_have_value("Standard_D4s_v3")


def test_an_edit_that_changes_nothing_says_so(site: Served, browser: Browser, page: Page):
    page.goto(site.of_set(below="edit"))
    show(page)

    expect(page.locator("#said")).to_contain_text("Nothing would change")
    with opened(browser, java_script_enabled=False) as plain:
        plain.goto(site.of_set(below="edit"))
        show(plain)
        expect(plain.locator("main")).to_contain_text("nothing would change")


def test_an_automatic_policy_is_told_what_writing_does(tmp_path: Path, page: Page):
    fleet = f"scale_sets: [{{resource_group: myrg, name: web, capacity: 5, upgrade_policy: Automatic, image: '{URN}:{OLD}'}}]"
    with emulated(fleet) as ready, served(ready, tmp_path / "state") as site:
        page.goto(site.of_set(below="edit"))
        expect(page.locator(".notice")).to_contain_text("all at once")
        page.get_by_label("Version").select_option(NEW)
        show(page)

        expect(page.get_by_role("dialog")).to_contain_text("5 instances follow by themselves")
        expect(page.get_by_label("to confirm")).to_be_visible()
