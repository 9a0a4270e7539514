"""A running emulator where ten minutes pass in a second, with the article's fleet."""

import pytest

from rollset.emulator.server import EmulatorServer
from tests.clients.running import Running


@pytest.fixture
def azure():
    with EmulatorServer(time_scale=600) as ready:
        yield Running(ready)
