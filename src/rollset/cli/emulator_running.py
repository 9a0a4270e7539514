"""A running emulator, as the commands below `rollset emulator` ask it: its own paths, over plain HTTP."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, Request, build_opener

import click

from rollset.emulator.errors import EmulatorError

DEFAULT_URL = "http://127.0.0.1:8400"
URL_VARIABLE = "ROLLSET_ENDPOINT"
TOKEN_VARIABLE = "ROLLSET_EMULATOR_TOKEN"  # noqa: S105  The name of a variable.
SECONDS_MAX = 60.0
BODY_SHOWN_MAX = 300


@dataclass(frozen=True, slots=True)
class Running:
    """Where the emulator is."""

    url: str
    token: str | None = None

    def text(self, method: str, path: str, body: bytes | None = None) -> str:
        """What it answers.

        Raises:
            EmulatorError: it cannot be reached, or refuses; in one sentence.
        """
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        request = Request(f"{self.url}{path}", data=body, headers=headers, method=method)  # noqa: S310  http or https, see `parse`.
        try:
            # No proxy: the emulator is near, and a proxy would not find it.
            with build_opener(ProxyHandler({})).open(request, timeout=SECONDS_MAX) as answer:
                return str(answer.read().decode("utf-8", "replace"))
        except HTTPError as error:
            with error:
                raise EmulatorError(_said(error.code, error.read())) from error
        except (URLError, HTTPException, OSError) as error:
            reason = getattr(error, "reason", None) or error
            raise EmulatorError(
                f"no emulator answers at {self.url} ({reason}); start one with: rollset emulator"
            ) from error

    def json(self, method: str, path: str, document: Any = None) -> Any:
        return self.json_of(method, path, None if document is None else json.dumps(document).encode())

    def json_of(self, method: str, path: str, body: bytes | None) -> Any:
        """The answer to a body that is no JSON, or that is bytes already."""
        answer = self.text(method, path, body)
        try:
            return json.loads(answer) if answer else None
        except ValueError as error:
            raise EmulatorError(f"what answers at {self.url} is no emulator of rollset") from error


def parse(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise click.BadParameter(f"expected an http or https address, got {url!r}")
    return url.rstrip("/")


def emulator_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Which emulator is meant; the command gets it as `emulator`."""

    def found(_ctx: click.Context, _param: click.Parameter, url: str) -> Running:
        return Running(parse(url), os.environ.get(TOKEN_VARIABLE))

    option = click.option(
        "--emulator",
        metavar="URL",
        envvar=URL_VARIABLE,
        default=DEFAULT_URL,
        show_default=True,
        show_envvar=True,
        callback=found,
        help="The running emulator.",
    )
    return option(command)


def _said(status: int, body: bytes) -> str:
    """The refusal in its own words."""
    try:
        message = json.loads(body)["error"]["message"]
    except (ValueError, KeyError, TypeError):
        message = body.decode("utf-8", "replace").strip()[:BODY_SHOWN_MAX]
    return f"refused ({status}): {message}"
