"""Connections that no client makes, on real sockets: refused in ARM's form, and nobody else is held up."""

import http.client
import json
import logging
import socket
import ssl
import urllib.request
from contextlib import closing, contextmanager
from urllib.parse import urlsplit

import pytest

from rollset.emulator import bounded
from rollset.emulator.server import EmulatorServer

TIMEOUT_SECONDS = 60
HOST = b"Host: 127.0.0.1\r\n"


@pytest.fixture(scope="module")
def ready():
    with EmulatorServer() as ready:
        yield ready


@contextmanager
def connected(address):
    place = urlsplit(address)
    with socket.create_connection((place.hostname, place.port), TIMEOUT_SECONDS) as connection:
        yield connection


def told(connection):
    """The status, and the error that the body tells in ARM's form, of an answer after which the line is closed."""
    answer = b""
    while piece := connection.recv(65536):
        answer += piece
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"content-type: application/json" in head.lower()
    return int(head.split()[1]), json.loads(body)["error"]


def healthy(connection):
    connection.request("GET", "/emulator/health")
    with connection.getresponse() as answer:
        return json.load(answer)["status"] == "ok"


@pytest.mark.parametrize(
    "sent",
    [
        b"\x00\x01\x02\r\n\r\n",
        bytes.fromhex("16030100f8010000f40303") + b"x" * 100,
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"FOO /subscriptions HTTP/1.1\r\n" + HOST + b"\r\n",
        b"POST /emulator/faults HTTP/1.1\r\n" + HOST + b"Content-Length: -5\r\n\r\n",
        b"POST /emulator/faults HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\n",
        b"POST /emulator/faults HTTP/1.1\r\n"
        + HOST
        + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
    ids=["bytes", "TLS", "HTTP/2", "method", "length", "chunk", "two lengths"],
)
def test_what_is_no_request_is_refused_in_arms_form(ready, sent):
    with connected(ready.http) as connection:
        connection.sendall(sent)
        status, error = told(connection)
    assert (status, error["code"]) == (400, "BadRequest")
    assert "no HTTP request" in error["message"]


def test_over_tls_too(ready):
    context = ssl.create_default_context(cafile=ready.ca_file)
    with connected(ready.https) as plain, context.wrap_socket(plain, server_hostname="localhost") as connection:
        connection.sendall(b"what is this\r\n\r\n")
        assert told(connection)[0] == 400


def test_who_takes_it_for_a_proxy_to_everywhere_is_told_where_it_leads(ready):
    with connected(ready.http) as connection:
        connection.sendall(b"CONNECT pypi.example:443 HTTP/1.1\r\nHost: pypi.example:443\r\n\r\n")
        status, error = told(connection)
    assert status == 403
    assert "proxy for management.azure.com:443 and login.microsoftonline.com:443" in error["message"]


def test_names_of_hosts_are_compared_without_regard_to_case(ready):
    with connected(ready.http) as connection:
        connection.sendall(b"CONNECT Management.Azure.COM:443 HTTP/1.1\r\nHost: a\r\n\r\n")
        assert connection.recv(4096).startswith(b"HTTP/1.1 200 ")


def test_a_head_without_end_is_not_read_on(ready):
    with connected(ready.http) as connection:
        connection.sendall(b"GET /emulator/health HTTP/1.1\r\n" + HOST + b"X: ")
        with pytest.raises(OSError, match=r"Broken pipe|reset"):
            connection.sendall(b"x" * 2**28)


def test_half_a_request_is_none(ready):
    """A `reimage` without its body would mean all instances: who goes away before it came has asked for nothing."""
    with urllib.request.urlopen(f"{ready.http}/msi/token", timeout=TIMEOUT_SECONDS) as answer:
        token = json.load(answer)["access_token"]
    group = f"/subscriptions/{ready.subscription_id}/resourceGroups/myrg"
    path = f"{group}/providers/Microsoft.Compute/virtualMachineScaleSets/myvmss/reimage?api-version=2024-07-01"
    with connected(ready.http) as connection:
        head = f"POST {path} HTTP/1.1\r\nAuthorization: Bearer {token}\r\nContent-Length: 25\r\n".encode()
        connection.sendall(head + HOST + b"\r\n")
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(4096) == b"", "no answer: nothing was asked"
    with urllib.request.urlopen(f"{ready.http}/emulator/sets/myrg/myvmss", timeout=TIMEOUT_SECONDS) as answer:
        instances = json.load(answer)["instances"]
    assert {one["provisioning"] for one in instances} == {"Succeeded"}


@pytest.mark.parametrize("sent", [b"", b"GET /emu", b"POST /emulator/faults HTTP/1.1\r\nContent-Length: 9\r\n\r\n{"])
def test_who_never_ends_a_request_is_not_waited_for(ready, monkeypatch, sent):
    monkeypatch.setattr(bounded, "REQUEST_SECONDS_MAX", 0.05)
    with connected(ready.http) as connection:
        connection.sendall(sent)
        assert told(connection)[0] == 408


def test_more_connections_than_it_has_files_for_are_turned_away(ready, monkeypatch):
    monkeypatch.setattr(bounded, "places", lambda: 1)
    with closing(http.client.HTTPConnection(urlsplit(ready.http).netloc, timeout=TIMEOUT_SECONDS)) as first:
        assert healthy(first)
        with connected(ready.http) as second:
            status, error = told(second)
        assert (status, error["code"]) == (503, "ServiceUnavailable")
        assert healthy(first), "who was there before is served"


def test_a_wish_for_websockets_is_passed_over_in_silence(ready, caplog):
    wish = b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: eA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    with caplog.at_level(logging.WARNING), connected(ready.http) as connection:
        connection.sendall(b"GET /emulator/health HTTP/1.1\r\n" + HOST + wish)
        assert connection.recv(4096).startswith(b"HTTP/1.1 200 ")
    assert not caplog.records
