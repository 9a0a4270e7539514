"""Commands, addresses and numbers of gates and hooks as people write them."""

from __future__ import annotations

import math
import re
import shlex
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from rollset.core.errors import UsageError
from rollset.core.outside.calls import Call, Command, Headers, WebCall

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
WEB = ("http://", "https://")
PORT_MAX = 65535

_PERCENT = re.compile(r"(?P<number>[0-9]{1,6}(\.[0-9]{1,6})?)%")
_ADDRESS = re.compile(r"(\[[^\]\s]+\]|[^\s:]+):([0-9]{1,5}|\{[a-z_]+\}|\$\{\w+\})")


def parse_command(text: str) -> tuple[str, ...]:
    """Reads a command line into its words; quotes mean what they mean in a shell, and nothing else does.

    Raises:
        UsageError: there is no word in it, or a quote has no end.
    """
    try:
        words = tuple(shlex.split(text))
    except ValueError as error:
        raise UsageError(f"cannot read {text!r} as a command: a quote has no end") from error
    return check_words(words)


def check_words(words: Sequence[str]) -> tuple[str, ...]:
    """The words of a command, if a program can be started with them.

    Raises:
        UsageError: there is none, or one holds what no program can be told.
    """
    if not words or not words[0]:
        raise UsageError("a command needs at least one word; write one such as ./check.sh {id}")
    if any("\0" in word for word in words):
        raise UsageError("a word of a command holds a NUL, with which no program can be started; take it out")
    return tuple(words)


def parse_address(text: str) -> str:
    """Reads the address of a web page; what stands in braces is filled in later.

    Raises:
        UsageError: it is none.
    """
    stripped = text.strip()
    try:
        # Placeholders are no part of any address, and may stand anywhere.
        parts = urlsplit(re.sub(r"\$?\{[^}]*\}", "1", stripped))
        host = parts.hostname if parts.port != 0 else None
    except ValueError:
        host = None
    plain = stripped.isprintable() and " " not in stripped
    if not stripped.lower().startswith(WEB) or not host or not plain:
        raise UsageError(f"cannot read {text!r} as an address; write it such as http://{{ip}}:8080/healthz")
    return stripped


def parse_tcp(text: str) -> str:
    """Reads `HOST:PORT`.

    Raises:
        UsageError: it is something else.
    """
    stripped = text.strip()
    found = _ADDRESS.fullmatch(stripped)
    if found is None:
        raise UsageError(f"cannot read {text!r} as a host and a port; write it such as {{ip}}:22")
    if found[2].isdecimal() and not 0 < int(found[2]) <= PORT_MAX:
        raise UsageError(f"{found[2]} is no port; write one from 1 to {PORT_MAX}, such as {{ip}}:22")
    return stripped


def parse_method(text: str) -> str:
    """Reads the method of a request.

    Raises:
        UsageError: it is none of those that are known.
    """
    method = text.strip().upper()
    if method not in METHODS:
        raise UsageError(f"{text!r} is none of {', '.join(METHODS)}")
    return method


def parse_number(text: str) -> float:
    """Reads a number.

    Raises:
        UsageError: it is none, or has no end.
    """
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise UsageError(f"cannot read {text!r} as a number; write it such as 0.25")
    return number


def parse_share(text: str) -> float:
    """Reads `20%`.

    Raises:
        UsageError: it is something else.
    """
    found = _PERCENT.fullmatch(text.strip())
    if found is None:
        raise UsageError(f"cannot read {text!r} as a share; write it such as 20%")
    return float(found["number"]) / 100


def share_text(share: float) -> str:
    """What `parse_share` reads as this one."""
    return f"{round(100 * share, 6):g}%"


def parse_call(text: str) -> Call:
    """Reads what a hook calls: an address, to which it posts, or a command.

    Raises:
        UsageError: it is neither.
    """
    if text.strip().lower().startswith(WEB):
        return WebCall(url=parse_address(text), method="POST")
    return Command(argv=parse_command(text))


def call_document(call: Call, usual_method: str) -> dict[str, object]:
    """Its keys in a file."""
    if isinstance(call, Command):
        return {"command": list(call.argv)}
    document: dict[str, object] = {"http": call.url}
    if call.method != usual_method:
        document["method"] = call.method
    document |= headers_document(call.headers)
    if call.body is not None:
        document["body"] = call.body
    return document if call.verify else {**document, "verify": False}


def headers_document(headers: Headers) -> dict[str, object]:
    """The key for them, if there are any."""
    return {"headers": dict(headers)} if headers else {}


def headers_of(given: Mapping[str, str] | None) -> Headers:
    """The headers of a request, as they were written.

    Raises:
        UsageError: one of them could not be sent.
    """
    for name, value in (given or {}).items():
        if not name or not name.isascii() or not name.isprintable() or " " in name or ":" in name:
            raise UsageError(f"{name!r} is no name of a header")
        if "\n" in value or "\r" in value:
            raise UsageError(f"the header {name} has more than one line")
    return tuple((given or {}).items())
