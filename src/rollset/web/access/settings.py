"""What the configuration says of who may: complete, and checked by whoever made it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rollset.engine.durable.access.sessions import Lifetime
from rollset.web.access.commands import NO_COMMANDS, Commands
from rollset.web.access.roles import Role
from rollset.web.access.sites import LOOPBACK

DEFAULT_LIFETIME = Lifetime()

EVERYBODY = "*"
"""Stands for whatever a claim says, also where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderSettings:
    """An OpenID Connect provider, and what it takes to have a role here."""

    issuer: str
    client_id: str
    redirect: str
    """Where it sends browsers back to: `PUBLIC-URL/sign-in/back`, registered there."""
    client_secret: str | None = field(default=None, repr=False)
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    tenants: frozenset[str] = frozenset()
    """Those of Entra that may come, where the issuer is one for many; else empty."""
    name_claims: tuple[str, ...] = ("preferred_username", "email", "name", "sub")
    """The first that is there is what somebody is called."""
    roles_claim: str = "roles"
    roles: Mapping[Role, frozenset[str]] = field(default_factory=dict)
    """For each role the values of the claim that give it; `EVERYBODY` needs no value."""
    title: str = "your organization"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessSettings:
    """Who may come, from where, and for how long."""

    hosts: frozenset[str]
    """Names, without ports, that the dashboard answers for."""
    port: int
    secure: bool
    """Whether browsers come over HTTPS, be it to us or to a proxy before us."""
    origin: str | None = None
    """Where browsers find it; none: wherever they came to, as long as the host is allowed."""
    links: bool = True
    """Whether one-time links let anybody in: only where nobody else can come here."""
    lifetime: Lifetime = DEFAULT_LIFETIME
    provider: ProviderSettings | None = None
    commands: Commands = NO_COMMANDS
    """What rollouts may run on the machine of a worker, whoever begins them here."""

    @classmethod
    def of_loopback(cls, port: int) -> AccessSettings:
        """What holds without a configuration: this machine alone, and one-time links."""
        return cls(hosts=LOOPBACK, port=port, secure=False)
