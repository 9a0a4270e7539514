"""The file of `rollset serve --config`: who may come to the dashboard, and from where."""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import Field

from rollset.core.errors import UsageError
from rollset.engine.durable.access.sessions import Lifetime
from rollset.faces.rolloutfile.faulty import clipped
from rollset.faces.rolloutfile.gates import COMMAND
from rollset.faces.rolloutfile.parts import Part, key
from rollset.faces.rolloutfile.reading import read_form
from rollset.faces.rolloutfile.scalars import BOUND, CHARACTERS_MAX, TRUTH, Kind, text_kind
from rollset.web.access.commands import ANY_COMMAND, NO_COMMANDS, Commands
from rollset.web.access.paths import BACK
from rollset.web.access.roles import Role
from rollset.web.access.settings import DEFAULT_LIFETIME, ProviderSettings
from rollset.web.access.sites import LOOPBACK
from rollset.web.listening import Tls
from rollset.web.settings import HOST, PORT, ServeSettings, check_reach, is_loopback

PORT_MAX = 65535
SECRET_BYTES_MAX = 10_000
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Several(Kind):
    """A list of texts, or one; commas may stand in them."""

    def read(self, value: object) -> object:
        values = value if isinstance(value, list) else [value]
        return tuple(self._one(one) for one in values)

    def _one(self, value: object) -> object:
        return Kind.read(self, value)


def _several(parse: Callable[[str], object], example: str) -> _Several:
    one = {"type": "string"}
    schema = {"anyOf": [{"type": "array", "items": one, "minItems": 1}, one]}
    return _Several(parse=parse, schema=schema, example=example)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _CommandLines(Kind):
    """`true` for all, or a list of commands, each in one text or word by word."""

    def read(self, value: object) -> object:
        if not isinstance(value, list):
            return ANY_COMMAND if TRUTH.read(value) else NO_COMMANDS
        return Commands(listed=frozenset(self._line(one) for one in value))

    def _line(self, value: object) -> tuple[str, ...]:
        line = COMMAND.read(value)
        assert isinstance(line, tuple)
        return line


def _word(text: str) -> str:
    if not text.strip() or len(text) > CHARACTERS_MAX or not text.isprintable():
        raise UsageError(f"{clipped(text)} is no word; write one")
    return text


def _listen(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    host = host.strip("[]")
    if not colon or not host or not port.isdecimal() or int(port[:9]) > PORT_MAX:
        raise UsageError(f"{clipped(text)} is no address to listen on; write it such as {HOST}:{PORT} or [::1]:{PORT}")
    return host, int(port)


def _public(text: str) -> str:
    try:
        parts = urlsplit(text.rstrip("/"))
        has_port = parts.port is None or parts.port > 0
    except ValueError:
        parts, has_port = urlsplit(""), False
    plain = parts.hostname and not (parts.path or parts.query or parts.fragment or parts.username)
    near = parts.scheme == "http" and is_loopback(parts.hostname or "")
    if not plain or not has_port or (parts.scheme != "https" and not near):
        raise UsageError(
            f"{clipped(text)} is no address that browsers could know; write https:// and a host, with no path"
        )
    return f"{parts.scheme}://{parts.netloc.lower()}"


def _issuer(text: str) -> str:
    parts = urlsplit(text)
    near = parts.scheme == "http" and is_loopback(parts.hostname or "")
    if not parts.hostname or (parts.scheme != "https" and not near) or parts.query or parts.fragment:
        raise UsageError(
            f"{clipped(text)} is no issuer; write the https address that the provider calls itself, such as "
            "https://login.microsoftonline.com/TENANT-ID/v2.0"
        )
    return text


def _host(text: str) -> str:
    if not re.fullmatch(r"\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+", text):
        raise UsageError(f"{clipped(text)} is no name of a host; write it without scheme and port")
    return text.lower()


def _network(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text, strict=False))
    except ValueError as error:
        raise UsageError(
            f"{clipped(text)} is no address or network; write one such as 10.0.0.7 or 10.0.0.0/24"
        ) from error


def _file(text: str) -> Path:
    return Path(_word(text)).expanduser()


def _variable(text: str) -> str:
    if not NAME.fullmatch(text):
        raise UsageError(
            f"{clipped(text)} is no name of an environment variable; write one such as ROLLSET_CLIENT_SECRET"
        )
    return text


WORD = text_kind(_word, "web")
WORDS = _several(_word, "web")
PEM = text_kind(_file, "/etc/rollset/tls.pem")


COMMANDS = _CommandLines(
    parse=str,
    schema={"anyOf": [{"type": "boolean"}, {"type": "array", "items": dict(COMMAND.schema)}]},
    example="true",
)


class TlsPart(Part):
    """The certificate to be known by."""

    certificate: Annotated[Path, PEM] = Field(description="A PEM file with the certificate and its chain.")
    key: Annotated[Path, PEM] = Field(description="A PEM file with its private key.")


class OidcPart(Part):
    """The OpenID Connect provider that people sign in at."""

    issuer: Annotated[str, text_kind(_issuer, "https://login.microsoftonline.com/TENANT-ID/v2.0")] = Field(
        description="What the provider calls itself; its configuration is found below it."
    )
    client_id: Annotated[str, WORD] = Field(description="The id under which this dashboard is registered there.")
    client_secret_file: Annotated[Path | None, text_kind(_file, "/run/secrets/rollset")] = key(
        "The file with the secret that the provider gave out for it."
    )
    client_secret_env: Annotated[str | None, text_kind(_variable, "ROLLSET_CLIENT_SECRET")] = key(
        "The environment variable with that secret."
    )
    scopes: Annotated[tuple[str, ...] | None, WORDS] = key(
        "What is asked for besides `openid`.", ["openid", "profile", "email"]
    )
    tenants: Annotated[tuple[str, ...] | None, WORDS] = key(
        "For an issuer of Entra that is one for many tenants (organizations): the ids of those that may come."
    )
    name_claim: Annotated[str | None, WORD] = key(
        "The claim that says what somebody is called.", "preferred_username, else email, name or sub"
    )
    roles_claim: Annotated[str | None, WORD] = key(
        "The claim that says in which roles or groups somebody is; `a.b` is `b` within `a`.", "roles"
    )
    title: Annotated[str | None, WORD] = key("What the page to sign in at calls it.", "your organization")


class RolesPart(Part):
    """Which values of the claim give which role; `*` is everybody whom the provider lets in."""

    viewer: Annotated[tuple[str, ...] | None, WORDS] = key("These see everything, and change nothing.")
    operator: Annotated[tuple[str, ...] | None, WORDS] = key("These roll, act and edit as well.")
    approver: Annotated[tuple[str, ...] | None, WORDS] = key("These let rollouts go beyond checkpoints.")


class SessionPart(Part):
    """How long somebody stays signed in."""

    lifetime: Annotated[float | None, BOUND] = key("At most.", "12h")
    idle: Annotated[float | None, BOUND] = key("Without any page being open.", "2h")


class ServeForm(Part):
    """The whole file."""

    listen: Annotated[tuple[str, int] | None, text_kind(_listen, f"{HOST}:{PORT}")] = key(
        "Address and port.", f"{HOST}:{PORT}"
    )
    public_url: Annotated[str | None, text_kind(_public, "https://rollset.example.com")] = key(
        "The address that browsers know, where that is another one, and where there is a provider."
    )
    allowed_hosts: Annotated[tuple[str, ...] | None, _several(_host, "rollset.example.com")] = key(
        "Further names that it answers for, besides that of public_url."
    )
    tls: TlsPart | None = key("The certificate, where it serves HTTPS itself.")
    behind_proxy: Annotated[tuple[str, ...] | None, _several(_network, "10.0.0.7")] = key(
        "The addresses of the proxy before it, which serves HTTPS; what others say of who asks is not believed."
    )
    oidc: OidcPart | None = key("The provider that people sign in at.")
    roles: RolesPart | None = key("What they may, by what the provider says of them.")
    session: SessionPart | None = key("How long somebody stays signed in.")
    commands: Annotated[Commands | None, COMMANDS] = key(
        "Commands of gates and hooks that rollouts begun here may run on the machine of a worker, as files write them; "
        "true allows all, and the variables of that machine."
    )

    def settings(self) -> ServeSettings:
        """What the file says, complete.

        Raises:
            UsageError: its parts do not go together, or the secret cannot be read.
        """
        host, port = self.listen or (HOST, PORT)
        made = ServeSettings(
            host=host,
            port=port,
            public=self.public_url,
            hosts=self._hosts(),
            tls=None if self.tls is None else Tls(certificate=self.tls.certificate, key=self.tls.key),
            proxies=self.behind_proxy or (),
            lifetime=_lifetime(self.session),
            provider=self._provider(),
            commands=self.commands or NO_COMMANDS,
        )
        return check_reach(made)

    def _hosts(self) -> frozenset[str]:
        further = frozenset(self.allowed_hosts or ())
        if self.public_url is None:
            return further | LOOPBACK
        host = urlsplit(self.public_url).hostname or ""
        return further | {f"[{host}]" if ":" in host else host}

    def _provider(self) -> ProviderSettings | None:
        if self.oidc is None:
            if self.roles is not None:
                raise UsageError("roles are given by a provider, and none is named; add oidc, or leave roles out")
            return None
        if self.public_url is None:
            raise UsageError("oidc needs public_url: the provider sends browsers back to it")
        if self.oidc.client_secret_file is not None and self.oidc.client_secret_env is not None:
            raise UsageError("oidc names the secret twice; keep client_secret_file or client_secret_env")
        roles = _roles(self.roles)
        if not roles:
            raise UsageError(
                "nobody could do anything: roles gives no role to anybody; add one such as operator: [...]"
            )
        return _provider_settings(self.oidc, roles, f"{self.public_url}{BACK}")


def read_settings(name: str) -> ServeSettings:
    """What the configuration file `name` says.

    Raises:
        UsageError: it cannot be read, or not all of it can be meant.
    """
    form = read_form(name, ServeForm, "the configuration")
    try:
        return form.settings()
    except UsageError as error:
        raise UsageError(f"{name}: {error}") from error


def _lifetime(part: SessionPart | None) -> Lifetime:
    if part is None:
        return DEFAULT_LIFETIME
    lifetime = part.lifetime or DEFAULT_LIFETIME.seconds_max
    return Lifetime(
        seconds_max=lifetime, idle_seconds_max=part.idle or min(DEFAULT_LIFETIME.idle_seconds_max, lifetime)
    )


def _roles(part: RolesPart | None) -> dict[Role, frozenset[str]]:
    given = {} if part is None else {role: frozenset(getattr(part, role.value) or ()) for role in Role}
    return {role: values for role, values in given.items() if values}


def _provider_settings(part: OidcPart, roles: dict[Role, frozenset[str]], redirect: str) -> ProviderSettings:
    given: dict[str, Any] = {
        "scopes": None if part.scopes is None else tuple(dict.fromkeys(("openid", *part.scopes))),
        "tenants": None if part.tenants is None else frozenset(part.tenants),
        "name_claims": None if part.name_claim is None else (part.name_claim, "sub"),
        "roles_claim": part.roles_claim,
        "title": part.title,
    }
    return ProviderSettings(
        issuer=part.issuer,
        client_id=part.client_id,
        client_secret=_secret(part),
        redirect=redirect,
        roles=roles,
        **{name: value for name, value in given.items() if value is not None},
    )


def _secret(part: OidcPart) -> str | None:
    if (name := part.client_secret_env) is not None:
        secret = os.environ.get(name, "")
        if not secret:
            raise UsageError(f"the variable {name}, which oidc.client_secret_env names, is not set; set it")
        return secret
    if (file := part.client_secret_file) is None:
        return None
    try:
        with file.open("rb") as opened:
            secret = opened.read(SECRET_BYTES_MAX).decode().strip()
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        raise UsageError(f"the secret {file}, which oidc.client_secret_file names, cannot be read: {why}") from error
    if not secret:
        raise UsageError(f"the secret {file}, which oidc.client_secret_file names, is empty; write it there")
    return secret
