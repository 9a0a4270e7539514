"""Databases to measure in: a new SQLite file, and a new database of a PostgreSQL that is started for it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from tests.support.postgres import Postgres

from rollset.engine.durable.database import Database
from rollset.engine.durable.place import SqliteState, State, find_state
from rollset.engine.durable.tables import DBOS_SCHEMA, SCHEMA


@contextmanager
def states() -> Iterator[dict[str, State]]:
    """One of each, empty, by name; gone afterwards."""
    postgres = Postgres()
    postgres.start()
    try:
        with tempfile.TemporaryDirectory(prefix="rollset-bench-") as directory:
            url = postgres.url(postgres.new_database())
            yield {
                "SQLite": SqliteState(directory=Path(directory)),
                "PostgreSQL": find_state(None, {"ROLLSET_DATABASE_URL": url}),
            }
    finally:
        postgres.remove()


def rows_and_bytes(database: Database) -> tuple[int, int]:
    """Of all tables, ours and those of DBOS, with their indexes."""
    schemas = [None] if database.is_sqlite else [SCHEMA, DBOS_SCHEMA]
    with database.engine.connect() as connection:
        found = sa.inspect(connection)
        names = [(schema, table) for schema in schemas for table in found.get_table_names(schema=schema)]
        quoted = [f'"{schema}"."{table}"' if schema else f'"{table}"' for schema, table in names]
        rows = sum(int(connection.execute(sa.text(f"SELECT count(*) FROM {one}")).scalar_one()) for one in quoted)
        return rows, _bytes(connection, quoted, is_sqlite=database.is_sqlite)


def _bytes(connection: sa.Connection, quoted: list[str], *, is_sqlite: bool) -> int:
    if is_sqlite:
        pages, free, size = (
            int(connection.execute(sa.text(f"PRAGMA {word}")).scalar_one())
            for word in ("page_count", "freelist_count", "page_size")
        )
        return (pages - free) * size
    sizes = (connection.execute(sa.text(f"SELECT pg_total_relation_size('{one}')")).scalar_one() for one in quoted)
    return sum(map(int, sizes))
