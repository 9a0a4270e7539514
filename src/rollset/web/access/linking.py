"""Makes one-time links, as whoever runs the dashboard is shown them."""

from __future__ import annotations

import time

from rollset.engine.durable.access.links import Links
from rollset.engine.durable.database import Database
from rollset.web.access.paths import LINK


def new_link(database: Database, address: str, name: str) -> str:
    """An address below `address` that lets in `name`, once, for a quarter of an hour."""
    secret = Links(database).make(name, time.time())
    return f"{address.rstrip('/')}{LINK}?key={secret}"
