"""Every rollout here runs on a virtual clock."""

from tests.support.virtual import VirtualLoop


def pytest_asyncio_loop_factories(config, item):
    return {"virtual": VirtualLoop}
