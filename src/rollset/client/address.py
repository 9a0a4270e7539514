"""Where a dashboard is, and the token that it knows us by."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from rollset.client.faults import NotAdmitted
from rollset.core.errors import UsageError

SERVER = "ROLLSET_SERVER"
TOKEN = "ROLLSET_TOKEN"  # noqa: S105 (the name of a variable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A dashboard by its URL, without a slash at the end; the token is never shown."""

    url: str
    token: str = field(repr=False)


def find_address(url: str, environ: Mapping[str, str]) -> Address:
    """The dashboard that was named, with the token of the environment.

    Raises:
        UsageError: it cannot be the address of one, or a token would be read along on the way there.
        NotAdmitted: there is no token, or something that cannot be one.
    """
    checked = check_url(url)
    token = environ.get(TOKEN, "").strip()
    if not token:
        raise NotAdmitted(
            f"nothing was asked of {checked}, for {TOKEN} holds no token; whoever runs the dashboard makes one with: "
            "rollset serve token add NAME --role ROLE"
        )
    # What is in it is never told: it may be a secret that was put into the wrong variable.
    if not (token.isascii() and token.isprintable() and " " not in token):
        raise NotAdmitted(f"nothing was asked of {checked}, for what {TOKEN} holds cannot be a token")
    return Address(url=checked, token=token)


def check_url(url: str) -> str:
    """The address without a slash at the end.

    Raises:
        UsageError: it cannot be that of a dashboard, or is not safe to send a token to.
    """
    try:
        parts = urlsplit(url.strip())
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise UsageError(_say_wrong("its host or port cannot be read")) from None
    if parts.username is not None or parts.password is not None:
        raise UsageError(_say_wrong(f"it holds a name or a password; the token belongs into {TOKEN}"))
    if parts.scheme not in {"https", "http"} or not host:
        raise UsageError(_say_wrong("it is no URL with a host"))
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise UsageError(_say_wrong("nothing may follow the host and its port"))
    if parts.scheme == "http" and not _is_loopback(host):
        raise UsageError(f"a token goes to {host} by https alone, for on the way others could read it: write https://")
    return _bare(parts)


def _bare(parts: SplitResult) -> str:
    return f"{parts.scheme}://{parts.netloc.lower()}"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _say_wrong(why: str) -> str:
    return f"--server or {SERVER} names no dashboard: {why}; write https://HOST, or https://HOST:PORT"
