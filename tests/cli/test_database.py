"""With PostgreSQL: `upgrade` leaves the rollout to a worker and follows it; whoever dies, it goes on."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from rollset.emulator.server import Ready
from tests.cli.background import Background, asked
from tests.cli.driver import NEW, account, fault, images, restart, run
from tests.support.postgres import Postgres

UPGRADE = ("upgrade", "myrg/web", "--image-version", NEW, "--yes")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    server = Postgres()
    server.start()
    yield server.url(server.new_database())
    server.remove()


def test_a_follower_shows_what_workers_do_and_the_worker_that_dies_is_replaced(small: Ready, url: str):
    fault(small, kind="hangs", set="myrg/web", instances=["1"], times=1)
    place = {"ROLLSET_DATABASE_URL": url}
    with (
        Background(*UPGRADE, ready=small, **place) as follower,
        Background("worker", ready=small, **place) as doomed,
    ):
        follower.until(lambda: asked(small) == 2)
        held = run(*UPGRADE, ready=small, **place)
        assert (held.status, "follow it with: rollset watch web-" in held.err) == (4, True)
        doomed.kill()
        restart(small, "1")
        with Background("worker", ready=small, **place) as other:
            status, said = follower.ends()
            assert other.ends(signal.SIGTERM)[0] == 0
    assert status == 0, said
    assert "Done: 5 of 5 chosen instances are on" in said
    assert set(images(small).values()) == {NEW}
    assert account(small)["most_out_at_once"] == 1
    assert asked(small) == 5, "no instance is asked for a second time"
    assert "secret" not in run("rollouts", ready=small, **place).err, "the password of the URL is never told"
