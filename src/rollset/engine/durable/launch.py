"""DBOS in this process: how it is set up, and how it is left."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer

from rollset.engine.durable.presence import Presence
from rollset.engine.durable.queueing import APPLICATION, VERSION
from rollset.engine.durable.ready import quiet_dbos
from rollset.engine.durable.tables import DBOS_SCHEMA

THREADS_MAX = 8
"""Of DBOS, for keeping turns. Turns themselves run on the event loop."""

SELDOM_SECONDS = 3600.0
"""For looks at what is not used here: schedules."""

WAKE_SECONDS = 0.1
"""How long DBOS's threads sleep at most before they notice that they are to end."""


def launch(presence: Presence, queues: list[str]) -> None:
    """Starts DBOS on the running event loop; it takes work from `queues` alone.

    Nothing is sent anywhere. LISTEN and NOTIFY stay unused: rollouts hear of signals by one query a second for all of a
    process, which costs less than a session for notices, survives every restart, and is the same on SQLite. Interrupted
    workflows may begin as often as they have to: what stops a rollout is its own business.
    """
    quiet_dbos()
    DBOS(
        config=DBOSConfig(
            name=APPLICATION,
            system_database_engine=presence.database.engine,
            dbos_system_schema=DBOS_SCHEMA,
            application_version=VERSION,
            executor_id=presence.executor,
            serializer=DBOSPortableJSONSerializer(),
            use_listen_notify=False,
            enable_otlp=False,
            log_level="ERROR",
            max_executor_threads=THREADS_MAX,
            scheduler_polling_interval_sec=SELDOM_SECONDS,
            notification_listener_polling_interval_sec=WAKE_SECONDS,
        )
    )
    DBOS.listen_queues(queues)
    DBOS.launch()


def leave() -> None:
    """Ends DBOS's threads. Workflows on the event loop must have ended; this waits, so it belongs into a thread."""
    DBOS.destroy(destroy_registry=True)


def give_threads_back(loop: asyncio.AbstractEventLoop) -> None:
    """DBOS makes its own threads the loop's, and takes them along when it is left."""
    loop.set_default_executor(ThreadPoolExecutor(thread_name_prefix="rollset"))
