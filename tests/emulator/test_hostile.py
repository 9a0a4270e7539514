"""Requests that no client sends: answered in ARM's form, never with a 500, and the world stays whole."""

import json
import string
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rollset.emulator.api.routes import ARM_ROUTES, OWN_ROUTES
from tests.emulator.local import Client

EXAMPLES = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
METHODS = st.sampled_from(["GET", "PUT", "PATCH", "POST", "DELETE", "HEAD", "OPTIONS", "TRACE"])
VALUES = {
    "subscription": "SUBSCRIPTION",
    "group": "myrg",
    "name": "myvmss",
    "instance": "0",
    "location": "westus",
    "namespace": "Microsoft.Compute",
    "publisher": "MicrosoftWindowsServer",
    "offer": "WindowsServer",
    "sku": "2012-R2-Datacenter",
    "version": "4.0.20160126",
    "gallery": "g",
    "image": "i",
    "operation": "o",
    "fault": "1",
}
WORDS = st.sampled_from(
    [*VALUES.values(), "*", "..", "%2e%2e", "%00", "%ff", "ü", " ", "'", '"', "$", "\\", "1" * 300, "virtualMachines"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(
    [
        "properties",
        "sku",
        "capacity",
        "name",
        "tags",
        "location",
        "zones",
        "plan",
        "identity",
        "instanceIds",
        "upgradePolicy",
        "mode",
        "rollingUpgradePolicy",
        "virtualMachineProfile",
        "storageProfile",
        "imageReference",
        "version",
        "id",
        "osDisk",
        "image",
        "uri",
        "managedDisk",
        "networkProfile",
        "networkInterfaceConfigurations",
        "extensionProfile",
        "extensions",
        "type",
        "osProfile",
        "protectionPolicy",
        "publishingProfile",
        "targetRegions",
        "sharingProfile",
        "permissions",
        "communityGalleryInfo",
        "publicNamePrefix",
        "kind",
        "set",
        "instances",
        "times",
        "status",
        "body",
        "platformFaultDomainCount",
        "singlePlacementGroup",
        "healthProbe",
        "maxBatchInstancePercent",
    ]
)
DOCUMENTS = st.recursive(
    JSON | st.sampled_from(["Rolling", "Automatic", "*", "latest", "westus", "hangs", "http"]),
    lambda inner: st.dictionaries(NAMES, inner, max_size=5) | st.lists(inner, max_size=3),
    max_leaves=15,
)
QUERY = st.dictionaries(
    st.sampled_from(["__expand", "__select", "__filter", "__skiptoken", "__top", "__orderby", "monitor", "x"]),
    st.text(string.printable, max_size=12) | st.sampled_from(["instanceView", "properties", "name desc", "true"]),
    max_size=3,
)


@st.composite
def paths(draw: Any) -> str:
    template = draw(st.sampled_from([route.template for route in (*ARM_ROUTES, *OWN_ROUTES)]))
    segments = []
    for segment in template.strip("/").split("/"):
        usual = VALUES.get(segment[1:-1], "one") if segment.startswith("{") else segment
        segments.append(usual if draw(st.integers(0, 9)) else draw(WORDS))
    return "/" + "/".join(segments)


def sound(azure: Client, answer: Any) -> None:
    """The answer is no failure of the emulator's own, and an error has ARM's form."""
    assert answer.status != 500
    if answer.status >= 400 and answer.body is not None:
        assert isinstance(answer.body["error"]["code"], str)
        assert isinstance(answer.body["error"]["message"], str)
    azure.later(30)
    assert azure.get("/emulator").status == 200
    for scale_set in azure.world.sets.values():
        out = [one for one in scale_set.instances.values() if one.out]
        assert scale_set.account.out_now == len(out)


def encoded(path: str) -> str:
    return "".join(char if char.isascii() and char not in ' "\\' else f"%{ord(char):02x}"[:3] for char in path)


@EXAMPLES
@given(method=METHODS, path=paths(), document=DOCUMENTS, query=QUERY)
def test_requests_along_known_paths(method, path, document, query):
    azure = Client()
    path = encoded(path.replace("SUBSCRIPTION", azure.world.subscription_id))
    sound(azure, azure.ask(method, path, document, **query))


@EXAMPLES
@given(method=METHODS, path=st.text(string.printable, max_size=60), raw=st.binary(max_size=40))
def test_requests_along_any_path(method, path, raw):
    azure = Client()
    sound(azure, azure.ask(method, "/" + encoded(path).replace("?", "").replace("#", ""), raw=raw))


@EXAMPLES
@given(document=st.dictionaries(NAMES, DOCUMENTS, max_size=6), verb=st.sampled_from(["PUT", "PATCH"]))
def test_any_document_written_to_a_set(document, verb):
    azure = Client()
    properties = {"properties": document}
    for body in (document, properties, {"properties": {"virtualMachineProfile": document}}):
        sound(azure, azure.ask(verb, azure.set_path(), body))
        assert azure.get(azure.set_path()).status == 200
        assert azure.get(f"{azure.set_path()}/virtualMachines", __expand="instanceView").status == 200


HOSTILE = [
    pytest.param("GET", "/subscriptions/../../etc/passwd", b"", id="path that climbs"),
    pytest.param("GET", "/%2e%2e/%2e%2e/etc/passwd", b"", id="encoded path that climbs"),
    pytest.param("PATCH", "{set}", b'{"a":' * 100_000, id="deep object"),
    pytest.param("PATCH", "{set}", b"[" * 100_000, id="deep list"),
    pytest.param("PATCH", "{set}", b'{"sku":{"capacity":1e400}}', id="infinite capacity"),
    pytest.param("PATCH", "{set}", b'{"sku":{"capacity":-1}}', id="negative capacity"),
    pytest.param("PATCH", "{set}", b'{"sku":{"capacity":2.5}}', id="half an instance"),
    pytest.param("PATCH", "{set}", b'{"sku":{"capacity":"99999999999999999999"}}', id="huge capacity"),
    pytest.param(
        "PATCH", "{set}", b'{"properties":{"virtualMachineProfile":{"storageProfile":[]}}}', id="list for object"
    ),
    pytest.param("PUT", "{group}/virtualMachineScaleSets/%2e%2e", b"{}", id="name that climbs"),
    pytest.param("PUT", "{group}/virtualMachineScaleSets/a%2Fb", b"{}", id="name with a slash"),
    pytest.param("POST", "{set}/manualupgrade", b'{"instanceIds":[{}]}', id="object for an id"),
    pytest.param("POST", "{set}/manualupgrade", b'{"instanceIds":"*"}', id="text for ids"),
    pytest.param("POST", "/emulator/faults", b'{"kind":"hangs","set":1}', id="number for a set"),
    pytest.param("PUT", "{set}", b"x" * (4 * 1024 * 1024 + 1), id="huge body"),
    pytest.param("POST", "{set}/delete", b" " * (5 * 1024 * 1024) + b'{"instanceIds":["0"]}', id="huge body of blanks"),
    pytest.param("PATCH", "{set}", b'{"tags":' + b"[" * 50_000 + b"]" * 50_000 + b"}", id="deep tags"),
    pytest.param("PATCH", "{set}", b'{"tags":{"a":"\x00\xff"}}', id="no UTF-8"),
    pytest.param("PATCH", "{set}", b'\xef\xbb\xbf{"tags":', id="cut off"),
    pytest.param("PATCH", "{set}", b'{"tags":{}}{"tags":{}}', id="two documents"),
    pytest.param("PATCH", "{set}", b'{"sku":{"capacity":NaN}}', id="capacity that is no number"),
    pytest.param("PATCH", "{set}", b'{"sku":{"capacity":"20; DROP"}}', id="capacity in words"),
    pytest.param("PATCH", "{set}", b'{"sku":{"capacity":true}}', id="true for a capacity"),
    pytest.param("PATCH", "{set}", b'{"sku":[]}', id="list for a sku"),
    pytest.param("PATCH", "{set}", b'{"properties":"x"}', id="text for properties"),
    pytest.param("PATCH", "{set}", b'{"properties":{"upgradePolicy":{"mode":"../x"}}}', id="mode that climbs"),
    pytest.param("PATCH", "{set}", b'{"properties":{"upgradePolicy":{"mode":["Manual"]}}}', id="list for a mode"),
    pytest.param("PATCH", "{set}", b'{"location":"../eastus"}', id="location that climbs"),
    pytest.param("PATCH", "{set}", b'{"tags":"x"}', id="text for tags"),
    pytest.param("PUT", "{group}/virtualMachineScaleSets/..", b"{}", id="parent for a name"),
    pytest.param("PUT", "{group}/virtualMachineScaleSets/%00", b"{}", id="zero byte for a name"),
    pytest.param("PUT", "{group}/virtualMachineScaleSets/a%0d%0aX-Evil:1", b"{}", id="header in a name"),
    pytest.param("PUT", "{group}/virtualMachineScaleSets/" + "a" * 300, b"{}", id="endless name"),
    pytest.param("PUT", "{group}/virtualMachineScaleSets/<script>", b"{}", id="markup for a name"),
    pytest.param("GET", "{set}/virtualMachines/-1", b"", id="negative instance"),
    pytest.param("GET", "{set}/virtualMachines/0/../../x", b"", id="instance that climbs"),
    pytest.param("GET", "{set}/virtualMachines/" + "9" * 4000, b"", id="endless instance"),
    pytest.param("GET", "{set}/virtualMachines/%27%20or%201=1", b"", id="query for an instance"),
    pytest.param("GET", "{set}/virtualMachines?$skiptoken=../../etc", b"", id="token that climbs"),
    pytest.param("GET", "{set}/virtualMachines?$filter=" + "(" * 5000, b"", id="deep filter"),
    pytest.param("POST", "{set}/virtualMachines/..%2f..%2fx/restart", b"", id="restart that climbs"),
    pytest.param("POST", "{set}/delete", b'{"instanceIds":["../0"]}', id="ids that climb"),
    pytest.param("POST", "{set}/delete", b'{"instanceIds":{"0":"1"}}', id="object for ids"),
    pytest.param("POST", "{set}/delete", b'{"instanceIds":["0",null]}', id="nothing for an id"),
    pytest.param("POST", "{set}/manualupgrade", b'{"instanceIds":["' + b"1" * 100_000 + b'"]}', id="endless id"),
    pytest.param("POST", "{set}/manualupgrade", b'["0"]', id="ids alone"),
    pytest.param("POST", "{set}/manualupgrade/../delete", b"", id="action that climbs"),
    pytest.param("POST", "/emulator/faults", b'{"kind":"http","status":"200 OK"}', id="text for a status"),
    pytest.param("POST", "/emulator/faults", b'{"kind":"../../x"}', id="kind that climbs"),
    pytest.param("POST", "/emulator/import", b"scale_sets: !!python/object/apply:os.system [id]", id="YAML that runs"),
    pytest.param("POST", "/emulator/import", b"a: &a [*a, *a]\nscale_sets: *a", id="YAML that holds itself"),
    pytest.param("CONNECT", "{set}", b"", id="proxy's method"),
    pytest.param("GET", "//evil.example/subscriptions", b"", id="address for a path"),
]


@pytest.mark.parametrize(("method", "path", "raw"), HOSTILE)
def test_a_hostile_request_is_refused_and_changes_nothing(azure, method, path, raw):
    group = f"{azure.group()}/providers/Microsoft.Compute"
    before = (azure.get(azure.set_path()).body, azure.instances())
    answer = azure.ask(method, path.format(set=azure.set_path(), group=group), raw=raw)
    assert 400 <= answer.status < 500
    assert "error" in answer.body
    assert (azure.get(azure.set_path()).body, azure.instances()) == before
    assert len(azure.world.sets) == 1
    assert azure.get("/emulator/faults").body["value"] == []


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"null", "expected an object, got null"),
        (b"[]", "expected an object, got an array"),
        (b"true", "expected an object, got a boolean"),
        (b'{"properties": {"scaleInPolicy": {"rules": ["Foo"]}}}', """The value '["Foo"]' of parameter"""),
        (b'{"sku": {"capacity": -1}}', "The value '-1' of parameter 'sku.capacity' is invalid."),
    ],
)
def test_refusals_speak_of_json_as_json_does(azure, raw, sentence):
    refused = azure.ask("PATCH", azure.set_path(), raw=raw)
    assert refused.status == 400
    assert sentence in refused.body["error"]["message"]


def test_a_body_with_the_same_member_twice_and_odd_text_is_taken_as_it_comes(azure):
    raw = b'{"tags":{"a":"1"},"tags":{"b":"\\ud83d\\ude00"}}'
    assert azure.ask("PATCH", azure.set_path(), raw=raw).body["tags"] == {"b": "\U0001f600"}
    assert json.dumps(azure.get(azure.set_path()).body)
