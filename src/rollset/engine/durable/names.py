"""Names of rollouts: short, in the order of time, and fit to be read out over a telephone."""

from __future__ import annotations

import re
import secrets
from datetime import UTC, datetime

LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
"""Without those that are taken for one another: 0 and o, 1, i and l."""

CHANCE_LENGTH = 3
SET_LENGTH_MAX = 40


def new_name(scale_set: str, at: float) -> str:
    """A name for a rollout of the set with that name, begun at `at`, such as `web-20261123-0142-7kq`.

    Two begun in the same minute may get the same one, with little likelihood; the database decides, and one asks again.
    """
    short = re.sub(r"[^a-z0-9]+", "-", scale_set.lower()).strip("-")[:SET_LENGTH_MAX].strip("-") or "set"
    chance = "".join(secrets.choice(LETTERS) for _ in range(CHANCE_LENGTH))
    return f"{short}-{datetime.fromtimestamp(at, UTC):%Y%m%d-%H%M}-{chance}"
