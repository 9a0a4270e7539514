"""A browser for all tests of the dashboard, and a page and a dashboard for each."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from rollset.emulator.server import Ready
from tests.cli.driver import FOREIGN, OLD, URN, emulated
from tests.web.driver import Served, chromium, opened, served

SETS = 12
"""More than any module takes."""

ROLLING = "myrg/rolling"
"""One more, whose upgrade policy is Rolling."""


@pytest.fixture(scope="session", autouse=True)
def _nothing_of_whoever_runs_the_tests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """For the session, because a dashboard that several tests share signs in when it has to."""
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ:
            if name.startswith(FOREIGN):
                patch.delenv(name)
        patch.setenv("ROLLSET_STATE", str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Of a module, not of the session: while Playwright runs, no test of another folder can run an event loop here."""
    with chromium() as started:
        yield started


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with opened(browser) as fresh:
        yield fresh


@pytest.fixture
def small() -> Iterator[Ready]:
    """myrg/web: five instances on the old image, in an emulator of the test's own."""
    with emulated(time_scale=300.0) as ready:
        yield ready


@pytest.fixture
def site(small: Ready, tmp_path: Path) -> Iterator[Served]:
    """The dashboard over `small`; no worker carries out what is begun there."""
    with served(small, tmp_path / "state") as one:
        yield one


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Iterator[Served]]:
    """A dashboard with a worker, as often as somebody wants a set of his own: a worker takes seconds to start."""
    sets = [f"web-{number:02}" for number in range(SETS)]
    alike = f"resource_group: myrg, capacity: 5, image: '{URN}:{OLD}'"
    fleet = [f"{{name: {one}, {alike}}}" for one in sets]
    fleet.append(f"{{name: {ROLLING.rpartition('/')[2]}, upgrade_policy: Rolling, {alike}}}")
    state = tmp_path_factory.mktemp("workshop") / "state"
    with (
        emulated(f"scale_sets: [{', '.join(fleet)}]", time_scale=1500.0) as ready,
        served(ready, state, worker=True) as site,
    ):
        yield (replace(site, name=f"myrg/{one}") for one in sets)


@pytest.fixture
def worked(workshop: Iterator[Served]) -> Served:
    """Five instances on the old image, in a set that no other test touches; what is begun is carried out."""
    return next(workshop)
