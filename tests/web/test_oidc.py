"""Signing in at a provider, over real HTTP from end to end; the provider is ours, and lies where it is told to."""

from __future__ import annotations

import base64
import json
import time
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives import serialization

from rollset.engine.durable.access.attempts import ATTEMPT_SECONDS_MAX
from rollset.web.access.limits import SignInLimit
from rollset.web.access.oidc import discovery, keys
from rollset.web.access.roles import Role
from rollset.web.access.settings import AccessSettings, ProviderSettings
from tests.web.guarded import Answer, Browser, Guarded, guarded
from tests.web.oidcprovider import CLIENT, EC, REDIRECT, RSA, SECRET, Provider, provided, published

TENANT, OTHER = "11111111-1111-1111-1111-111111111111", "22222222-2222-2222-2222-222222222222"
ROLES = {Role.OPERATOR: frozenset({"ops"}), Role.APPROVER: frozenset({"leads", "CN=leads,OU=it"})}


@pytest.fixture(scope="module")
def one_pair(tmp_path_factory):
    with provided() as provider:
        settings = AccessSettings(
            hosts=frozenset({"127.0.0.1"}), port=1, secure=False, links=False, provider=settings_for(provider)
        )
        with guarded(tmp_path_factory.mktemp("oidc") / "state", settings) as site:
            yield site, provider


@pytest.fixture
def site(one_pair) -> Guarded:
    site, provider = one_pair
    site.behind.done.clear()
    # As in a process that has just started, with a provider that is right in everything.
    site.access.limit = SignInLimit(time.monotonic)
    fresh = Provider(issuer=provider.issuer)
    for name in Provider.__dataclass_fields__:
        setattr(provider, name, getattr(fresh, name))
    provider.publish(RSA[0])
    configure(site, settings_for(provider))
    return site


@pytest.fixture
def provider(one_pair, site) -> Provider:
    return one_pair[1]


def settings_for(provider: Provider, **changes: object) -> ProviderSettings:
    return replace(
        ProviderSettings(
            issuer=provider.issuer, client_id=CLIENT, client_secret=SECRET, redirect=REDIRECT, roles=ROLES
        ),
        **changes,
    )


def configure(site: Guarded, settings: ProviderSettings) -> None:
    """Another configuration of the same dashboard; it has asked its provider nothing yet."""
    site.access.provider.settings = settings
    site.access.provider._discovery = discovery.Discovery(settings, site.access.provider._asker, site.clock)
    site.access.provider._keys = keys.Keys(site.access.provider._asker, site.clock)


def begin(browser: Browser, to: str = "/view") -> dict[str, str]:
    """What the browser carries to the provider."""
    sent = browser.ask("GET", f"/sign-in/provider?to={to}")
    assert sent.status == 303, sent.text
    return {name: values[0] for name, values in parse_qs(urlsplit(sent.headers["location"]).query).items()}


def come_back(browser: Browser, provider: Provider, asked: dict[str, str]) -> Answer:
    """The way from the provider back to the dashboard, as a browser goes it."""
    back = urlsplit(provider.authorize(asked))
    return browser.ask(
        "GET", f"{back.path}?{back.query}", {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    )


def sign_in(site: Guarded, provider: Provider) -> tuple[Browser, Answer]:
    browser = Browser(guarded=site)
    return browser, come_back(browser, provider, begin(browser))


def me(browser: Browser) -> dict[str, object]:
    return browser.ask("GET", "/api/me").document


def test_whoever_signs_in_at_the_provider_has_the_roles_that_it_tells(site: Guarded, provider: Provider):
    browser, back = sign_in(site, provider)
    assert (back.status, back.headers["location"]) == (303, "/view")
    told = me(browser)
    assert (told["name"], told["roles"]) == ("anna@example.com", ["operator", "viewer"])
    assert browser.post("/act").status == 200
    entry = next(one for one in site.access.audit.read(9) if one.verb == "sign in")
    assert (entry.how, entry.subject, entry.detail) == (
        "provider",
        f"{provider.issuer} 1234",
        "roles: operator, viewer",
    )


def test_the_page_to_sign_in_at_leads_there(site: Guarded):
    page = Browser(guarded=site).ask("GET", "/sign-in?to=/view")
    assert 'href="/sign-in/provider?to=/view"' in page.text
    assert "rollset serve link" not in page.text


@pytest.mark.parametrize("methods", [["client_secret_basic"], ["client_secret_post"], None])
def test_the_secret_is_sent_in_the_way_that_the_provider_takes(site: Guarded, provider: Provider, methods):
    provider.metadata = {"token_endpoint_auth_methods_supported": methods}
    assert sign_in(site, provider)[1].status == 303


@pytest.mark.parametrize(("key", "algorithm"), [(RSA[0], "PS256"), (RSA[0], "RS512"), (EC, "ES256")])
def test_other_kinds_of_keys_are_understood(site: Guarded, provider: Provider, key, algorithm):
    provider.key, provider.algorithm = key, algorithm
    provider.publish(key)
    assert sign_in(site, provider)[1].status == 303


def test_a_new_key_is_found_when_it_is_first_used_and_an_old_one_forgotten(site: Guarded, provider: Provider):
    assert sign_in(site, provider)[1].status == 303
    provider.key, provider.header = RSA[1], {"kid": "two"}
    provider.published = [published(RSA[1], "two")]
    assert sign_in(site, provider)[1].status == 403, "the keys were read a moment ago"
    site.clock.now += keys.AGAIN_SECONDS + 1
    assert sign_in(site, provider)[1].status == 303
    provider.key, provider.header = RSA[0], {"kid": "one"}
    assert sign_in(site, provider)[1].status == 403


def test_tokens_of_unknown_keys_do_not_have_the_provider_asked_without_end(site: Guarded, provider: Provider):
    assert sign_in(site, provider)[1].status == 303
    provider.header = {"kid": "unknown"}
    asked = provider.asked.count("/keys")
    for _ in range(3):
        assert sign_in(site, provider)[1].status == 403
    assert provider.asked.count("/keys") == asked


def unsigned(_provider: Provider, claims: dict[str, object]) -> str:
    return jwt.encode(claims, None, "none")


def signed_with_the_public_key(provider: Provider, claims: dict[str, object]) -> str:
    """HS256 with what everybody knows: who takes the algorithm from the token takes that for a signature."""
    pem = RSA[0].public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    import hashlib
    import hmac

    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    text = f"{part({'alg': 'HS256', 'kid': 'one'})}.{part(claims)}"
    code = hmac.new(pem, text.encode(), hashlib.sha256).digest()
    return f"{text}.{base64.urlsafe_b64encode(code).decode().rstrip('=')}"


def with_a_key_in_the_header(_provider: Provider, claims: dict[str, object]) -> str:
    return jwt.encode(claims, RSA[1], "RS256", {"kid": "one", "jwk": published(RSA[1], "one")})


def another_body(provider: Provider, claims: dict[str, object]) -> str:
    head, _, signature = jwt.encode(claims, provider.key, "RS256", {"kid": "one"}).split(".")
    body = base64.urlsafe_b64encode(json.dumps({**claims, "roles": ["leads"]}).encode()).decode().rstrip("=")
    return f"{head}.{body}.{signature}"


NOW = int(time.time())
LIES = {
    "another nonce": ({"claims": {"nonce": "other"}}, "belongs to another sign-in"),
    "no nonce": ({"claims": {"nonce": None}}, "belongs to another sign-in"),
    "another audience": ({"claims": {"aud": "other"}}, "for another application"),
    "no audience": ({"claims": {"aud": None}}, "not to be trusted"),
    "several audiences without saying for whom": (
        {"claims": {"aud": [CLIENT, "other"]}},
        "made for another application",
    ),
    "another party": ({"claims": {"azp": "other"}}, "made for another application"),
    "another issuer": ({"claims": {"iss": "https://evil.example"}}, "of another issuer"),
    "no subject": ({"claims": {"sub": None}}, "lacks sub"),
    "expired": ({"claims": {"exp": NOW - 3600}}, "has expired"),
    "without end": ({"claims": {"exp": None}}, "lacks exp"),
    "of the future": ({"claims": {"iat": NOW + 7200, "exp": NOW + 9000}}, "from the future"),
    "not yet": ({"claims": {"nbf": NOW + 7200}}, "from the future"),
    "not signed": ({"sign": unsigned}, "in a way that is not trusted"),
    "signed with the public key": ({"sign": signed_with_the_public_key}, "in a way that is not trusted"),
    "signed with a key that it brings along": ({"sign": with_a_key_in_the_header}, "signature is wrong"),
    "another body under a right signature": ({"sign": another_body}, "signature is wrong"),
    "signed by somebody else": ({"key": RSA[1]}, "signature is wrong"),
    "with a condition that nobody knows": ({"header": {"crit": ["x"], "x": 1}}, "no id token that can be read"),
    "of a key for encryption": ({"published": [{**published(RSA[0], "one"), "use": "enc"}]}, "does not publish"),
    "of a key for another algorithm": (
        {"published": [{**published(RSA[0], "one"), "alg": "RS512"}]},
        "does not publish",
    ),
    "of a key of another kind": ({"published": [published(EC, "one")]}, "does not publish"),
    "of one of two keys of a name": (
        {"published": [published(RSA[0], "one"), published(RSA[1], "one")]},
        "does not publish",
    ),
    "no token": ({"sign": lambda *_: ""}, "took the code for no id token"),
    "nonsense": ({"sign": lambda *_: "a.b.c"}, "no id token that can be read"),
    "too long": ({"claims": {"roles": ["x" * 100] * 1000}}, "too long"),
    "an answer of another provider": ({"answer": {"iss": "https://evil.example"}}, "nother provider answered"),
    "no word of who answers": (
        {"metadata": {"authorization_response_iss_parameter_supported": True}},
        "nother provider answered",
    ),
    "a refusal": (
        {"answer": {"error": "access_denied", "error_description": "<b>no</b>"}},
        "access_denied: &lt;b&gt;no",
    ),
    "a role that means nothing here": ({"claims": {"roles": ["guests"]}}, "none of what the claim"),
    "no role": ({"claims": {"roles": None}}, "has no claim"),
    "too many groups for the token": (
        {"claims": {"roles": None, "_claim_names": {"roles": "src1"}}},
        "too many roles for the token",
    ),
    "roles of a strange form": ({"claims": {"roles": {"ops": True}}}, "has no claim"),
}


@pytest.mark.parametrize("lie", LIES)
def test_an_answer_that_is_not_to_be_trusted_lets_nobody_in(site: Guarded, provider: Provider, lie):
    changes, told = LIES[lie]
    for name, value in changes.items():
        setattr(provider, name, value)
    browser, back = sign_in(site, provider)
    assert back.status == 403, back.text
    assert told in back.text
    assert not [cookie for cookie in back.cookies if "session" in cookie]
    assert browser.ask("GET", "/view").status == 303
    assert SECRET not in back.text


def test_an_answer_is_taken_once(site: Guarded, provider: Provider):
    browser = Browser(guarded=site)
    asked = begin(browser)
    back = urlsplit(provider.authorize(asked))
    before = dict(browser.cookies)
    assert browser.ask("GET", f"{back.path}?{back.query}").status == 303
    again = Browser(guarded=site, cookies=before)
    assert again.ask("GET", f"{back.path}?{back.query}").status == 403
    assert again.ask("GET", "/view").status == 303


def test_a_code_is_taken_once_also_under_another_state(site: Guarded, provider: Provider):
    browser = Browser(guarded=site)
    first, second = begin(browser), begin(browser)
    code = parse_qs(urlsplit(provider.authorize(first)).query)["code"][0]
    # The code of one sign-in under the state of another: PKCE ties it to the first.
    mixed = browser.ask("GET", f"/sign-in/back?code={code}&state={second['state']}")
    assert mixed.status == 403
    assert "PKCE" in mixed.text


@pytest.mark.parametrize(
    "answer",
    ["code=x&state=other", "code=x", "state={state}", "", "code=x&state={state}&state={state}", "code=x&state="],
    ids=["another state", "no state", "no code", "nothing", "two states", "an empty state"],
)
def test_an_answer_that_was_not_asked_for_lets_nobody_in(site: Guarded, provider: Provider, answer):
    browser = Browser(guarded=site)
    asked = begin(browser)
    assert browser.ask("GET", f"/sign-in/back?{answer.format(state=asked['state'])}").status == 403
    assert browser.ask("GET", "/view").status == 303


def test_nobody_is_signed_in_with_what_another_browser_began(site: Guarded, provider: Provider):
    mallory, anna = Browser(guarded=site), Browser(guarded=site)
    began = urlsplit(provider.authorize(begin(mallory)))
    assert anna.ask("GET", f"{began.path}?{began.query}").status == 403
    begin(anna)
    assert anna.ask("GET", f"{began.path}?{began.query}").status == 403
    assert anna.ask("GET", "/view").status == 303


def test_several_tabs_may_sign_in_at_once(site: Guarded, provider: Provider):
    browser = Browser(guarded=site)
    first, second = begin(browser), begin(browser)
    assert come_back(browser, provider, first).status == 303
    assert come_back(browser, provider, second).status == 303


def test_a_sign_in_that_took_too_long_is_over(site: Guarded, provider: Provider):
    browser = Browser(guarded=site)
    asked = begin(browser)
    site.clock.now += ATTEMPT_SECONDS_MAX
    assert come_back(browser, provider, asked).status == 403


def test_after_it_nobody_is_led_elsewhere(site: Guarded, provider: Provider):
    browser = Browser(guarded=site)
    back = come_back(browser, provider, begin(browser, to="//evil.example"))
    assert (back.status, back.headers["location"]) == (303, "/")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"down": True}, "answered 503; try again, or check issuer"),
        ({"metadata": {"issuer": "https://evil.example"}}, "calls itself &#39;https://evil.example&#39;"),
        ({"metadata": {"token_endpoint": "http://evil.example/token"}}, "is no https address"),
        ({"metadata": {"jwks_uri": "file:///etc/passwd"}}, "is no https address"),
        ({"metadata": {"authorization_endpoint": "javascript:alert(1)"}}, "is no https address"),
    ],
)
def test_a_provider_that_cannot_be_used_is_told(site: Guarded, provider: Provider, change, told):
    for name, value in change.items():
        setattr(provider, name, value)
    answer = Browser(guarded=site).ask("GET", "/sign-in/provider")
    assert answer.status in (403, 502)
    assert told in answer.text


class TestRolesAndNames:
    @pytest.mark.parametrize(
        ("changes", "claims", "roles"),
        [
            ({}, {"roles": "leads"}, ["approver", "viewer"]),
            ({}, {"roles": ["ops", "leads", 7, None]}, ["approver", "operator", "viewer"]),
            ({"roles_claim": "groups"}, {"groups": ["CN=leads,OU=it"]}, ["approver", "viewer"]),
            ({"roles_claim": "realm_access.roles"}, {"realm_access": {"roles": ["ops"]}}, ["operator", "viewer"]),
            ({"roles_claim": "https://a.example/roles"}, {"https://a.example/roles": ["ops"]}, ["operator", "viewer"]),
            ({"roles": {Role.VIEWER: frozenset({"*"})}}, {"roles": None}, ["viewer"]),
        ],
    )
    def test_roles_are_taken_from_the_claim(self, site: Guarded, provider: Provider, changes, claims, roles):
        configure(site, settings_for(provider, **changes))
        provider.claims = claims
        browser, _ = sign_in(site, provider)
        assert me(browser)["roles"] == roles

    @pytest.mark.parametrize(
        ("claims", "name"),
        [
            ({"preferred_username": None, "email": "a@b.example"}, "a@b.example"),
            ({"preferred_username": "  ", "name": "Anna"}, "Anna"),
            ({"preferred_username": ["x"]}, "1234"),
            ({"preferred_username": "anna\r\n\u202egnp.exe"}, "anna gnp.exe"),
        ],
    )
    def test_somebody_is_called_what_the_first_claim_says_that_is_there(self, site, provider, claims, name):
        provider.claims = claims
        browser, _ = sign_in(site, provider)
        assert me(browser)["name"] == name


class TestManyTenants:
    @pytest.fixture(autouse=True)
    def _for_many(self, site: Guarded, provider: Provider):
        template = f"{provider.issuer}/{{tenantid}}/v2.0"
        provider.metadata = {"issuer": template}
        provider.claims = {"tid": TENANT, "iss": template.replace("{tenantid}", TENANT)}
        configure(site, settings_for(provider, tenants=frozenset({TENANT})))

    def test_a_tenant_that_is_listed_may_come(self, site, provider):
        assert sign_in(site, provider)[1].status == 303

    @pytest.mark.parametrize(
        "claims",
        [
            {"tid": OTHER, "iss": "{issuer}/" + OTHER + "/v2.0"},
            {"tid": OTHER},
            {"tid": None},
            {"iss": "{issuer}/" + OTHER + "/v2.0"},
        ],
        ids=["another tenant", "another tenant, our issuer", "no tenant", "our tenant, another issuer"],
    )
    def test_another_may_not(self, site, provider, claims):
        changed = {name: value and value.replace("{issuer}", provider.issuer) for name, value in claims.items()}
        provider.claims = {**provider.claims, **changed}
        assert sign_in(site, provider)[1].status == 403

    def test_a_key_of_another_tenant_is_none(self, site, provider):
        provider.published = [{**published(RSA[0], "one"), "issuer": f"{provider.issuer}/{OTHER}/v2.0"}]
        assert sign_in(site, provider)[1].status == 403

    def test_an_issuer_for_many_takes_a_list_of_tenants(self, site, provider):
        configure(site, settings_for(provider))
        answer = Browser(guarded=site).ask("GET", "/sign-in/provider")
        assert answer.status == 403
        assert "and list tenants" in answer.text
