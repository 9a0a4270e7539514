"""An emulator that can be reached from elsewhere: without its token nothing is told and nothing done."""

import base64
import http.client
import json

import pytest

from rollset.emulator.admission import Admission, is_loopback
from rollset.emulator.identity import Tokens
from rollset.emulator.server import EmulatorServer
from tests.emulator.local import Client

TOKEN = "the-token-of-this-emulator"


@pytest.fixture
def far():
    azure = Client()
    azure.world.admission = Admission(TOKEN)
    azure.world.tokens.key = azure.world.admission.key
    return azure


def own(azure, method, path, body=None, token=TOKEN, **more):
    return azure.ask(method, path, body, token=token, host="emulator.example:8400", **more)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/emulator"),
        ("GET", "/emulator/health"),
        ("POST", "/emulator/faults"),
        ("GET", "/emulator/lb/myrg/myvmss/"),
    ],
)
def test_its_own_paths_want_the_token(far, method, path):
    for token in (None, "wrong", Tokens(far.world.tenant_id).issue()[0]):
        refused = own(far, method, path, {"kind": "forbid"}, token=token)
        assert (refused.status, refused.code) == (401, "AuthenticationFailed")
    assert not list(far.world.faults)
    assert own(far, method, path, {"kind": "forbid"}).status in (200, 201)


def test_arm_takes_the_token_and_those_that_sign_in_gave_for_it(far):
    assert own(far, "GET", far.set_path()).status == 200
    forged = Tokens(far.world.tenant_id).issue()[0]
    assert own(far, "GET", far.set_path(), token=forged).code == "InvalidAuthenticationToken"
    assert own(far, "GET", far.set_path(), token=None).status == 401
    form = b"grant_type=client_credentials&client_id=me&client_secret="
    refused = own(far, "POST", "/t/oauth2/token", raw=form + b"guess", token=None)
    assert (refused.status, refused.code) == (401, "invalid_client")
    issued = own(far, "POST", "/t/oauth2/v2.0/token", raw=form + TOKEN.encode(), token=None).body["access_token"]
    assert own(far, "GET", far.set_path(), token=issued).status == 200
    assert own(far, "GET", "/metadata/identity/oauth2/token", headers={"Metadata": "true"}, token=None).status == 401
    identity = own(far, "GET", "/msi/token", headers={"X-IDENTITY-HEADER": TOKEN}, token=None)
    assert identity.status == 200
    assert TOKEN.encode() not in base64.b64decode(identity.body["access_token"].split(".")[1] + "==")


def test_the_page_is_entered_by_the_token_and_then_by_a_cookie(far):
    entered = own(far, "GET", "/emulator", token=None, headers={"Accept": "text/html"}, token__="")
    assert entered.status == 401
    entered = own(far, "GET", f"/emulator?token={TOKEN}", token=None)
    assert (entered.status, entered.headers["location"]) == (303, "/emulator")
    cookie = entered.headers["set-cookie"]
    assert "HttpOnly; SameSite=Strict" in cookie
    held = {"Cookie": cookie.partition(";")[0]}
    assert own(far, "GET", "/emulator/page/state", token=None, headers=held).status == 200
    fault = {"kind": "forbid"}
    elsewhere = own(
        far, "POST", "/emulator/faults", fault, token=None, headers={**held, "Origin": "https://evil.example"}
    )
    assert (elsewhere.status, elsewhere.code) == (403, "CrossSiteRequest")
    here = {**held, "Origin": "http://emulator.example:8400"}
    assert own(far, "POST", "/emulator/faults", fault, token=None, headers=here).status == 201


@pytest.mark.parametrize(
    ("host", "near"), [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("10.0.0.1", False)]
)
def test_what_is_near(host, near):
    assert is_loopback(host) is near


def test_beyond_loopback_a_token_is_made_and_wanted():
    with EmulatorServer(host="0.0.0.0", https_port=None) as ready:
        token = ready.env["ROLLSET_EMULATOR_TOKEN"]
        assert len(token) >= 30
        assert ready.env["IDENTITY_HEADER"] == token
        connection = http.client.HTTPConnection("127.0.0.1", int(ready.http.rpartition(":")[2]), timeout=10)
        connection.request("GET", "/emulator/health")
        answer = connection.getresponse()
        assert (answer.status, json.loads(answer.read())["error"]["code"]) == (401, "AuthenticationFailed")
        connection.request("GET", "/emulator/health", headers={"Authorization": f"Bearer {token}"})
        assert connection.getresponse().status == 200
        connection.close()
