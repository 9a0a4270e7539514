"""Endpoints: what may be one, what token it takes, and which links may be followed with it."""

import pytest

from rollset.arm.endpoint import PUBLIC, Endpoint, is_loopback
from rollset.core.errors import UsageError


@pytest.mark.parametrize(
    ("text", "url", "scope"),
    [
        ("https://management.azure.com", "https://management.azure.com", "https://management.azure.com/.default"),
        ("https://management.azure.com/", "https://management.azure.com", "https://management.azure.com/.default"),
        (
            " https://Management.UsGovCloudApi.net ",
            "https://management.usgovcloudapi.net",
            "https://management.usgovcloudapi.net/.default",
        ),
        (
            "https://management.chinacloudapi.cn:443",
            "https://management.chinacloudapi.cn:443",
            "https://management.chinacloudapi.cn/.default",
        ),
        ("http://localhost:8040", "http://localhost:8040", "https://management.azure.com/.default"),
        ("http://127.1.2.3:80", "http://127.1.2.3:80", "https://management.azure.com/.default"),
        ("http://[::1]:8040", "http://[::1]:8040", "https://management.azure.com/.default"),
        ("https://a_b-c.example.", "https://a_b-c.example.", "https://a_b-c.example./.default"),
        ("https://[2001:db8::1]", "https://[2001:db8::1]", "https://2001:db8::1/.default"),
        ("https://emu.dsts.localhost:1", "https://emu.dsts.localhost:1", "https://management.azure.com/.default"),
    ],
)
def test_an_endpoint_is_https_anywhere_or_http_on_this_machine(text, url, scope):
    endpoint = Endpoint.parse(text)
    assert (endpoint.url, endpoint.scope) == (url, scope)


NO_HOSTS = [
    "a..b",
    ".a",
    "a..",
    ".",
    f"{'a' * 64}.com",
    ".".join(["a" * 60] * 5),
    "grüße.example",
    "\uff48ost.example",
    "a\udcffb",
    "a b",
    "a\tb",
    "a\nb",
    "a\x00b",
    "a\x7fb",
    "*",
    "*.example",
    "a%20b",
    "-a.example",
    "a,b",
    "host:",
    "host:0",
    f"host:{'9' * 5000}",
    "[::1%eth0]",
    "[v1.x]",
    "[host]",
]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "cannot read"),
        ("management.azure.com", "cannot read"),
        ("ftp://localhost", "cannot read"),
        ("https://", "cannot read"),
        ("https://host:99999", "cannot read"),
        ("https://[::1", "cannot read"),
        ("http://management.azure.com", "plain HTTP"),
        ("http://localhost.example.com", "plain HTTP"),
        ("http://10.0.0.1", "plain HTTP"),
        ("http://0.0.0.0:80", "plain HTTP"),
        ("https://host/path", "host and a port only"),
        ("https://host?a=b", "host and a port only"),
        ("https://host#x", "host and a port only"),
        ("https://user:secret@host", "host and a port only"),
        ("https://host?", "host and a port only"),
        ("https://host#", "host and a port only"),
        *((f"https://{host}", "cannot read") for host in NO_HOSTS),
    ],
)
def test_anything_else_is_refused_in_words(text, words):
    with pytest.raises(UsageError, match=words):
        Endpoint.parse(text)


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST", "localhost.", "a.localhost", "127.0.0.1", "127.255.0.1", "::1"]
)
def test_loopback_names_can_only_be_this_machine(host):
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["localhost.evil.example", "notlocalhost", "128.0.0.1", "::2", "127.0.0.1.nip.io", ""])
def test_other_names_are_not_loopback(host):
    assert not is_loopback(host)


@pytest.mark.parametrize(
    ("endpoint", "url", "owned"),
    [
        (PUBLIC, "https://management.azure.com/subscriptions?$skiptoken=a%2Bb", True),
        (PUBLIC, "https://MANAGEMENT.azure.com:443/x", True),
        (PUBLIC, "http://management.azure.com/x", False),
        (PUBLIC, "https://management.azure.com.evil.example/x", False),
        (PUBLIC, "https://evil.example/management.azure.com", False),
        (PUBLIC, "https://management.azure.com@evil.example/x", False),
        (PUBLIC, "https://evil.example\\@management.azure.com/x", False),
        (PUBLIC, "https://a@management.azure.com/x", False),
        (PUBLIC, "//management.azure.com/x", False),
        (PUBLIC, "/subscriptions/x", False),
        (PUBLIC, "https://management.azure.com/x\r\nHost: evil", False),
        (PUBLIC, "https://management.azure.com:x/", False),
        (PUBLIC, "", False),
        (Endpoint("http://localhost:8040"), "http://localhost:9/x", True),
        (Endpoint("http://localhost:8040"), "https://localhost:9/x", True),
        (Endpoint("https://localhost:8040"), "http://localhost:8040/x", False),
        (Endpoint("http://localhost:8040"), "http://127.0.0.1:8040/x", True),
        (Endpoint("http://127.0.0.1:8040"), "http://localhost:8040/x", True),
        (Endpoint("https://[::1]:8040"), "https://localhost:8040/x", True),
        (Endpoint("https://[::1]:8040"), "http://localhost:8040/x", False),
        (Endpoint("http://localhost:8040"), "http://127.0.0.2:8040/x", False),
        (Endpoint("http://localhost:8040"), "http://a.localhost:8040/x", False),
        (Endpoint("http://127.0.0.2:8040"), "http://127.0.0.2:9/x", True),
        (Endpoint("http://127.0.0.2:8040"), "http://127.0.0.1:8040/x", False),
        (Endpoint("http://a.localhost:8040"), "http://A.localhost:8040/x", True),
        (Endpoint("http://a.localhost:8040"), "http://localhost:8040/x", False),
        (Endpoint("http://localhost:8040"), "http://localhost.evil.example/x", False),
        (Endpoint("http://localhost:8040"), "http://127.0.0.1.evil.example/x", False),
        (Endpoint("http://localhost:8040"), "http://localhost@evil.example/x", False),
        (PUBLIC, "https://localhost/x", False),
    ],
)
def test_only_links_to_the_same_host_are_owned(endpoint, url, owned):
    assert endpoint.owns(url) is owned


@pytest.mark.parametrize(
    ("url", "port"),
    [("https://management.azure.com", 443), ("http://localhost", 80), ("http://[::1]:8040", 8040)],
)
def test_the_port_is_the_one_named_or_the_schemes(url, port):
    assert Endpoint(url).port == port
