"""Attacks, over real HTTP: whatever is tried, nothing is done, nothing is told, and the answer is a strict sentence."""

import json
import re
import string
import time
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field

import pytest
from itsdangerous import Signer

from rollset.web.access import bodies, guard, limits
from rollset.web.access.limits import SignInLimit
from rollset.web.access.roles import Role
from rollset.web.access.settings import AccessSettings
from rollset.web.listening import HEAD_BYTES_MAX
from tests.web.guarded import FORM, Answer, Browser, Guarded, guarded, guess, signed

SECRET = "Secret of the fleet"
BASE64 = f"{string.ascii_uppercase}{string.ascii_lowercase}{string.digits}-_"
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def one_site(tmp_path_factory):
    with guarded(tmp_path_factory.mktemp("attacked") / "state") as site:
        yield site


@pytest.fixture
def site(one_site):
    """The same for all attacks, each of which begins with nothing done and nothing counted."""
    one_site.behind.done.clear()
    one_site.access.limit = SignInLimit(time.monotonic)
    for token in one_site.access.tokens.list():
        one_site.access.tokens.remove(token.name)
    return one_site


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """One request that must come to nothing. `{host}` is where the site listens; `as_` signs in first."""

    id: str
    expects: int
    method: str = "GET"
    path: str = "/view"
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    host: str | None = None
    as_: tuple[Role, ...] = ()
    csrf: bool = False
    """Whether the attacker has the right token nevertheless, so that nothing else than what is tried stops him."""


OPERATOR = (Role.OPERATOR,)
OWN = {"Content-Type": FORM}
JSON = {"Content-Type": "application/json"}
HTML = {"Accept": "text/html"}

ATTACKS = (
    # Nobody is signed in.
    Attack(id="a machine looks without a token", path="/api/me", expects=401),
    Attack(id="a browser looks without a session", headers=HTML, expects=303),
    Attack(id="a browser acts without a session", method="POST", path="/act", headers=HTML | OWN, expects=401),
    Attack(id="a machine acts without a token", method="POST", path="/api/act", expects=401),
    Attack(id="a path that is not there tells nothing", path="/nowhere", expects=401),
    Attack(id="a stream without a session", path="/live", expects=401),
    Attack(id="the interface without a session", path="/api/openapi.json", expects=401),
    Attack(id="signing out without a session", method="POST", path="/sign-out", expects=401),
    Attack(id="an open path with a method that changes", method="POST", path="/sign-in", expects=405),
    # Tokens.
    Attack(id="a token that nobody gave out", headers={"Authorization": f"Bearer rollset_{guess()}"}, expects=401),
    Attack(id="an empty token", headers={"Authorization": "Bearer "}, expects=401),
    Attack(id="another scheme", headers={"Authorization": "Basic YW5uYTphbm5h"}, expects=401),
    Attack(id="a token like SQL", headers={"Authorization": "Bearer rollset_' OR '1'='1"}, expects=401),
    Attack(id="a token of many characters", headers={"Authorization": f"Bearer rollset_{'a' * 9000}"}, expects=401),
    Attack(id="a token that is no text", headers={"Authorization": "Bearer rollset_\xff\xfe"}, expects=401),
    Attack(id="a wrong token beside a right cookie", headers={"Authorization": "Bearer x"}, as_=OPERATOR, expects=401),
    # Roles.
    Attack(id="a viewer acts", method="POST", path="/act", headers=OWN, as_=(Role.VIEWER,), csrf=True, expects=403),
    Attack(id="a viewer puts", method="PUT", path="/act", headers=OWN, as_=(Role.VIEWER,), csrf=True, expects=403),
    Attack(
        id="a viewer deletes", method="DELETE", path="/act", headers=OWN, as_=(Role.VIEWER,), csrf=True, expects=403
    ),
    Attack(
        id="a viewer acts where the page forgot to ask",
        method="POST",
        path="/forgetful",
        headers=OWN,
        as_=(Role.VIEWER,),
        csrf=True,
        expects=403,
    ),
    Attack(
        id="an operator approves", method="POST", path="/approve", headers=OWN, as_=OPERATOR, csrf=True, expects=403
    ),
    Attack(
        id="an approver acts", method="POST", path="/act", headers=OWN, as_=(Role.APPROVER,), csrf=True, expects=403
    ),
    Attack(
        id="a method in disguise",
        path="/act",
        headers={"X-HTTP-Method-Override": "POST"},
        as_=OPERATOR,
        expects=405,
    ),
    # Requests that other sites have a browser send.
    Attack(
        id="a form without its token", method="POST", path="/act", headers=OWN, body=b"a=1", as_=OPERATOR, expects=403
    ),
    Attack(
        id="a form with a token of nobody",
        method="POST",
        path="/act",
        headers=OWN,
        body=f"csrf={guess()}.{'0' * 64}".encode(),
        as_=OPERATOR,
        expects=403,
    ),
    Attack(
        id="a form with two tokens",
        method="POST",
        path="/act",
        headers=OWN,
        body=b"csrf=a&csrf=b",
        as_=OPERATOR,
        expects=403,
    ),
    Attack(id="the token in the address", method="POST", path="/act?csrf=x.y", headers=OWN, as_=OPERATOR, expects=403),
    Attack(
        id="a token that is no text",
        method="POST",
        path="/act",
        headers={"X-CSRF-Token": "\xff.\xff"},
        as_=OPERATOR,
        expects=403,
    ),
    Attack(
        id="a post of another site",
        method="POST",
        path="/act",
        headers=OWN | {"Origin": "https://evil.example"},
        as_=OPERATOR,
        csrf=True,
        expects=403,
    ),
    Attack(
        id="a post of no site",
        method="POST",
        path="/act",
        headers=OWN | {"Origin": "null"},
        as_=OPERATOR,
        csrf=True,
        expects=403,
    ),
    Attack(
        id="a post of no site that a browser calls cross-site",
        method="POST",
        path="/act",
        headers=OWN | {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
        as_=OPERATOR,
        csrf=True,
        expects=403,
    ),
    Attack(
        id="a post of another site that a browser calls ours",
        method="POST",
        path="/act",
        headers=OWN | {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
        as_=OPERATOR,
        csrf=True,
        expects=403,
    ),
    Attack(
        id="a post of another port of this machine",
        method="POST",
        path="/act",
        headers=OWN | {"Origin": "http://127.0.0.1:1"},
        as_=OPERATOR,
        csrf=True,
        expects=403,
    ),
    Attack(
        id="a post of another scheme",
        method="POST",
        path="/act",
        headers=OWN | {"Origin": "https://{host}"},
        as_=OPERATOR,
        csrf=True,
        expects=403,
    ),
    Attack(
        id="a post that a browser calls cross-site",
        method="POST",
        path="/act",
        headers=OWN | {"Sec-Fetch-Site": "cross-site"},
        as_=OPERATOR,
        csrf=True,
        expects=403,
    ),
    Attack(
        id="a post that a browser calls same-site",
        method="POST",
        path="/act",
        headers=OWN | {"Sec-Fetch-Site": "same-site"},
        as_=OPERATOR,
        csrf=True,
        expects=403,
    ),
    Attack(
        id="a delete of another site",
        method="DELETE",
        path="/act",
        headers={"Origin": "https://evil.example"},
        as_=OPERATOR,
        csrf=True,
        expects=403,
    ),
    Attack(
        id="a sign-out of another site",
        method="POST",
        path="/sign-out",
        headers=OWN | {"Origin": "https://evil.example"},
        as_=OPERATOR,
        csrf=True,
        expects=403,
    ),
    Attack(
        id="a page embedded as a script",
        headers={"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "script"},
        as_=OPERATOR,
        expects=403,
    ),
    Attack(
        id="data fetched by another site",
        path="/api/me",
        headers={"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors", "Origin": "http://localhost:3000"},
        as_=OPERATOR,
        expects=403,
    ),
    Attack(
        id="a fetch of another site with the cookie and no token",
        method="POST",
        path="/api/act",
        headers=JSON | {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors", "Origin": "https://evil.example"},
        body=b"{}",
        as_=OPERATOR,
        expects=403,
    ),
    Attack(
        id="a fetch of our own origin without the token",
        method="POST",
        path="/api/act",
        headers=JSON | {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"},
        body=b"{}",
        as_=OPERATOR,
        expects=403,
    ),
    Attack(
        id="the token in the body of JSON",
        method="POST",
        path="/api/act",
        headers=JSON,
        body=b'{"csrf": "x.y"}',
        as_=OPERATOR,
        expects=403,
    ),
    Attack(
        id="a preflight of another site",
        method="OPTIONS",
        path="/api/act",
        headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"},
        expects=405,
    ),
    # Hosts.
    Attack(id="another host", host="evil.example", as_=OPERATOR, expects=421),
    Attack(id="a host that begins like ours", host="localhost.evil.example", as_=OPERATOR, expects=421),
    Attack(id="a host that ends like ours", host="evil.example#localhost", as_=OPERATOR, expects=421),
    Attack(id="a host with a user", host="localhost@evil.example", as_=OPERATOR, expects=421),
    Attack(id="a host with a path", host="localhost/evil.example", as_=OPERATOR, expects=421),
    Attack(id="an address of this network", host="192.168.0.1:8087", as_=OPERATOR, expects=421),
    Attack(id="a name that means all addresses", host="0.0.0.0", as_=OPERATOR, expects=421),
    Attack(id="another host for signing in", path="/sign-in", host="evil.example", headers=HTML, expects=421),
    Attack(
        id="another host in a header of a proxy",
        headers={"X-Forwarded-Host": "localhost"},
        host="evil.example",
        as_=OPERATOR,
        expects=421,
    ),
    Attack(id="no host", host="", as_=OPERATOR, expects=421),
    # Paths.
    Attack(id="up out of the styles", path="/static/../view", expects=404),
    Attack(id="up out of the styles, encoded", path="/static/%2e%2e/%2e%2e/pyproject.toml", expects=404),
    Attack(id="up out of the styles, encoded twice", path="/static/%252e%252e/app.py", expects=404),
    Attack(id="up with backslashes", path="/static/..%5c..%5capp.py", expects=404),
    Attack(id="a file of the machine", path="/static//etc/passwd", expects=404),
    Attack(id="styles that are none", path="/staticview", expects=401),
    Attack(id="an open path in capitals", path="/SIGN-IN", expects=401),
    Attack(id="an open path with more behind", path="/sign-in/../view", expects=401),
    Attack(id="two slashes first", path="//evil.example/view", as_=OPERATOR, expects=400),
    Attack(id="two slashes first, anonymous", path="//evil.example/%2e%2e", headers=HTML, expects=400),
    Attack(id="a slash encoded", path="/%2fview", headers=HTML, expects=303),
    Attack(id="a null byte", path="/view%00.css", as_=OPERATOR, expects=400),
    Attack(id="a line break", path="/view%0d%0aSet-Cookie:%20a=b", as_=OPERATOR, expects=400),
    Attack(id="an address without end", path="/view?" + "a" * (guard.ADDRESS_BYTES_MAX + 1), as_=OPERATOR, expects=414),
    # Bodies, kinds and methods.
    Attack(
        id="a body that says it is too long",
        method="POST",
        path="/act",
        headers=OWN | {"Content-Length": str(10**12)},
        body=b"a=1",
        as_=OPERATOR,
        expects=413,
    ),
    Attack(
        id="a body that is too long",
        method="POST",
        path="/act",
        headers=OWN,
        body=b"a" * (bodies.BYTES_MAX + 1),
        as_=OPERATOR,
        expects=413,
    ),
    Attack(
        id="JSON as a form of another site can send it",
        method="POST",
        path="/api/act",
        headers={"Content-Type": "text/plain"},
        body=b'{"a": 1}',
        as_=OPERATOR,
        csrf=True,
        expects=415,
    ),
    Attack(
        id="a form with files",
        method="POST",
        path="/act",
        headers={"Content-Type": "multipart/form-data; boundary=x"},
        body=b"--x--",
        as_=OPERATOR,
        csrf=True,
        expects=415,
    ),
    Attack(
        id="a form with fields without end",
        method="POST",
        path="/act",
        headers=OWN,
        body=b"&".join(b"a" for _ in range(bodies.FIELDS_MAX + 1)),
        as_=OPERATOR,
        expects=403,
    ),
    Attack(id="a method that echoes", method="TRACE", as_=OPERATOR, expects=405),
    Attack(id="a method that connects", method="CONNECT", path="127.0.0.1:22", as_=OPERATOR, expects=405),
    Attack(id="a method that nobody knows", method="EVIL", as_=OPERATOR, expects=405),
    # Signing in.
    Attack(id="a link that nobody gave out", path=f"/sign-in/link?key={guess()}", headers=HTML, expects=403),
    Attack(id="a link without a key", path="/sign-in/link", headers=HTML, expects=403),
    Attack(id="a script as a key", path=f"/sign-in/link?key={SCRIPT}", headers=HTML, expects=403),
    Attack(id="a provider where there is none", path="/sign-in/provider", headers=HTML, expects=404),
    Attack(
        id="an answer of a provider where there is none", path="/sign-in/back?code=a&state=b", headers=HTML, expects=404
    ),
)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.id)
def test_it_comes_to_nothing(site: Guarded, attack: Attack):
    browser = site.browser(*attack.as_, name="mallory") if attack.as_ else Browser(guarded=site)
    headers = {name: value.replace("{host}", site.host) for name, value in attack.headers.items()}
    if attack.csrf:
        headers["X-CSRF-Token"] = browser.csrf()
    if browser.cookies:
        headers["Cookie"] = browser.cookie
    answer = site.ask(attack.method, attack.path, headers, attack.body, host=attack.host)
    assert answer.status == attack.expects, answer.text
    come_to_nothing(site, answer)


def come_to_nothing(site: Guarded, answer: Answer) -> None:
    assert site.behind.done == []
    assert SECRET not in answer.text
    assert SCRIPT not in answer.text
    assert "Traceback" not in answer.text
    assert answer.headers["content-security-policy"].startswith(
        "default-src 'none'; script-src 'self'; style-src 'self'"
    )
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "access-control-allow-origin" not in answer.headers
    assert not [cookie for cookie in answer.cookies if "session" in cookie]
    location = answer.headers.get("location", "/")
    assert re.match(r"/(?![/\\])", location), location


def after(letter: str) -> str:
    """The next one of base64. Of the last letter of a signature that changes but bits that stand for nothing."""
    return BASE64[(BASE64.index(letter) + 1) % len(BASE64)]


def forged(site: Guarded, how: str) -> str:
    """A cookie that looks like one of ours."""
    access, right = site.access, next(iter(site.browser(Role.OPERATOR).cookies.values()))
    secret, _, signature = right.rpartition(".")
    key = "rollset" * 8
    return {
        "another secret under the right signature": f"{guess()}.{signature}",
        "no signature": secret,
        "an empty signature": f"{secret}.",
        "a signature of another key": Signer(key, salt="rollset.session", key_derivation="hmac").sign(secret).decode(),
        "a signature for another purpose": access.browser_cookie._signer.sign(secret.encode()).decode(),
        "our signature under a secret that nobody gave out": signed(access, guess()),
        "the hash that the database has": signed(access, "0" * 64),
        "one letter changed": f"{right[:-2]}{after(right[-2])}{right[-1]}",
        "another spelling of the same signature": right[:-1] + after(right[-1]),
        "in capitals": right.upper(),
        "a token without signature": f"{urlsafe_b64encode(json.dumps({'name': 'anna', 'roles': ['operator']}).encode()).decode()}.",
        "empty": "",
        "long": "a" * 4000,
        "no text": "\xff\xfe.\xfd",
        "like SQL": signed(access, "' OR '1'='1"),
    }[how]


@pytest.mark.parametrize(
    "how",
    [
        "another secret under the right signature",
        "no signature",
        "an empty signature",
        "a signature of another key",
        "a signature for another purpose",
        "our signature under a secret that nobody gave out",
        "the hash that the database has",
        "one letter changed",
        "another spelling of the same signature",
        "in capitals",
        "a token without signature",
        "empty",
        "long",
        "no text",
        "like SQL",
    ],
)
def test_a_forged_cookie_is_none(site: Guarded, how):
    cookie = f"{site.access.cookie.name}={forged(site, how)}"
    answer = site.ask("GET", "/view", {"Cookie": cookie})
    assert answer.status == 401
    come_to_nothing(site, answer)


def test_a_right_cookie_under_a_name_of_another_server_is_none(site: Guarded):
    value = next(iter(site.browser(Role.OPERATOR).cookies.values()))
    for name in ("rollset-session", f"rollset-session-{site.port + 1}", "__Host-rollset-session", "session"):
        assert site.ask("GET", "/view", {"Cookie": f"{name}={value}"}).status == 401


def test_a_cookie_of_another_state_is_none(site: Guarded, tmp_path):
    with guarded(tmp_path / "other") as other:
        value = next(iter(other.browser(Role.OPERATOR).cookies.values()))
    answer = site.ask("GET", "/view", {"Cookie": f"{site.access.cookie.name}={value}"})
    assert answer.status == 401


def test_an_expired_cookie_that_a_browser_kept_is_none(site: Guarded):
    browser = site.browser(Role.OPERATOR)
    site.clock.now += site.access.settings.lifetime.seconds_max
    answer = browser.ask("GET", "/view")
    assert answer.status == 303
    come_to_nothing(site, answer)


def test_a_form_of_another_session_is_none(site: Guarded):
    mallory, anna = site.browser(Role.OPERATOR, name="mallory"), site.browser(Role.OPERATOR)
    answer = anna.ask("POST", "/act", OWN, b"csrf=" + mallory.csrf().encode())
    assert answer.status == 403
    come_to_nothing(site, answer)


def test_a_form_from_before_signing_out_is_none(site: Guarded):
    anna = site.browser(Role.OPERATOR)
    old = anna.csrf()
    anna.post("/sign-out")
    anna.ask("GET", site.link("anna@desk"))
    answer = anna.ask("POST", "/act", OWN, b"csrf=" + old.encode())
    assert answer.status == 403
    come_to_nothing(site, answer)


def test_a_token_in_the_address_or_in_a_cookie_opens_nothing(site: Guarded):
    token = site.token(Role.OPERATOR)["Authorization"].removeprefix("Bearer ")
    for name in ("access_token", "token", "key", "authorization"):
        assert site.ask("GET", f"/api/me?{name}={token}").status == 401
    assert site.ask("GET", "/api/me", {"Cookie": f"{site.access.cookie.name}={token}"}).status == 401
    assert site.ask("GET", f"/sign-in/link?key={token}").status == 403


def test_a_removed_token_opens_nothing(site: Guarded):
    token = site.token(Role.OPERATOR)
    assert site.ask("GET", "/api/me", token).status == 200
    site.access.tokens.remove("ci")
    assert site.ask("POST", "/api/act", token).status == 401
    assert site.behind.done == []


ELSEWHERE = [
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https://evil.example",
    "https:evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    " //evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/%0d%0aSet-Cookie:a=b",
    "/\r\nSet-Cookie: a=b",
    "@evil.example",
    "/sign-out",
    "/sign-in/link?key=x",
    "/" + "a" * 5000,
]


@pytest.mark.parametrize("to", ELSEWHERE)
def test_after_signing_in_nobody_is_led_elsewhere(site: Guarded, to):
    from urllib.parse import quote

    answer = Browser(guarded=site).ask("GET", f"{site.link()}&to={quote(to, safe='')}")
    assert answer.status == 303
    assert answer.headers["location"] in ("/", "/%0d%0aSet-Cookie:a=b")
    assert len(answer.cookies) == 1
    led = site.browser(Role.VIEWER).ask("GET", f"/sign-in?to={quote(to, safe='')}")
    assert led.headers["location"] in ("/", "/%0d%0aSet-Cookie:a=b")


def test_a_name_with_a_script_in_it_is_printed_as_text(site: Guarded):
    person = site.browser(Role.VIEWER, name=f"anna{SCRIPT}")
    answer = person.ask("POST", "/act", OWN | {"X-CSRF-Token": person.csrf()})
    assert answer.status == 403
    assert "anna&lt;script&gt;" in answer.text
    come_to_nothing(site, answer)


def test_whoever_tries_without_end_is_told_to_wait(site: Guarded):
    statuses = [site.ask("GET", f"/sign-in/link?key={guess()}").status for _ in range(15)]
    assert statuses == [403] * int(limits.PER_ADDRESS.at_once) + [429] * 5
    answer = site.ask("GET", site.link())
    assert answer.status == 429
    assert 0 < int(answer.headers["retry-after"]) <= 60
    come_to_nothing(site, answer)
    wrong = site.ask("GET", "/api/me", {"Authorization": f"Bearer rollset_{guess()}"})
    assert wrong.status == 429
    assert site.ask("GET", "/api/me", site.token(Role.VIEWER)).status == 200, "who has a token is not shut out"


def test_an_address_that_a_header_claims_counts_for_nothing(site: Guarded):
    headers = [{"X-Forwarded-For": f"192.0.2.{number}", "Forwarded": f"for=192.0.2.{number}"} for number in range(11)]
    statuses = [site.ask("GET", f"/sign-in/link?key={guess()}", one).status for one in headers]
    assert statuses[-1] == 429


def test_the_limit_holds_for_a_network_of_ipv6_and_for_all_and_forgets_nobody_too_soon():
    now = [0.0]
    limit = SignInLimit(lambda: now[0])
    neighbours = [limit.take(f"2001:db8::{number:x}") for number in range(12)]
    assert [wait > 0 for wait in neighbours] == [False] * 10 + [True] * 2
    assert limit.take("2001:db8:0:1::1") == 0
    many = [limit.take(f"10.0.{number // 250}.{number % 250}") for number in range(300)]
    assert sum(wait == 0 for wait in many) == limits.ALL_ADDRESSES.at_once - 11
    now[0] += 60
    assert limit.take("2001:db8::1") == 0


def test_addresses_without_end_take_no_memory_without_end(monkeypatch):
    monkeypatch.setattr(limits, "KEYS_MAX", 50)
    now = [0.0]
    limit = SignInLimit(lambda: now[0])
    for number in range(1000):
        now[0] += 1
        limit.take(f"10.0.{number // 250}.{number % 250}")
    assert len(limit._limit._keys) == 50


RAW = {
    "no request": b"hello\r\n\r\n",
    "two lengths": b"POST /act HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
    "a length and chunks": b"POST /act HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a negative length": b"POST /act HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
    "a header split": b"GET /view HTTP/1.1\r\nHost: localhost\r\nX: a\rb\r\n\r\n",
    "a header folded": b"GET /view HTTP/1.1\r\nConnection: close\r\nHost: evil.example\r\n localhost\r\n\r\n",
    "a space before the colon": b"GET /view HTTP/1.1\r\nHost : localhost\r\n\r\n",
    "two hosts": b"GET /view HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n",
    "no host": b"GET /view HTTP/1.1\r\n\r\n",
    "a whole address": b"GET http://evil.example/view HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
    "a head without end": b"GET /view HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * (2 * HEAD_BYTES_MAX),
    "headers without end": b"GET /view HTTP/1.1\r\nHost: localhost\r\n" + b"X: a\r\n" * (HEAD_BYTES_MAX // 3),
    "a chunk that lies": b"POST /act HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
    "WebSockets": b"GET /view HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
}


@pytest.mark.parametrize("raw", RAW.values(), ids=RAW)
def test_bytes_that_are_no_request_of_ours_come_to_nothing(site: Guarded, raw):
    answer = site.send(raw)
    # Who is cut off while he still sends need not see why.
    assert answer == b"" or answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 401", b"HTTP/1.1 421")), answer[:100]
    assert SECRET.encode() not in answer
    assert site.behind.done == []


def test_a_second_request_hidden_behind_a_first_is_asked_who_it_is(site: Guarded):
    cookie = site.browser(Role.OPERATOR).cookie.encode()
    first = b"GET /view HTTP/1.1\r\nHost: localhost\r\nCookie: " + cookie + b"\r\n\r\n"
    second = b"GET /view HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    answers = site.send(first + second)
    assert answers.count(SECRET.encode()) == 1
    assert b"HTTP/1.1 401" in answers


def test_over_a_network_a_link_lets_nobody_in(tmp_path):
    settings = AccessSettings(hosts=frozenset({"127.0.0.1"}), port=443, secure=True, links=False)
    with guarded(tmp_path / "state", settings) as site:
        answer = Browser(guarded=site).ask("GET", site.link())
    assert answer.status == 404
    assert answer.cookies == ()


def test_there_are_many_attacks():
    assert len(ATTACKS) + len(RAW) + len(ELSEWHERE) >= 60
    assert len({attack.id for attack in ATTACKS}) >= 60
