"""Journals of rollouts in the middle, recorded once by `record.py`; every later rollset has to go on from them."""

import json
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True, kw_only=True)
class Golden:
    """What a rollout had kept when it was cut off, as text."""

    order: str
    entries: list[str]


def load(name: str) -> Golden:
    return Golden(**json.loads((HERE / f"{name}.json").read_text()))
