"""Acting from the page of a scale set: the price first, the name of the set where it is dangerous, then one durable act."""

from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, expect

from tests.cli.driver import NEW, account, act, fault, writes
from tests.web.driver import Served, command, follow, opened
from tests.web.test_choosing import chosen


def ask(page: Page, site: Served, action: str, *instances: str) -> None:
    page.goto(site.of_set())
    for one in instances:
        page.locator(f"#cell-{one}").click()
    page.locator("#selection").get_by_role("button", name=action, exact=True).click()


def say_yes(page: Page, name: str = "web") -> None:
    """In the dialog that a script opens."""
    if name:
        page.get_by_label("to confirm").fill(name)
    page.locator("#question .yes").click()


def say_yes_without_scripts(page: Page, name: str = "web") -> None:
    page.get_by_label("to confirm").fill(name)
    page.locator("form button").last.click()


def own(site: Served) -> str:
    """The name of the set, as it has to be typed."""
    return site.name.rpartition("/")[2]


def see_how_it_goes(page: Page) -> None:
    """On the page of what was begun."""
    follow(page.get_by_role("link", name="See how it goes"))


def test_an_act_tells_its_price_and_is_done_once_the_name_was_typed(worked: Served, page: Page):
    sent: list[str] = []
    page.on("request", lambda one: sent.append(urlsplit(one.url).path) if one.method == "POST" else None)
    ask(page, worked, "Power off", "2", "3")

    expect(page.get_by_role("dialog", name="Power off?")).to_contain_text("2 of 5 instances out of service")
    expect(page.get_by_label("to confirm")).to_be_focused()
    assert writes(worked.ready, worked.name) == []
    say_yes(page, own(worked))

    expect(page.locator("#said")).to_contain_text("Begun: power off instances 2, 3")
    expect(page.get_by_role("button", name="Power off").first).to_be_focused()
    assert chosen(page) == ["2", "3"], "what was chosen stays so"
    below = urlsplit(worked.of_set()).path
    assert sent == [f"/api{below}/acts/price", f"/api{below}/acts"]
    expect(page.locator("#set_acts")).to_contain_text("power off instances 2, 3")
    see_how_it_goes(page)
    expect(page.locator("#act")).to_contain_text("2 of 2")
    expect(page.locator("#act dd").first).to_have_text("done")
    off = {one["id"] for one in account(worked.ready, worked.name)["instances"] if one["power"] == "stopped"}
    assert off == {"2", "3"}


def test_a_whole_update_domain_is_restarted_without_any_script(worked: Served, browser: Browser):
    with opened(browser, java_script_enabled=False) as page:
        page.goto(worked.of_set())
        page.get_by_role("checkbox", name="all of UD 1").check()
        page.locator("#selection").get_by_role("button", name="Restart").click()
        expect(page.get_by_text("instances: 1", exact=True)).to_be_visible()
        say_yes_without_scripts(page, own(worked))

        expect(page.locator("#act")).to_contain_text("Price as told")
        begun = urlsplit(page.url).path
    with opened(browser) as page:
        page.goto(f"{worked.address}acts")
        page.locator(f"th a[href='{begun}']").click()
        expect(page.locator("#act dd").first).to_have_text("done")
    assert len([one for one in writes(worked.ready, worked.name) if one.endswith("/restart")]) == 1


def test_another_name_than_that_of_the_set_does_nothing_and_neither_does_escape(site: Served, page: Page):
    ask(page, site, "Deallocate", "0")
    say_yes(page, "other")

    expect(page.locator("#question .fault")).to_contain_text("type web, the name of the set")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator("#selection").get_by_role("button", name="Deallocate")).to_be_focused()
    expect(page.locator("#said")).to_be_empty()
    assert writes(site.ready) == []


def test_nobody_says_yes_twice(site: Served, browser: Browser):
    with opened(browser, java_script_enabled=False) as page:
        ask(page, site, "Restart", "0")
        expect(page.get_by_label("to confirm")).to_be_visible()
        sent = {one.get_attribute("name"): one.input_value() for one in page.locator("#main input[type=hidden]").all()}
        say_yes_without_scripts(page)
        expect(page.locator("#act")).to_contain_text("Waits for a worker")

        again = page.request.post(site.of_set(below="act/yes"), form={**sent, "name": "web"})
        assert again.status == 400
        assert "said yes to already" in again.text()


def test_a_price_that_has_changed_is_told_again(site: Served, page: Page):
    ask(page, site, "Restart", "0", "1")
    expect(page.get_by_label("to confirm")).to_be_visible()
    act(site.ready, "1", "powerOff")
    say_yes(page)

    expect(page.locator("#question .fault")).to_contain_text("is not as it was")
    expect(page.locator("#question .price")).to_contain_text("1 of them out of service already")
    assert [one for one in writes(site.ready) if one.endswith("/restart")] == []


def test_what_no_worker_has_begun_is_withdrawn(site: Served, page: Page):
    ask(page, site, "Restart", "0")
    say_yes(page)
    see_how_it_goes(page)
    page.get_by_role("button", name="Withdraw").click()

    expect(page.locator("#act")).to_contain_text("withdrawn by tester@desk; nothing was sent")
    expect(page.get_by_role("button", name="Withdraw")).to_have_count(0)
    expect(page.locator("#said")).to_contain_text("It has ended: withdrawn")


def test_what_goes_on_is_stopped_as_long_as_azure_was_not_asked_for_it(worked: Served, browser: Browser, page: Page):
    fault(
        worked.ready,
        kind="http",
        method="POST",
        path_contains=f"{own(worked)}/restart",
        status=429,
        retry_after=3000,
        times=99,
    )
    ask(page, worked, "Restart", "0", "1")
    say_yes(page, own(worked))
    see_how_it_goes(page)
    expect(page.locator("#act")).to_contain_text("asking again in")
    with opened(browser, java_script_enabled=False) as other:
        other.goto(page.url)
        other.get_by_role("button", name="Stop", exact=True).click()

    expect(page.locator("#act dd").first).to_have_text("stopped")
    expect(page.locator("#act")).to_contain_text("0, 1: not touched (stopped by tester@desk before Azure was asked)")
    page.goto(f"{worked.address}audit")
    expect(page.get_by_role("row").filter(has_text="stop")).to_have_count(1)


def test_scaling_shows_what_is_written_and_then_writes_it(worked: Served, page: Page):
    page.goto(worked.of_set())
    page.get_by_label("Capacity").fill("6")
    page.get_by_role("button", name="Scale", exact=True).click()
    expect(page.get_by_role("row", name="sku.capacity 5 6")).to_be_visible()
    say_yes(page, "")
    see_how_it_goes(page)

    expect(page.locator("#act dd").first).to_have_text("done")
    assert account(worked.ready, worked.name)["capacity"] == 6


def test_beside_a_rollout_nothing_may_change_what_instances_run(site: Served, page: Page):
    command(
        "upgrade", "myrg/web", "--image-version", NEW, "--yes", "--detach", "--state", str(site.state), ready=site.ready
    )

    ask(page, site, "Upgrade", "0")

    told = page.get_by_role("dialog")
    expect(told.locator(".trouble").last).to_contain_text("has not ended, and upgrade must not go on beside it")
    expect(told.get_by_role("button")).to_have_text(["Leave it as it is"])


def test_without_a_choice_nothing_is_asked_for(site: Served, browser: Browser):
    with opened(browser, java_script_enabled=False) as page:
        page.goto(site.of_set())
        page.locator("#selection").get_by_role("button", name="Delete").click()
        expect(page.locator("main")).to_contain_text("nothing is chosen")


def test_rolling_the_chosen_instances_leads_to_their_form_and_no_token_into_the_address(site: Served, page: Page):
    ask(page, site, "Roll", "1", "3")

    expect(page).to_have_url(f"{site.of_set(below='roll')}?instance=1&instance=3")
