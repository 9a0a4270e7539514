"""Every async test of this folder runs on virtual time."""

from tests.support.virtual import VirtualLoop


def pytest_asyncio_loop_factories(config, item):
    return {"virtual": VirtualLoop}
