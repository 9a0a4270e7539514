"""Where the dashboard listens, and for whom: on this machine alone, unless a configuration says who may come."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from rollset.core.errors import UsageError
from rollset.engine.durable.access.sessions import Lifetime
from rollset.web.access.commands import NO_COMMANDS, Commands
from rollset.web.access.settings import DEFAULT_LIFETIME, AccessSettings, ProviderSettings
from rollset.web.access.sites import LOOPBACK
from rollset.web.listening import Tls

HOST = "127.0.0.1"
PORT = 8087


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeSettings:
    """`public` is the address that browsers know, without a slash at the end; none where they come to us directly."""

    host: str = HOST
    port: int = PORT
    public: str | None = None
    hosts: frozenset[str] = LOOPBACK
    tls: Tls | None = None
    proxies: tuple[str, ...] = ()
    lifetime: Lifetime = DEFAULT_LIFETIME
    provider: ProviderSettings | None = None
    commands: Commands = NO_COMMANDS

    @property
    def secure(self) -> bool:
        """Whether browsers come over HTTPS."""
        return self.tls is not None if self.public is None else self.public.startswith("https:")

    def address(self, port: int) -> str:
        """Where people find it; `port` is that of the listener, which may have been free to choose."""
        if self.public is not None:
            return self.public
        shown = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.secure else 'http'}://{shown}:{port}"

    def access(self, port: int) -> AccessSettings:
        """Who may come."""
        return AccessSettings(
            hosts=self.hosts,
            port=port,
            secure=self.secure,
            origin=self.public,
            links=self.provider is None,
            lifetime=self.lifetime,
            provider=self.provider,
            commands=self.commands,
        )


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach it.

    >>> [is_loopback(host) for host in ("localhost", "127.0.0.2", "::1", "0.0.0.0", "example.com")]
    [True, True, True, False, False]
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def check_reach(settings: ServeSettings) -> ServeSettings:
    """The same, if nobody can come who is not asked who he is, and nobody can listen on the way.

    Raises:
        UsageError: it would listen beyond this machine, or be seen from there, without that.
    """
    near = is_loopback(settings.host) and (settings.public is None or settings.public.startswith("http:"))
    if near and not settings.proxies:
        return settings
    lacks = [
        *(["oidc, which says who people are"] if settings.provider is None else []),
        *(["tls or behind_proxy, so that nobody reads along"] if not (settings.tls or settings.proxies) else []),
    ]
    if lacks:
        where = settings.public or settings.host
        raise UsageError(
            f"the dashboard does not listen on {where} for others than this machine: its configuration lacks "
            f"{' and '.join(lacks)}; add that, or let it listen on {HOST} (docs/dashboard-access.md)"
        )
    return settings
