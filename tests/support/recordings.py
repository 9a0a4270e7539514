"""What Azure really answered, where the recordings are at hand; tests that use them are skipped elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[3] / "shared" / "azure-traffic"

needs_recordings = pytest.mark.skipif(not FOLDER.is_dir(), reason="the recorded traffic is not at hand")


@dataclass(frozen=True, slots=True)
class Exchange:
    """One recorded request and its answer."""

    id: str
    operation: str
    client: str
    request: dict[str, Any]
    status: int
    headers: dict[str, str]
    body: Any

    @property
    def file(self) -> str:
        """The recordings' file that it stands in."""
        return self.id.rpartition("-")[0]

    @property
    def content(self) -> bytes:
        return b"" if self.body is None else json.dumps(self.body).encode()


def exchanges(*names: str) -> Iterator[Exchange]:
    """The exchanges of the named files; of all of them, when none is named."""
    files = [FOLDER / f"{name}.json" for name in names] or sorted(FOLDER.glob("*.json"))
    for file in files:
        if not file.is_file() or file.stem == "sessions":
            continue
        for entry in json.loads(file.read_text("utf-8")):
            response = entry["response"]
            yield Exchange(
                id=entry["id"],
                operation=entry["operation"],
                client=entry["client"],
                request=entry["request"],
                status=response["status"],
                headers=response["headers"],
                body=response["body"],
            )
