"""The emulator as a proxy that leads Azure's own names to itself, on real sockets."""

import http.client
import json
import socket
import ssl
import urllib.request
from contextlib import closing, contextmanager
from urllib.parse import urlsplit

import pytest

from rollset.emulator.server import EmulatorServer

API = "2024-07-01"
TIMEOUT_SECONDS = 60
ARM, SIGN_IN = "management.azure.com", "login.microsoftonline.com"


@pytest.fixture(scope="module")
def ready():
    with EmulatorServer(time_scale=600) as ready:
        yield ready


@contextmanager
def through(ready, host, port=443, trusting=True):
    """A connection to `host` that knows the emulator as its proxy only."""
    proxy = urlsplit(ready.http)
    context = ssl.create_default_context(cafile=ready.ca_file if trusting else None)
    connection = http.client.HTTPSConnection(proxy.hostname, proxy.port, timeout=TIMEOUT_SECONDS, context=context)
    connection.set_tunnel(host, port)
    with closing(connection):
        yield connection


def ask(connection, method, path, body=None, **headers):
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    return answer, json.loads(answer.read() or b"null")


def sign_in(ready):
    form = "grant_type=client_credentials&client_id=me&client_secret=x"
    with through(ready, SIGN_IN) as connection:
        answer, token = ask(connection, "POST", "/any/oauth2/token", form)
    assert answer.status == 200
    return {"Authorization": f"Bearer {token['access_token']}"}


def test_azures_own_names_lead_to_the_same_world(ready):
    signed_in = sign_in(ready)
    group = f"/subscriptions/{ready.subscription_id}/resourceGroups/myrg"
    path = f"{group}/providers/Microsoft.Compute/virtualMachineScaleSets/myvmss?api-version={API}"
    change = json.dumps({"tags": {"way": "led"}})
    with through(ready, ARM) as arm:
        answer, changed = ask(arm, "PATCH", path, change, **signed_in, **{"Content-Type": "application/json"})
        assert (answer.status, changed["tags"]) == (200, {"way": "led"})
        assert answer.headers["Azure-AsyncOperation"].startswith(f"https://{ARM}/"), "links stay with what it knows"
        answer, _ = ask(arm, "GET", path, **signed_in)
        assert answer.status == 200, "the connection serves more than one request"
    with urllib.request.urlopen(urllib.request.Request(f"{ready.http}{path}", headers=signed_in)) as direct:
        assert json.load(direct)["tags"] == {"way": "led"}


@pytest.mark.parametrize(("host", "port"), [("example.com", 443), (ARM, 80), (f"{ARM}.example.com", 443)])
def test_nobody_is_led_anywhere_else(ready, host, port):
    with through(ready, host, port) as connection, pytest.raises(OSError, match="Tunnel connection failed: 4"):
        connection.connect()


def test_without_https_nobody_is_led():
    with (
        EmulatorServer(https_port=None) as plain,
        through(plain, ARM) as connection,
        pytest.raises(OSError, match="Tunnel connection failed: 4"),
    ):
        connection.connect()


def test_who_does_not_trust_its_certificate_harms_nobody_else(ready):
    with through(ready, ARM, trusting=False) as suspicious, pytest.raises(ssl.SSLCertVerificationError):
        suspicious.connect()
    assert sign_in(ready)


def test_a_request_that_comes_byte_by_byte_is_understood(ready):
    proxy = urlsplit(ready.http)
    with socket.create_connection((proxy.hostname, proxy.port), TIMEOUT_SECONDS) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in f"CONNECT {ARM}:443 HTTP/1.1\r\nHost: {ARM}:443\r\n\r\n".encode():
            connection.sendall(bytes([byte]))
        assert connection.recv(4096).startswith(b"HTTP/1.1 200 ")
        context = ssl.create_default_context(cafile=ready.ca_file)
        with context.wrap_socket(connection, server_hostname=ARM) as secure:
            secure.sendall(f"GET /emulator/health HTTP/1.1\r\nHost: {ARM}\r\nConnection: close\r\n\r\n".encode())
            assert secure.recv(4096).startswith(b"HTTP/1.1 200 ")


def test_where_a_token_is_demanded_it_is_demanded_of_the_led_too():
    with EmulatorServer(token="a-token-of-its-own") as guarded, through(guarded, ARM) as connection:
        assert ask(connection, "GET", "/emulator/sets/myrg/myvmss")[0].status == 401
        owner = {"Authorization": "Bearer a-token-of-its-own"}
        assert ask(connection, "GET", "/emulator/sets/myrg/myvmss", **owner)[0].status == 200
