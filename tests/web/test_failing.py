"""What an operator sees where something fails: what Azure said, in a heading that he understands, and a way on."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from rollset.web import looks
from tests.cli.driver import emulated, fault
from tests.web.driver import Served, served

EMPTY = "scale_sets: [{resource_group: myrg, name: web, capacity: 0}]"


def shown(page: Page, address: str) -> tuple[int, str, str]:
    answer = page.goto(address)
    assert answer is not None
    return answer.status, page.locator("h1").inner_text(), page.locator(".sentence").inner_text()


def test_a_page_does_not_wait_for_an_azure_that_is_down(site: Served, page: Page, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(looks, "ANSWER_SECONDS_MAX", 1.0)
    fault(site.ready, kind="storm", share=1, statuses=[503], retry_after=60)
    for below in ("", "roll", "edit"):
        status, title, sentence = shown(page, site.of_set(below=below))
        assert (status, title) == (504, "Azure does not answer")
        assert "asked about myrg/web, Azure has not answered within 1 s; load the page again" in sentence
    page.get_by_role("link", name="Back to the scale set").click()
    expect(page).to_have_url(site.of_set())


def test_a_missing_right_is_told_in_azures_words(site: Served, page: Page):
    fault(site.ready, kind="forbid", method="GET", path_contains="web")
    status, title, sentence = shown(page, site.of_set())
    assert (status, title) == (502, "Azure says no")
    assert "403 AuthorizationFailed" in sentence
    assert "ask for a role that allows Microsoft.Compute/virtualMachineScaleSets/read" in sentence


@pytest.mark.parametrize("path", ["nowhere", "rollouts/any/nowhere", "acts/any/nowhere"])
def test_an_address_of_nothing_is_told_so(site: Served, page: Page, path: str):
    status, title, sentence = shown(page, f"{site.address}{path}")
    assert (status, title) == (404, "There is no such thing")
    assert sentence == "Nothing here has this address; begin at the fleet."


def test_a_set_without_instances_is_neither_rolled_nor_acted_on_and_says_why(tmp_path: Path, page: Page):
    with emulated(EMPTY, time_scale=300.0) as ready, served(ready, tmp_path / "state") as site:
        page.goto(site.of_set())
        page.get_by_role("button", name="Restart").first.click()
        told = page.get_by_role("dialog").locator(".trouble")
        expect(told).to_contain_text("myrg/web has no instances, so nothing can be done to them")
        page.goto(site.of_set(below="roll"))
        page.get_by_role("button", name="See the plan").click()
        expect(page.locator(".sentence")).to_contain_text("myrg/web has no instances")
        page.get_by_role("link", name="Back to the scale set").click()
        expect(page).to_have_url(site.of_set())
