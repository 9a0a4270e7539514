"""Where Azure Resource Manager answers: the public cloud, a sovereign one, or an emulator on this machine."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from urllib.parse import SplitResult, urlsplit

from rollset.core.errors import UsageError

PUBLIC_HOST = "management.azure.com"
_PORTS = {"https": 443, "http": 80}

_SPELLINGS = frozenset({"localhost", "127.0.0.1", "::1"})
"""The usual names of this machine. What listens at its others, such as 127.0.0.2, may be someone else."""

_NAME_CHARACTERS_MAX = 253
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")


def is_loopback(host: str) -> bool:
    """Whether `host` can only be this machine: `localhost`, names under it (RFC 6761), 127.0.0.0/8, `::1`."""
    name = host.lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One management endpoint, as `scheme://host[:port]`."""

    url: str

    @classmethod
    def parse(cls, text: str) -> Endpoint:
        """Reads an address such as `https://management.azure.com` or `http://localhost:8040`.

        Raises:
            UsageError: it is no such address, says more than host and port, or is plain HTTP beyond this machine.
        """
        text = text.strip()
        parts = _split(text)
        if parts is None or parts.scheme not in _PORTS or not text.isprintable() or not _is_host(parts):
            raise UsageError(f"cannot read {text!r} as an endpoint; write https://HOST, or http://localhost:PORT")
        if parts.path not in ("", "/") or any(mark in text for mark in "?#@"):
            raise UsageError(f"the endpoint {text!r} must name a host and a port only, such as https://{PUBLIC_HOST}")
        if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
            raise UsageError(
                f"the endpoint {text!r} is plain HTTP, which would show the sign-in token to the network; "
                "only addresses of this machine (localhost, 127.0.0.1, [::1]) may be plain"
            )
        return cls(f"{parts.scheme}://{parts.netloc.lower()}")

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def loopback(self) -> bool:
        return is_loopback(self.host)

    @property
    def scope(self) -> str:
        """What a token is asked for. An emulator takes any, so it is asked for with the public cloud's."""
        return f"https://{PUBLIC_HOST if self.loopback else self.host}/.default"

    @property
    def port(self) -> int:
        parts = urlsplit(self.url)
        return parts.port or _PORTS[parts.scheme]

    def owns(self, url: str) -> bool:
        """Whether a link in an answer may be followed with the token.

        The host must be the same and https must stay https; on this machine `localhost`, 127.0.0.1 and `::1` are the
        same host. The port may differ, for Azure sometimes writes its default out. Backslashes and credentials in an
        address are where URL parsers disagree about the host, so there may be none.
        """
        parts = _split(url)
        return (
            parts is not None
            and self._is_at(parts.hostname or "")
            and (parts.scheme == "https" or (parts.scheme == "http" and self.url.startswith("http:")))
            and "@" not in parts.netloc
            and "\\" not in url
            and url.isprintable()
            and " " not in url
        )

    def _is_at(self, host: str) -> bool:
        return host == self.host or {host, self.host} <= _SPELLINGS

    def __str__(self) -> str:
        return self.url


def _is_host(parts: SplitResult) -> bool:
    """Whether the host can be looked up: a name of ASCII labels, or an address; and the port, if any, connected to."""
    host = (parts.hostname or "").removesuffix(".")
    if parts.port == 0 or parts.netloc.endswith(":"):
        return False
    if "[" in parts.netloc:
        return _is_ipv6(host)
    return len(host) <= _NAME_CHARACTERS_MAX and all(_LABEL.fullmatch(label) for label in host.split("."))


def _is_ipv6(text: str) -> bool:
    """Without a zone (`%eth0`), which means something on one machine only."""
    try:
        return IPv6Address(text).scope_id is None
    except ValueError:
        return False


def _split(text: str) -> SplitResult | None:
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 (reading it checks it)
    except ValueError:
        return None
    return parts


PUBLIC = Endpoint(f"https://{PUBLIC_HOST}")
