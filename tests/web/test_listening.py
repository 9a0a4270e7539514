"""How connections are taken: nobody is waited for without end."""

import http.client
import socket
import ssl
from pathlib import Path

import pytest
import trustme

from rollset.core.errors import UsageError
from rollset.web import listening
from rollset.web.access import bodies
from rollset.web.access.roles import Role
from rollset.web.listening import Tls
from rollset.web.serving import NotListening, bind
from tests.support.patience import until
from tests.web.guarded import FORM, guarded


def test_who_does_not_send_a_head_is_not_waited_for(tmp_path, monkeypatch):
    monkeypatch.setattr(listening, "HEAD_SECONDS_MAX", 0.05)
    with guarded(tmp_path / "state") as site:
        for begun in (b"", b"GET /view HTTP/1.1\r\nHost: localhost\r\n", b"GET"):
            assert site.send(begun).startswith(b"HTTP/1.1 408 ")
        whole = b"GET /view HTTP/1.1\r\nHost: localhost\r\n\r\n"
        assert site.send(whole + b"GET").count(b"HTTP/1.1 408 ") == 1, "nor who begins a second one"


def test_who_takes_his_time_between_two_requests_is_not_cut_off(tmp_path, monkeypatch):
    monkeypatch.setattr(listening, "HEAD_SECONDS_MAX", 0.05)
    with guarded(tmp_path / "state") as site:
        line = http.client.HTTPConnection("127.0.0.1", site.port, timeout=60)
        stream = http.client.HTTPConnection("127.0.0.1", site.port, timeout=60)
        cookie = {"Cookie": site.browser(Role.VIEWER).cookie}
        line.request("GET", "/api/me", headers=cookie)
        assert line.getresponse().read()
        stream.request("GET", "/live", headers=cookie)
        beats = stream.getresponse()
        while beats.readline() != b"data: 20\n":  # A fifth of a second, and then some.
            pass
        line.request("GET", "/api/me", headers=cookie)
        assert line.getresponse().status == 200
        line.close()
        stream.close()


def test_who_does_not_send_what_he_announced_is_not_waited_for(tmp_path, monkeypatch):
    monkeypatch.setattr(bodies, "SECONDS_MAX", 0.05)
    with guarded(tmp_path / "state") as site:
        browser = site.browser(Role.OPERATOR)
        head = f"POST /act HTTP/1.1\r\nHost: localhost\r\nCookie: {browser.cookie}\r\n"
        slow = f"{head}Content-Type: {FORM}\r\nContent-Length: 100\r\n\r\na=1"
        assert site.send(slow.encode()).startswith(b"HTTP/1.1 408 ")
        assert site.behind.done == []


def test_who_does_not_read_what_he_asked_for_is_not_waited_for(tmp_path, monkeypatch):
    monkeypatch.setattr(listening, "STALL_SECONDS_MAX", 0.05)
    with guarded(tmp_path / "state") as site, socket.create_connection(("127.0.0.1", site.port)) as line:
        head = f"GET /flood HTTP/1.1\r\nHost: localhost\r\nCookie: {site.browser(Role.VIEWER).cookie}\r\n\r\n"
        line.sendall(head.encode())
        until(lambda: site.behind.done == [("flood", "over")], "the connection is given up")


def test_of_too_many_connections_some_are_told_to_come_again(tmp_path, monkeypatch):
    monkeypatch.setattr(listening, "CONNECTIONS_MAX", 3)
    with guarded(tmp_path / "state") as site:
        held = [socket.create_connection(("127.0.0.1", site.port)) for _ in range(3)]
        assert site.ask("GET", "/sign-in").status == 503
        for one in held:
            one.close()


@pytest.fixture
def certified(tmp_path) -> Tls:
    certificate = trustme.CA().issue_cert("localhost")
    tls = Tls(certificate=tmp_path / "cert.pem", key=tmp_path / "key.pem")
    certificate.cert_chain_pems[0].write_to_path(str(tls.certificate))
    certificate.private_key_pem.write_to_path(str(tls.key))
    return tls


def test_nothing_older_than_tls_1_2_is_spoken(certified):
    assert certified.context().minimum_version >= ssl.TLSVersion.TLSv1_2


def test_files_that_are_no_certificate_are_told(certified, tmp_path):
    other = Path(tmp_path / "other.pem")
    other.write_text("This is a letter.")
    for tls in (Tls(certificate=tmp_path / "none.pem", key=certified.key), Tls(certificate=other, key=certified.key)):
        with pytest.raises(UsageError, match=r"the certificate .* cannot be used: .*; name a PEM file with the chain"):
            tls.context()


def test_an_address_that_is_taken_is_told_once():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(NotListening) as refused:
            bind("127.0.0.1", port)
    assert str(refused.value) == (
        f"cannot listen on 127.0.0.1 port {port}: another program has it; name another with --host or --port"
    )
