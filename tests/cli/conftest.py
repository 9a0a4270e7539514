"""Emulated Azure for the command line: one that tests only read from, and one that a test may change."""

from collections.abc import Iterator

import pytest

from rollset.emulator.server import Ready
from tests.cli.driver import VARIED, emulated


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
