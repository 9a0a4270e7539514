"""What the page of a rollout draws where instances are not upgraded one by one in their place, and what it tells live."""

from dataclasses import replace

from playwright.sync_api import Page, expect

from tests.cli.driver import NEW, fault, images
from tests.web.conftest import ROLLING
from tests.web.driver import Served, command
from tests.web.test_rollout_page import PATIENCE, begin, stands


def drawn(page: Page) -> str:
    """What a screen reader is told of the bars."""
    return page.locator("#bars .plot").get_attribute("aria-label") or ""


def phases(page: Page) -> list[str]:
    return page.locator("#bars .legend li").all_inner_texts()


def rows(page: Page, site: Served, rollout: str) -> list[list[str]]:
    page.goto(f"{site.address}rollouts/{rollout}/tables")
    found = page.get_by_role("table").first.locator("tbody tr").all()
    return [one.locator("th, td").all_inner_texts() for one in found]


def test_a_surge_is_drawn_as_instances_that_are_made_and_others_that_go(worked: Served, page: Page):
    rollout = begin(worked, "--surge", "2")
    page.goto(f"{worked.address}rollouts/{rollout}")
    stands(page, "done")

    assert drawn(page).endswith("5 done, 5 deleted.")
    assert phases(page) == ["waiting", "being made", "done"]
    expect(page.get_by_text("At least 5 of 5 instances were in service; the floor is 5")).to_be_visible()
    told = rows(page, worked, rollout)
    assert [state for _, state, *_ in told] == ["done"] * 5 + ["deleted"] * 5
    assert {out for *_, out in told} == {"-"}, "nobody was out of service"
    assert all(sent != "-" and back != "-" for _, state, sent, back, _ in told if state == "done")


def test_a_roll_of_azures_own_is_drawn_instance_by_instance(worked: Served, page: Page):
    site = replace(worked, name=ROLLING)
    rollout = begin(site, "--engine", "azure")
    page.goto(f"{site.address}rollouts/{rollout}")
    stands(page, "done")

    assert drawn(page).endswith("5 done.")
    assert {"out", "done"} <= set(phases(page))
    assert [one[1] for one in rows(page, site, rollout)] == ["done"] * 5
    assert set(images(site.ready, site.name).values()) == {NEW}


def test_a_failure_that_ends_a_rollout_can_be_seen_at_the_end_of_its_bar(worked: Served, page: Page):
    fault(worked.ready, kind="upgrade-fails", set=worked.name, instances=["0"])
    page.goto(f"{worked.address}rollouts/{begin(worked)}")
    stands(page, "failed")

    box = page.locator("#bars .phase-failed").last.bounding_box()
    assert box is not None
    assert box["width"] >= 3


def test_a_filtered_history_goes_on_telling(worked: Served, page: Page):
    rollout = begin(worked, "--checkpoint", "1:approve")
    page.goto(f"{worked.address}rollouts/{rollout}")
    stands(page, "waits for approval")
    page.get_by_label("Show").select_option("orders")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator("#history li")).to_have_count(1)

    command("pause", rollout, "--state", str(worked.state), ready=worked.ready)
    expect(page.locator("#history li").first).to_contain_text("pause", timeout=PATIENCE)
    expect(page.locator("#history li")).to_have_count(2)
