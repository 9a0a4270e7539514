"""Emulated Azure for the command line: one that tests only read from, and one that a test may change."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from rollset.emulator.server import Ready
from tests.cli.driver import FOREIGN, VARIED, emulated


@pytest.fixture(autouse=True)
def _nothing_of_whoever_runs_the_tests(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A shell that exports COLUMNS, say, must not change what a test sees, and no test leaves rollouts with the user."""
    for name in os.environ:
        if name.startswith(FOREIGN):
            monkeypatch.delenv(name)
    monkeypatch.setenv("ROLLSET_STATE", str(tmp_path / "state"))


@pytest.fixture(scope="session")
def varied() -> Iterator[Ready]:
    """A set of every kind; nobody may change it."""
    with emulated(VARIED, time_scale=1.0) as ready:
        yield ready


@pytest.fixture
def small() -> Iterator[Ready]:
    """myrg/web: five instances on the old image, to do with as a test likes."""
    with emulated() as ready:
        yield ready
