"""Choosing instances on the page of a scale set: by mouse, by keyboard alone, and without any script."""

from playwright.sync_api import Browser, Page, expect

from tests.web.driver import Served, opened


def chosen(page: Page) -> list[str]:
    return page.eval_on_selector_all(".cell input:checked", "boxes => boxes.map(box => box.value)")


def test_a_heading_chooses_its_row(site: Served, page: Page):
    page.goto(site.of_set())

    page.get_by_role("checkbox", name="all of UD 3").check()
    assert chosen(page) == ["3"]
    expect(page.locator("#chosen")).to_have_text("1 of 5 chosen")

    page.get_by_role("checkbox", name="all of UD 3").uncheck()
    assert chosen(page) == []


def test_shift_and_a_click_choose_all_between(site: Served, page: Page):
    page.goto(site.of_set())

    page.locator("#cell-0").click()
    page.locator("#cell-3").click(modifiers=["Shift"])

    assert chosen(page) == ["0", "1", "2", "3"]


def test_the_keyboard_alone_reaches_and_chooses_every_cell(site: Served, page: Page):
    page.goto(site.of_set())
    page.locator("#cell-0 input").focus()

    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#cell-1 input")).to_be_focused()
    page.keyboard.press("Shift+ArrowDown")
    assert chosen(page) == ["0", "1", "2"]

    page.keyboard.press("Escape")
    assert chosen(page) == []
    page.keyboard.press("Control+a")
    assert chosen(page) == ["0", "1", "2", "3", "4"]


def test_the_heatmap_is_one_stop_of_the_tab_key_beside_its_headings(site: Served, page: Page):
    page.goto(site.of_set())

    assert page.locator('.cell input[tabindex="0"]').count() == 1


def test_what_was_chosen_stays_so_when_cells_change(site: Served, page: Page):
    from tests.cli.driver import act

    page.goto(f"{site.of_set()}?show=power")
    page.locator("#cell-4").click()

    act(site.ready, "2", "powerOff")

    expect(page.locator("#cell-2")).to_have_class("cell tile stopped")
    assert chosen(page) == ["4"]


def test_without_scripts_cells_and_headings_are_checkboxes_of_one_form(site: Served, browser: Browser):
    with opened(browser, java_script_enabled=False) as page:
        page.goto(site.of_set())

        assert page.locator('.pick input[name="row"]').count() == 5
        assert page.locator('.cell input[name="instance"]').count() == 5
