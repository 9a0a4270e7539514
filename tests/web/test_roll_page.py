"""Rolling a set from the browser: the form beside its file, the plan, and beginning exactly that plan."""

import re
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from rollset.emulator.server import Ready
from tests.cli.driver import NEW, SMALL, act, emulated, images
from tests.cli.test_doctor import lock
from tests.support.patience import until
from tests.web.driver import Served, follow, opened, served
from tests.web.test_rollout_page import stands

FILE, PLAN = "#file", "See the plan"
OTHER = "MicrosoftWindowsServer:WindowsServer:2012-Datacenter"


def lines(page: Page) -> list[str]:
    return page.locator(FILE).input_value().splitlines()


def test_a_set_is_rolled_from_choosing_to_done(worked: Served, page: Page):
    page.goto(worked.of_set(below="roll"))
    expect(page.locator("#image-version")).to_have_value("latest")
    expect(page.locator("#image-version option:checked")).to_have_text(f"the newest: {NEW}")
    page.get_by_label("max unavailable").fill("2")
    page.get_by_role("button", name=PLAN).click()

    expect(page.get_by_text("5 instances to upgrade, at most 1 at once; 5 of 5 in service now")).to_be_visible()
    expect(page.get_by_role("table")).to_contain_text("canary: alone")
    page.get_by_role("button", name="Start").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("web-")
    stands(page, "done")
    expect(page.locator("#legend")).to_have_text("● up to date 5", use_inner_text=True)
    expect(page.locator("#served")).to_contain_text("At least 4 of 5 instances were in service; the floor is 3")
    assert set(images(worked.ready, worked.name).values()) == {NEW}


def test_what_is_chosen_in_the_form_stands_in_the_file_at_once(site: Served, page: Page):
    page.goto(site.of_set(below="roll"))
    page.locator(FILE).fill("# Ours.\n" + page.locator(FILE).input_value())

    page.get_by_label("min healthy").fill("80%")
    page.get_by_label("update domain 3, 1 instance").check()
    page.get_by_label("repair", exact=True).check()
    page.locator("#policy-on_failure").select_option("undo")
    page.get_by_label("checkpoints").fill("25%:approve")

    expect(page.locator(FILE)).to_have_value(
        re.compile("checkpoints: .*on_failure: |on_failure: .*checkpoints: ", re.DOTALL)
    )
    *above, policy = page.locator(FILE).input_value().partition("policy:\n")
    assert "".join(above) == (
        f"# Ours.\nscale_set: {site.ready.subscription_id}/myrg/web\nimage:\n  version: latest\n"
        "select:\n  update_domains: [3]\npolicy:\n"
    )
    assert sorted(policy.splitlines()) == [
        "  checkpoints: ['25%:approve']",
        "  min_healthy: 80%",
        "  on_failure: undo",
        "  repair: true",
    ]


def test_what_is_written_in_the_file_stands_in_the_form_at_once(site: Served, page: Page):
    page.goto(site.of_set(below="roll"))
    page.locator(FILE).fill(
        "image: {version: latest}\nselect: {instances: [1, 2-4]}\npolicy:\n  batch_size: [1, 20%]\n  bake: 5m\n"
        "  across_domains: true\n  gates:\n    - http: 'http://{ip}:8080/healthz'\n      successes: 3\n"
    )

    expect(page.get_by_label("batch size")).to_have_value("1, 20%")
    expect(page.get_by_label("instances", exact=True)).to_have_value("1, 2-4")
    expect(page.get_by_label("bake", exact=True)).to_have_value("5m")
    expect(page.locator("#policy-across_domains")).to_be_checked()
    expect(page.locator("#policy-gates")).to_be_disabled()
    page.get_by_label("bake", exact=True).fill("10m")
    expect(page.locator(FILE)).to_have_value(
        "image: {version: latest}\nselect: {instances: [1, 2-4]}\npolicy:\n  batch_size: [1, 20%]\n  bake: 10m\n"
        "  across_domains: true\n  gates:\n    - http: 'http://{ip}:8080/healthz'\n      successes: 3\n"
    )


def test_each_fault_stands_at_its_key_and_beside_the_file(site: Served, page: Page):
    page.goto(site.of_set(below="roll"))
    page.get_by_label("max unavailable").fill("110%")
    fault = page.locator("#policy-max_unavailable-fault")
    expect(fault).to_have_text("110% is more than the whole set; write at most 100%")
    expect(page.get_by_label("max unavailable")).to_have_attribute("aria-invalid", "true")

    page.locator(FILE).fill("image: {version: latest}\npolicy:\n  pauze: 1m\n  max_unavailable: 2\n")
    expect(page.locator("#faults")).to_have_text(
        "line 3: policy.pauze: there is no such key; did you mean pause?", use_inner_text=True
    )
    expect(fault).to_be_hidden()

    page.locator(FILE).fill("policy: [\n")
    expect(page.locator("#faults")).to_contain_text("not YAML")
    page.get_by_role("button", name=PLAN).click()
    expect(page.locator("#faults")).to_contain_text("not YAML")
    expect(page.locator(FILE)).to_have_value("policy: [\n")


def test_another_set_than_that_of_the_page_is_refused(site: Served, page: Page):
    page.goto(site.of_set(below="roll"))
    page.locator(FILE).fill("scale_set: myrg/other\nimage: {version: latest}\n")
    expect(page.locator("#faults")).to_contain_text("/myrg/other, and this is the page of myrg/web")


def test_a_plan_has_an_address(small: Ready, tmp_path: Path, browser: Browser, page: Page):
    """It can be reloaded, shared and gone back to, also when the server was started anew meanwhile."""
    with served(small, tmp_path / "state") as site:
        page.goto(site.of_set(below="roll"))
        page.get_by_label("max unavailable").fill("2")
        page.get_by_role("button", name=PLAN).click()
        expect(page.get_by_text("5 instances to upgrade")).to_be_visible()
        address = page.url
        page.reload()
        expect(page.get_by_text("5 instances to upgrade")).to_be_visible()
        with opened(browser) as other:
            other.goto(address)
            expect(other.locator("h1")).to_have_text(page.locator("h1").inner_text())
        page.get_by_role("link", name="Change it").click()
        expect(page.get_by_label("max unavailable")).to_have_value("2")
        page.go_back()
        expect(page.get_by_role("button", name="Start")).to_be_visible()
        port = int(site.address.rstrip("/").rpartition(":")[2])
    with served(small, tmp_path / "state", port=port):
        page.reload()
        expect(page.get_by_text("5 instances to upgrade")).to_be_visible()
        page.get_by_role("button", name="Start").click()
        expect(page.locator("#standing strong")).to_have_text("waits for a worker")
        page.goto(address[:-1] + ("1" if address[-1] != "1" else "2"))
        expect(page.locator("main")).to_contain_text("is not kept here")


def test_a_plan_that_has_moved_is_not_begun_and_the_new_one_is_shown(site: Served, page: Page):
    page.goto(site.of_set(below="roll"))
    follow(page.get_by_role("button", name=PLAN))
    expect(page.get_by_text("5 instances to upgrade")).to_be_visible()
    act(site.ready, "3", "deallocate")

    page.get_by_role("button", name="Start").click()

    expect(page.locator("#said")).to_contain_text("has moved since this page was made: instance 3 stopped now")
    expect(page.get_by_text("4 instances to upgrade")).to_be_visible()
    expect(page).to_have_url(re.compile("/roll/plans/"))
    page.goto(f"{site.address}rollouts")
    expect(page.get_by_text("There is no rollout yet.")).to_be_visible()


def test_findings_that_block_are_accepted_one_by_one(site: Served, page: Page):
    lock(site.ready, "ReadOnly")
    page.goto(site.of_set(below="roll"))
    page.get_by_role("button", name=PLAN).click()
    expect(page.locator(".finding.weight-blocking")).to_contain_text("locked-read-only")

    page.get_by_role("button", name="Start").click()
    assert page.locator("input[name=accept]").evaluate("box => box.validity.valueMissing"), "it has to be accepted"
    page.get_by_label("I accept this").check()
    page.get_by_role("button", name="Start").click()

    expect(page.locator("#standing strong")).to_have_text("waits for a worker")
    expect(page.locator("#facts")).to_contain_text("rollset worker")


def test_a_set_that_is_rolled_already_cannot_begin_again(site: Served, page: Page):
    for _ in range(2):
        page.goto(site.of_set(below="roll"))
        page.get_by_role("button", name=PLAN).click()
        expect(page.get_by_text("5 instances to upgrade")).to_be_visible()
        if page.get_by_role("button", name="Start").count():
            page.get_by_role("button", name="Start").click()
            expect(page.locator("#standing strong")).to_have_text("waits for a worker")
    expect(page.get_by_text("This set is being rolled already")).to_be_visible()
    expect(page.get_by_role("button", name="Start")).to_have_count(0)


def test_two_that_start_at_once_begin_one_rollout(site: Served, browser: Browser, page: Page):
    with opened(browser) as other:
        for one in (page, other):
            one.goto(site.of_set(below="roll"))
            follow(one.get_by_role("button", name=PLAN))
            expect(one.get_by_role("button", name="Start")).to_be_visible()
        page.get_by_role("button", name="Start").click()
        expect(page.locator("#standing strong")).to_have_text("waits for a worker")
        other.get_by_role("button", name="Start").click()
        expect(other.locator("#said")).to_contain_text("is being rolled onto")
        expect(other.get_by_text("This set is being rolled already")).to_be_visible()
        other.get_by_role("button", name="Sign out").click()
        expect(other.get_by_text("You have signed out.")).to_be_visible()


def test_all_of_it_works_without_scripts(worked: Served, browser: Browser):
    with opened(browser, java_script_enabled=False) as page:
        page.goto(worked.of_set(below="roll?instance=1&instance=3"))
        expect(page.get_by_label("instances", exact=True)).to_have_value("1, 3")
        page.get_by_label("bake", exact=True).fill("0s")
        page.get_by_label("retries").fill("two")
        page.get_by_role("button", name="Bring both into line").click()
        assert "  retries: two" in lines(page)
        expect(page.locator("#policy-retries-fault")).to_contain_text("is no whole number")
        page.locator(FILE).fill(page.locator(FILE).input_value().replace("retries: two", "retries: 2"))
        page.get_by_role("button", name=PLAN).click()
        expect(page.get_by_text("2 instances to upgrade")).to_be_visible()
        page.get_by_role("link", name="Change it").click()
        expect(page.get_by_label("retries")).to_have_value("2")
        page.get_by_role("button", name=PLAN).click()
        page.get_by_role("button", name="Start").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("web-")
        until(lambda: page.reload() and page.locator("#standing strong").inner_text() == "done", "the end")
    assert [one for one, image in images(worked.ready, worked.name).items() if image == NEW] == ["1", "3"]


def test_versions_are_those_of_the_sku_that_is_chosen(tmp_path: Path, browser: Browser):
    fleet = f"{SMALL}\nimages:\n  - {{urn: '{OTHER}', versions: [4.0.20150101, 4.0.20160430]}}"
    with (
        emulated(fleet) as ready,
        served(ready, tmp_path / "state") as site,
        opened(browser, java_script_enabled=False) as page,
    ):
        page.goto(site.of_set(below="roll"))
        known = page.locator("#image-sku-known option").evaluate_all("all => all.map(one => one.value)")
        assert OTHER.rpartition(":")[2] in known, known
        page.get_by_label("sku").fill("2012-Datacenter")
        page.get_by_role("button", name="Bring both into line").click()
        versions = page.locator("#image-version option").all_inner_texts()
        assert versions == ["as the model says", "the newest: 4.0.20160430", "4.0.20160430", "4.0.20150101"]
