"""A generated walk over all operations of the API: whatever is sent, there is no 500, and nothing happens without the
role. What each operation does is in `test_api.py`."""

import itertools
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from rollset.emulator.server import Ready
from rollset.faces.rolloutfile.form import RolloutForm
from rollset.faces.rolloutfile.reading import form_of
from rollset.web.rolling import file
from tests.cli.driver import emulated
from tests.web.apiserved import SECONDS_MAX, Api, api_served, faults

HUGE = "9" * 400
NAMES = (
    "..%2F..%2Fetc",
    "%00",
    "a%0Ab",
    "%F0%9F%92%A5",
    "%ED%A0%80",
    "x" * 3000,
    "-1",
    "%3Cscript%3E",
    "%25s%27--",
    "%20",
)
VALUES: tuple[Any, ...] = (None, True, -1, 10**30, 1.5e300, "", "\ud800", "\x00", "x" * 5000, [], [[]], {}, {"a": 1})
BODIES = (
    b"",
    b"null",
    b"[]",
    b"{",
    b"\xff\xfe",
    b"[" * 20_000,
    b'{"act":' * 5_000,
    b"a: &a [*a]",
    b"&a [*b]",
    b"? {}",
    b"image: {version: '\x00'}",
    b'{"image": {"version": "\\ud800"}}',
    b'image: {version: "\\UFFFFFFFF"}',
    b"!!python/object:os.system x",
    b"policy: {max_unavailable: " + HUGE.encode() + b"}",
    b"select: {instances: ['0-" + HUGE.encode() + b"']}",
    b"x" * 300_000,
    b"x" * 2_000_000,
)

JSON = ("application/json", "application/problem+json")
ASKING = ("/plan", "/findings", "/form", "/drafts", "/acts/price", "/sign-out")
"""What changes nothing that others see, so that viewers may."""


@pytest.fixture(scope="module")
def shared() -> Iterator[Ready]:
    with emulated(time_scale=300.0) as ready:
        yield ready


@pytest.fixture(scope="module")
def api(shared: Ready, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with api_served(shared, tmp_path_factory.mktemp("state")) as one:
        yield one


@pytest.fixture(scope="module")
def description(api: Api) -> Any:
    return api.description


def operations(description: Any) -> Iterator[tuple[str, str, Any]]:
    for path, methods in description["paths"].items():
        for method, told in methods.items():
            yield path, method.upper(), told


def filled(api: Api, template: str, **parts: str) -> str:
    known = {
        "subscription": api.ready.subscription_id,
        "group": "myrg",
        "name": "web",
        "act": "x",
        "rollout": "x",
        "draft": "x",
    }
    return "/api" + re.sub(r"\{(\w+)\}", lambda found: {**known, **parts}[found[1]], template)


def traces(api: Api) -> tuple[Any, Any, Any]:
    """What there would be if anything had been done."""
    model = api.get(api.set, role="operator")
    return api.get("/api/acts")["acts"], api.get("/api/rollouts")["rollouts"], (model["capacity"], model["image"])


def check(api: Api, description: Any, operation: tuple[str, str], path: str, body: object = None) -> int:
    template, method = operation
    answer = api.ask(method, path, body)
    assert answer.status < 500 or answer.status == 502, (method, path, str(body)[:80], answer.text)
    assert "Traceback" not in answer.text
    if answer.status not in (405, 413, 414):
        if answer.status >= 400:
            assert answer.headers["content-type"] == "application/problem+json", (method, path, answer.text)
        if answer.status not in (404, 409) and answer.headers["content-type"] in JSON:
            assert faults(description, template, method, answer) == [], (method, path)
    return answer.status


def test_hostile_names_and_numbers(api: Api, description: Any):
    before = traces(api)
    for template, method, told in operations(description):
        for name, hostile in itertools.product(re.findall(r"\{(\w+)\}", template), NAMES):
            if not template.endswith("/stream"):
                check(api, description, (template, method), filled(api, template, **{name: hostile}))
        for one, hostile in itertools.product(told.get("parameters", ()), (*NAMES, HUGE, "")):
            if one["in"] == "query":
                check(api, description, (template, method), f"{filled(api, template)}?{one['name']}={hostile}")
    assert traces(api) == before


def test_hostile_bodies(api: Api, description: Any):
    before = traces(api)
    for template, method, told in operations(description):
        if method == "POST":
            query = "?plan=" + "0" * 64 if template.endswith("/rollouts") else ""
            for body in BODIES:
                status = check(api, description, (template, method), filled(api, template) + query, body)
                assert status >= 400 or template.endswith(("/plan", "/findings", "/drafts")), (template, body[:80])
            for body in mutated(description, told) if "requestBody" in told else ():
                check(api, description, (template, method), filled(api, template) + query, body)
    assert traces(api) == before


def mutated(description: Any, told: Any) -> Iterator[Any]:
    """The example with each member replaced by each value, and with one that is not known."""
    body = told["requestBody"]["content"].get("application/json", {})
    example = body["example"]
    properties = description["components"]["schemas"].get(
        body["schema"].get("$ref", "").rpartition("/")[2], {"properties": {}}
    )["properties"]
    for name, value in itertools.product({*example, *properties, "unknown"}, VALUES):
        yield {**example, name: value}


def test_hostile_settings_of_a_model(api: Api, description: Any):
    template = "/sets/{subscription}/{group}/{name}/acts/price"
    before = traces(api)
    nested: Any = 1
    for _ in range(900):
        nested = {"a": nested}
    without_end = (
        {"tags": nested},
        {"tags." + "a." * 50_000: 1},
        {"a." * 240: 1},
        {f"tags.k{n}": 1 for n in range(999)},
    )
    for members in without_end:
        check(api, description, (template, "POST"), filled(api, template), {"act": "edit", "set": members})
    for path, value in itertools.product(("tags.owner", "\ud800", "tags.\ud800", "", "..", "sku", "x" * 3000), VALUES):
        wish = {"act": "edit", "set": {path: value}}
        check(api, description, (template, "POST"), filled(api, template), wish)
    assert traces(api) == before


FORM_WISH = {"file": "image: {version: latest}", "was": "", "values": {}}
READING = (("form", FORM_WISH), *((one, b"image: {version: latest}") for one in ("plan", "findings", "drafts")))


def test_nobody_waits_for_the_file_of_somebody_else(api: Api, monkeypatch: pytest.MonkeyPatch):
    """A file takes as long as its sender likes: in hostile hands many seconds."""
    reading, answered = threading.Event(), threading.Event()

    def slow(name: str, text: str) -> RolloutForm:
        reading.set()
        assert answered.wait(SECONDS_MAX), "nobody was answered meanwhile"
        return form_of(name, text)

    monkeypatch.setattr(file, "form_of", slow)
    with ThreadPoolExecutor() as others:
        for below, body in READING:
            reading.clear()
            answered.clear()
            sent = others.submit(api.ask, "POST", f"{api.set}/{below}", body)
            assert reading.wait(SECONDS_MAX)
            assert api.ask("GET", "/api/me").status == 200
            answered.set()
            assert sent.result().status in (200, 201), sent.result().text


def test_a_file_that_is_too_long_is_not_read_and_of_many_faults_some_are_told(api: Api):
    long, many = "#" * 300_000, "".join(f"k{number}: 1\n" for number in range(2000))
    told = api.ask("POST", f"{api.set}/form", {**FORM_WISH, "file": long}, role="viewer").document
    assert told["told"] == ["longer than 256 KiB, which no description of a rollout is"]
    told = api.ask("POST", f"{api.set}/form", {**FORM_WISH, "file": many}, role="viewer").document
    assert len(told["told"]) == 101
    assert told["told"][-1] == "and 1900 faults more"
    assert len(told["faults"][""]) == 100


@pytest.mark.parametrize("role", [None, "viewer"])
def test_without_the_role_nothing_is_done(api: Api, description: Any, role: str | None):
    before = traces(api)
    for template, method, told in operations(description):
        if method != "GET":
            body = told["requestBody"]["content"]["application/json"]["example"] if "requestBody" in told else None
            query = "?plan=" + "0" * 64 if template.endswith("/rollouts") else ""
            answer = api.ask(method, filled(api, template) + query, body, role=role)
            if role == "viewer" and template.endswith(ASKING):
                usual = 400 if template.endswith("/sign-out") else 201 if template.endswith("/drafts") else 200
                assert answer.status in (usual, 429), "it only asks, and not without end"
                continue
            assert answer.status == (401 if role is None else 403), (template, answer.text)
        elif role is None:
            assert api.ask(method, filled(api, template), role=None).status == 401, template
    assert traces(api) == before


def test_what_is_not_there_is_a_problem_and_no_page(api: Api):
    answer = api.ask("GET", "/api/nothing", headers={"Accept": "text/html"})
    assert (answer.status, answer.headers["content-type"]) == (404, "application/problem+json")
    assert answer.document["detail"].startswith("the API has no such address; /api/openapi.json ")
    answer = api.ask("DELETE", "/api/acts")
    assert (answer.status, answer.headers["content-type"]) == (405, "application/problem+json")
    assert answer.document["detail"].startswith("this address does not take DELETE")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        pytest.param(
            {"act": "restart", "selection": {"instances": 5}},
            "selection.instances: has to be a valid string or a valid list",
            id="once, whatever it could have been",
        ),
        pytest.param(
            {"act": "restart", "selection": {"instances": [{}]}},
            "selection.instances[0]: has to be a valid string or a valid integer",
            id="deep inside",
        ),
        pytest.param({"act": "scale", "to": 5000}, "to: has to be less than or equal to 1000", id="too large"),
        pytest.param({"act": "scale", "two": 5}, "two: there is no such member here", id="not known"),
        pytest.param({"to": 5}, "act: is missing", id="missing"),
        pytest.param(b'{"act": ', "is no JSON: Expecting value at character 8", id="cut off"),
    ],
)
def test_what_cannot_be_read_is_told_once_and_where(api: Api, body: object, told: str):
    answer = api.ask("POST", f"{api.set}/acts/price", body)
    assert answer.status == 422
    words = answer.document["detail"].removeprefix("what was sent cannot be read: ")
    assert words == f"{told}; /api/openapi.json says what is expected"
    assert len(answer.document["faults"]) == 1
