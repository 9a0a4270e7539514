"""The dashboard: how soon a page is there, how soon a change is on it, and what that costs the browser.

A real Chromium looks at an emulator without request limits, so what is measured is ours. Times are of one run on this
machine; beside them stands what an empty answer of the same server takes.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from urllib.request import urlopen

from playwright.sync_api import Page, expect
from tests.cli.driver import act
from tests.web.driver import Served, chromium, opened, served

from rollset.emulator.clock import ScaledClock
from rollset.emulator.fleet import parse_fleet
from rollset.emulator.server import EmulatorServer
from rollset.emulator.world import World

URN = "MicrosoftWindowsServer:WindowsServer:2012-R2-Datacenter:4.0.20160126"
BIG = f"{{resource_group: myrg, name: big, capacity: 1000, single_placement_group: false, image: '{URN}'}}"
MANY = 50
"""Sets of 20 on the first page."""

FLEET = "scale_sets:\n  - " + "\n  - ".join(
    [BIG, *(f"{{resource_group: myrg, name: s{number}, capacity: 20, image: '{URN}'}}" for number in range(MANY))]
)
TIME_SCALE = 2000.0
TIMES = 20
PAGE_MS_MAX, PAGE_KB_MAX, CHANGE_MS_MAX, SCRIPT_MS_MAX = 300.0, 150.0, 1000.0, 16.0


def run() -> None:
    """Prints the figures."""
    world = World(ScaledClock(TIME_SCALE), 0, parse_fleet(FLEET), throttle=False)
    with (
        tempfile.TemporaryDirectory() as state,
        EmulatorServer(world, https_port=None) as ready,
        served(ready, Path(state)) as site,
        chromium() as browser,
        opened(browser) as page,
    ):
        first_page(site, page)
        big_set(site, page)


def first_page(site: Served, page: Page) -> None:
    """The fleet, once all sets of it have been looked at."""
    page.goto(site.address)
    expect(page.locator("#rows")).not_to_contain_text("not seen yet")
    spent = [_load(page, site.address) for _ in range(TIMES)]
    bare = statistics.median(
        _milliseconds(lambda: urlopen(f"{site.address}static/rollset.svg").read()) for _ in range(TIMES)
    )
    size = page.evaluate(
        "[performance.getEntriesByType('navigation')[0], ...performance.getEntriesByType('resource')]"
        ".reduce((sum, one) => sum + one.encodedBodySize, 0)"
    )
    print(
        f"first page, {MANY} sets: {statistics.median(spent):.0f} ms until it is loaded (aim {PAGE_MS_MAX:.0f}; an "
        f"empty answer takes {bare:.1f}), {size / 1000:.0f} kB with styles and scripts (at most {PAGE_KB_MAX:.0f})"
    )


def big_set(site: Served, page: Page) -> None:
    """A set of 1,000: from the change of an instance to the cell, and the time of scripts for it."""
    page.goto(f"{site.of_set('myrg/big')}?show=power")
    waits = []
    for number in range(TIMES):
        id, action, kind = str(number * 50), "powerOff", "stopped"  # noqa: A001
        act(site.ready, id, action, "myrg/big")
        began = time.perf_counter()
        page.locator(f"#cell-{id}.{kind}").wait_for()
        waits.append((time.perf_counter() - began) * 1000)
    script = page.evaluate("performance.getEntriesByName('rollset:cells').map(one => one.duration)")
    print(
        f"1,000 instances: a change is on the page after {statistics.median(waits):.0f} ms (aim {CHANGE_MS_MAX:.0f}; "
        f"worst {max(waits):.0f}), scripts take {statistics.median(script):.2f} ms for it (at most {SCRIPT_MS_MAX:.0f})"
    )


def _load(page: Page, address: str) -> float:
    page.goto(address, wait_until="load")
    return float(page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd"))


def _milliseconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    run()
