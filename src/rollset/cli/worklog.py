"""The log of a worker: a line for each fact of each rollout, as text or as JSON."""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import Any

from rollset.arm.pauses import Pause
from rollset.engine import events
from rollset.engine.acts.facts import Fact
from rollset.engine.acts.order import ActOrder
from rollset.faces.acts import FACT_NAMES, fact_sentence
from rollset.faces.documents import Json, moment
from rollset.faces.facts import NAMES, fact_document
from rollset.faces.telling import sentence

FORMS = ("text", "json")


class WorkLog:
    """Writes to stderr; a reader that goes away is no reason to stop working."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._waiting: dict[str, str] = {}

    def say(
        self,
        event: str,
        words: str,
        rollout: str | None = None,
        *,
        act: str | None = None,
        members: Mapping[str, object] = MappingProxyType({}),
    ) -> None:
        """One line. `event` is its name for machines, and `members` what they are told besides."""
        now = time.time()
        if self._as_json:
            known: Json = {"at": moment(now), "event": event, "rollout": rollout, "act": act, "text": words}
            known |= {name: value for name, value in members.items() if name not in known}
            line = json.dumps({name: value for name, value in known.items() if value is not None})
        else:
            stamp = time.strftime("%Y-%m-%dT%H:%M:%S%z", time.localtime(now))
            line = "  ".join(filter(None, (stamp, rollout or act, words)))
        with suppress(OSError, ValueError):
            sys.stderr.write(line + "\n")
            sys.stderr.flush()

    def teller(self, rollout: str) -> Callable[[events.Event], None]:
        """What a rollout tells goes to the log under its id."""

        def tell(event: events.Event) -> None:
            match event:
                case events.Looked() | events.Began() | events.Ended():
                    pass
                case events.Waiting() if self._waiting.get(rollout) == event.reason:
                    pass  # Each reason once, however many looks it lasts for.
                case _:
                    self._waiting[rollout] = event.reason if isinstance(event, events.Waiting) else ""
                    self._tell(rollout, event)

        return tell

    def _tell(self, rollout: str, event: events.Kept) -> None:
        document = fact_document(0, event)
        told = ("entry", "at", "event", "text")
        members: dict[str, Any] = {name: value for name, value in document.items() if name not in told}
        self.say(f"rollout.{NAMES[type(event)]}", sentence(event), rollout, members=members)

    def tell_act(self, order: ActOrder, fact: Fact) -> None:
        """One fact of an act."""
        self.say(f"act.{FACT_NAMES[type(fact)]}", fact_sentence(order, fact), act=order.id)

    def paused(self, pause: Pause) -> None:
        self.say("azure.pause", str(pause))

    def handler(self) -> logging.Handler:
        """Takes what libraries have to say."""
        return _Handler(self)


class _Handler(logging.Handler):
    def __init__(self, log: WorkLog) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        self._log.say(f"log.{record.levelname.lower()}", record.getMessage())
