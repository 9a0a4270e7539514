"""The configuration of `rollset serve`: what it means, and everything that it cannot mean, in a sentence."""

import pytest

from rollset.core.errors import UsageError
from rollset.engine.durable.access.sessions import Lifetime
from rollset.faces.rolloutfile.faulty import FaultyFile
from rollset.web.access.commands import ANY_COMMAND, NO_COMMANDS, Commands
from rollset.web.access.roles import Role
from rollset.web.access.sites import LOOPBACK
from rollset.web.listening import Tls
from rollset.web.servefile import read_settings
from rollset.web.settings import ServeSettings

WHOLE = """
listen: 0.0.0.0:8443
public_url: https://Rollset.example.com/
allowed_hosts: [rollset.internal]
tls: {certificate: /etc/rollset/cert.pem, key: /etc/rollset/key.pem}
oidc:
  issuer: https://login.microsoftonline.com/11111111-1111-1111-1111-111111111111/v2.0
  client_id: 22222222-2222-2222-2222-222222222222
  client_secret_env: SECRET_OF_ROLLSET
  name_claim: upn
  roles_claim: groups
  title: Example Ltd
roles:
  viewer: ["*"]
  operator: "CN=ops,OU=it"
session: {lifetime: 8h, idle: 30m}
"""


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET_OF_ROLLSET", "hunter2")

    def written(text: str) -> str:
        file = tmp_path / "serve.yaml"
        file.write_text(text)
        return str(file)

    return written


def test_a_whole_file_is_read_as_it_is_meant(write):
    settings = read_settings(write(WHOLE))
    assert (settings.host, settings.port) == ("0.0.0.0", 8443)
    assert settings.tls == Tls(certificate=settings.tls.certificate, key=settings.tls.key)
    assert settings.lifetime == Lifetime(seconds_max=8 * 3600, idle_seconds_max=1800)
    provider = settings.provider
    assert provider.client_secret == "hunter2"
    assert "hunter2" not in repr(settings)
    assert provider.roles == {Role.VIEWER: {"*"}, Role.OPERATOR: {"CN=ops,OU=it"}}
    assert (provider.name_claims, provider.roles_claim) == (("upn", "sub"), "groups")
    access = settings.access(8443)
    assert access.hosts == {"rollset.example.com", "rollset.internal"}
    assert access.secure
    assert not access.links
    assert access.origin == "https://rollset.example.com"
    assert provider.redirect == f"{access.origin}/sign-in/back"


def test_nothing_said_is_this_machine_alone(write):
    settings = read_settings(write("session: {idle: 10m}"))
    assert (settings.host, settings.hosts, settings.access(1).links) == ("127.0.0.1", LOOPBACK, True)
    assert ServeSettings().address(8087) == "http://127.0.0.1:8087"
    assert ServeSettings(host="::1").address(8087) == "http://[::1]:8087"


@pytest.mark.parametrize(
    ("text", "commands"),
    [
        ("listen: 127.0.0.1:80", NO_COMMANDS),
        ("commands: false", NO_COMMANDS),
        ("commands: []", NO_COMMANDS),
        ("commands: true", ANY_COMMAND),
        (
            "commands: ['./drain.sh {id}', [curl, '-f', 'http://{ip}/a b']]",
            Commands(listed=frozenset({("./drain.sh", "{id}"), ("curl", "-f", "http://{ip}/a b")})),
        ),
    ],
)
def test_commands_are_allowed_by_name(write, text, commands):
    assert read_settings(write(text)).access(80).commands == commands


OIDC = "oidc: {issuer: 'https://login.example.com', client_id: web}\nroles: {operator: [ops]}\n"
PUBLIC = "public_url: https://rollset.example.com\n"
PROXY = "behind_proxy: 10.0.0.7\n"


def test_behind_a_proxy_it_may_listen_without_tls(write):
    settings = read_settings(write(f"listen: 10.0.0.5:80\n{PUBLIC}{PROXY}{OIDC}"))
    assert settings.proxies == ("10.0.0.7/32",)
    assert settings.access(80).secure


def test_a_provider_is_tried_out_on_this_machine_without_tls(write):
    settings = read_settings(write(f"public_url: http://localhost:8087\n{OIDC}"))
    assert settings.access(8087).hosts == {"localhost"}
    assert not settings.access(8087).secure


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("listen: 0.0.0.0:80", "does not listen on 0.0.0.0 .* lacks oidc, which says who people are and tls or behind"),
        (f"listen: 0.0.0.0:80\n{PUBLIC}{OIDC}", "lacks tls or behind_proxy, so that nobody reads along; add that"),
        (f"{PUBLIC}{PROXY}", "does not listen on https://rollset.example.com for others .* lacks oidc"),
        (f"{PUBLIC}{OIDC}", "lacks tls or behind_proxy"),
        (PROXY, "lacks oidc"),
        (OIDC, "oidc needs public_url"),
        ("roles: {operator: [ops]}", "roles are given by a provider, and none is named"),
        (f"{PUBLIC}{PROXY}{OIDC}".replace("{operator: [ops]}", "{}"), "nobody could do anything"),
        (f"{PUBLIC}{PROXY}{OIDC}".replace("web}", "web, client_secret_env: MISSING}"), "MISSING, .* is not set"),
        (
            f"{PUBLIC}{PROXY}{OIDC}".replace("web}", "web, client_secret_file: /nowhere/x}"),
            "cannot be read: No such file",
        ),
        (
            f"{PUBLIC}{PROXY}{OIDC}".replace("web}", "web, client_secret_file: /a, client_secret_env: B}"),
            "names the secret twice",
        ),
    ],
)
def test_what_does_not_go_together_is_refused_in_a_sentence(write, text, told):
    with pytest.raises(UsageError, match=told) as refused:
        read_settings(write(text))
    assert refused.value.exit_status == 2
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("listen: everywhere", r"serve.yaml:1: listen: 'everywhere' is no address to listen on"),
        ("listen: 127.0.0.1:99999", "is no address to listen on"),
        (
            "public_url: http://rollset.example.com",
            "public_url: .* is no address that browsers could know; write https",
        ),
        ("public_url: https://a.example/rollset", "with no path"),
        ("public_url: https://anna:secret@a.example", "is no address that browsers could know"),
        ("allowed_hosts: ['a.example:80']", "is no name of a host; write it without scheme and port"),
        ("allowed_hosts: ['*']", "is no name of a host"),
        ("behind_proxy: proxy.example", "is no address or network"),
        ("tls: {certificate: a.pem}", "tls.key: is missing"),
        ("oidc: {issuer: 'http://login.example.com', client_id: web}", "oidc.issuer: .* is no issuer; write the https"),
        ("oidc: {issuer: 'https://a.example'}", "oidc.client_id: is missing"),
        ("\noidc: {isuer: x}", r"serve.yaml:2: oidc.isuer: there is no such key; did you mean issuer\?"),
        ("roles: {admin: [x]}", "roles.admin: there is no such key; known here: viewer, operator, approver"),
        ("roles: {operator: [{a: b}]}", "roles.operator: a mapping stands here"),
        ("commands: all", "commands: 'all' is neither true nor false"),
        ("commands: ['a \"b']", "a quote has no end"),
        ("commands: {a: b}", "a mapping stands here"),
        ("session: {idle: 0s}", "leaves no time at all"),
        ("- a", "holds a list; write keys, each with its value: listen, public_url"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(write, text, told):
    with pytest.raises(FaultyFile, match=told):
        read_settings(write(text))
