"""Real sockets and real programs: what each kind of question hears, and what becomes of no answer at all."""

import asyncio
import json
import os
import sys
from contextlib import asynccontextmanager, suppress

import pytest
from aiohttp import web

from rollset.arm.errors import Unreachable
from rollset.core.fleet import Health, Instance, Place, Power, Provisioning
from rollset.core.ids import InstanceId
from rollset.core.outside.calls import Command, WebCall
from rollset.core.outside.gates import AzureMetric, AzureView, PrometheusQuery, TcpProbe, ViewPart
from rollset.engine.outside.callers import Callers
from rollset.engine.outside.subject import Subject
from rollset.engine.outside.template import Filling
from rollset.engine.outside.web import OWN
from tests.core.draw import a_scale_set

SET = a_scale_set(3)
ABOUT = Subject(
    scale_set=SET, instance=InstanceId("3"), at=1000.0, since=900.0, facts={"id": "3", "name": "web_3", "zone": "2"}
)
SECRET = "s3cret-of-the-probe"
LONG = 30.0
"""For what answers; nothing waits for it."""


class Azure:
    """As much of Azure as a caller asks."""

    def __init__(self, address="127.0.0.1", seen=None, number=None):
        self.address, self.seen, self.number, self.looked_up = address, seen, number, 0

    async def private_address(self, _set, _instance):
        self.looked_up += 1
        if self.address is None:
            raise Unreachable("reading the network interfaces", "https://azure", "no such name")
        return self.address

    async def instance(self, _set, _instance):
        return self.seen

    async def metric(self, _set, _instance, _name, _aggregation, *, since, until):
        assert (since, until) == (900.0, 1000.0)
        return self.number


def callers(azure=None, **environ):
    return Callers(azure or Azure(), {"PATH": os.environ["PATH"], **environ})


@asynccontextmanager
async def serving(handler):
    """An HTTP server on a port of its own."""
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", handler)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


def program(text, *arguments):
    return Command(argv=(sys.executable, "-c", text, *arguments))


# HTTP and TCP


async def test_an_instance_is_asked_under_its_own_address_with_its_own_facts():
    heard = []

    async def handler(request):
        heard.append((str(request.rel_url), request.headers["Authorization"], request.host))
        return web.Response(text="0.25")

    async with serving(handler) as port:
        question = WebCall(
            url=f"http://{{ip}}:{port}/{{id}}/healthz?zone={{zone}}", headers=(("Authorization", "Bearer ${TOKEN}"),)
        )
        answer = await callers(TOKEN=SECRET).ask(question, ABOUT, LONG)
    assert (answer.yes, answer.words, answer.number) == (True, "HTTP 200", 0.25)
    assert heard == [("/3/healthz?zone=2", f"Bearer {SECRET}", f"127.0.0.1:{port}")]


@pytest.mark.parametrize(
    ("status", "yes", "words"),
    [
        (204, True, "HTTP 204"),
        (302, False, "HTTP 302: moved"),
        (404, False, "HTTP 404: moved"),
        (503, False, "HTTP 503: moved"),
    ],
)
async def test_only_success_is_a_yes(status, yes, words):
    async def handler(_request):
        return web.Response(status=status, text="" if status == 204 else "moved", headers={"Location": "/elsewhere"})

    async with serving(handler) as port:
        answer = await callers().ask(WebCall(url=f"http://{{ip}}:{port}/"), ABOUT, LONG)
    assert (answer.yes, answer.words) == (yes, words)


async def test_a_secret_is_not_told_even_where_the_answer_repeats_it():
    async def handler(request):
        return web.Response(status=401, text=f"{request.headers['Authorization']} is not welcome")

    async with serving(handler) as port:
        question = WebCall(url=f"http://{{ip}}:{port}/", headers=(("Authorization", "Bearer ${TOKEN}"),))
        answer = await callers(TOKEN=SECRET).ask(question, ABOUT, LONG)
    assert answer.words == "HTTP 401: Bearer ${TOKEN} is not welcome"


async def test_what_others_say_does_nothing_to_a_terminal():
    """The body comes from an instance, and the reason is shown wherever the rollout is."""

    async def handler(_request):
        return web.Response(status=500, body=b"\x1b[2Jgone \x1b]0;title\x07\r\n\xff\xc2\x9b0m")

    async with serving(handler) as port:
        asked = await callers().ask(WebCall(url=f"http://{{ip}}:{port}/"), ABOUT, LONG)
        called = await callers().call(Command(argv=(sys.executable, "-c", r"print('\x1b[2Jgone')")), ABOUT, LONG)
    assert asked.words == "HTTP 500: [2Jgone ]0;title \ufffd 0m"
    assert called.words == "exit status 0: [2Jgone"


async def test_silence_is_a_no():
    silent = asyncio.Event()

    async def handler(_request):
        await silent.wait()

    async with serving(handler) as port:
        answer = await callers().ask(WebCall(url=f"http://{{ip}}:{port}/"), ABOUT, 0.2)
        silent.set()
    assert (answer.yes, answer.words) == (False, "no answer within 0.2 s")


async def in_drops(request, *pieces):
    """Each is on its way before the next is written."""
    response = web.StreamResponse()
    await response.prepare(request)
    for piece in pieces:
        await response.write(piece)
        for _ in range(50):
            await asyncio.sleep(0)
    return response


async def test_a_number_that_comes_in_drops_is_read_whole():
    async def handler(request):
        return await in_drops(request, b"1", b"20", b"0")

    async with serving(handler) as port:
        answer = await callers().ask(WebCall(url=f"http://{{ip}}:{port}/"), ABOUT, LONG)
    assert (answer.yes, answer.number) == (True, 1200.0)


async def test_an_answer_that_has_begun_and_does_not_end_is_a_no():
    silent = asyncio.Event()

    async def handler(request):
        response = await in_drops(request, b"1")
        await silent.wait()
        return response

    async with serving(handler) as port:
        answer = await callers().ask(WebCall(url=f"http://{{ip}}:{port}/"), ABOUT, 0.2)
        silent.set()
    assert (answer.yes, answer.words) == (False, "no answer within 0.2 s")


async def test_of_an_answer_without_end_the_beginning_will_do():
    async def handler(request):
        response = await in_drops(request)
        with suppress(ConnectionError):
            while True:
                await response.write(b"x" * 65536)
        return response

    async with serving(handler) as port:
        answer = await callers().ask(WebCall(url=f"http://{{ip}}:{port}/"), ABOUT, LONG)
    assert (answer.yes, answer.number) == (True, None)


@pytest.mark.parametrize("text", ["1_000", "nought", "0x10", ""])
async def test_what_is_no_number_is_none(text):
    async def handler(_request):
        return web.Response(text=text)

    async with serving(handler) as port:
        answer = await callers().ask(WebCall(url=f"http://{{ip}}:{port}/"), ABOUT, LONG)
    assert answer.number is None


@pytest.mark.parametrize(
    "host",
    ["169.254.169.254", "[::ffff:169.254.169.254]", "0xa9fea9fe", "168.63.129.16", "[fe80::1]"],
)
async def test_a_machine_is_never_asked_for_its_own_secrets(host):
    """However the address is written: what hands out tokens to the worker answers nobody else's question."""
    token = "/metadata/identity/oauth2/token?resource=https%3A%2F%2Fmanagement.azure.com%2F"
    call = WebCall(url=f"http://{host}{token}", headers=(("Metadata", "true"),))
    answer = await callers().ask(call, ABOUT, LONG)
    assert (answer.yes, answer.words) == (False, f"cannot connect: {OWN}")


@pytest.mark.parametrize("question", [WebCall(url="http://{ip}:1/"), TcpProbe(address="{ip}:1")], ids=["http", "tcp"])
async def test_nobody_there_is_a_no_and_the_address_is_looked_up_anew(question):
    azure = Azure()
    asking = callers(azure)
    first, second = [await asking.ask(question, ABOUT, LONG) for _ in range(2)]
    assert first == second
    assert (first.yes, first.words) == (False, "cannot connect: Connection refused")
    assert azure.looked_up == 2


async def test_whoever_listens_says_yes_to_a_tcp_probe_and_is_looked_up_once():
    azure = Azure()

    async def handler(_request):
        return web.Response()

    async with serving(handler) as port:
        asking = callers(azure)
        answers = [await asking.ask(TcpProbe(address=f"{{ip}}:{port}"), ABOUT, LONG) for _ in range(2)]
    assert [one.yes for one in answers] == [True, True]
    assert azure.looked_up == 1


async def test_an_address_that_azure_does_not_tell_is_a_no_with_azures_words():
    answer = await callers(Azure(address=None)).ask(TcpProbe(address="{ip}:80"), ABOUT, LONG)
    assert not answer.yes
    assert "reading the network interfaces" in answer.words


async def test_a_variable_that_is_not_set_is_a_no_that_names_it():
    answer = await callers().ask(WebCall(url="http://{ip}/${NOT_THERE}"), ABOUT, LONG)
    assert (answer.yes, answer.words) == (False, "the variable NOT_THERE is not set where rollset runs")


NO_HOSTS = ["a..b", 64 * "x", "\0"]


@pytest.mark.parametrize(
    "question",
    [
        *(WebCall(url=url) for url in ("http://", "nonsense", "ftp://{ip}/", "http://[::1/")),
        *(WebCall(url=f"http://{host}/") for host in NO_HOSTS),
        *(TcpProbe(address=f"{host}:80") for host in NO_HOSTS),
        TcpProbe(address="{ip}:99999"),
    ],
    ids=repr,
)
async def test_an_address_that_is_none_is_a_no(question):
    answer = await callers().ask(question, ABOUT, LONG)
    assert not answer.yes
    assert answer.words


# Prometheus


@pytest.mark.parametrize(
    ("told", "yes", "words"),
    [
        pytest.param(
            {"resultType": "vector", "result": [{"metric": {}, "value": [1, "0.25"]}]}, True, "0.25", id="one"
        ),
        pytest.param({"resultType": "scalar", "result": [1, "7"]}, True, "7", id="a scalar"),
        pytest.param({"resultType": "vector", "result": []}, False, "the query finds nothing", id="none"),
        pytest.param(
            {"resultType": "vector", "result": [{"value": [1, "1"]}, {"value": [1, "2"]}]},
            False,
            "the query finds 2 series, and not one",
            id="two",
        ),
        pytest.param({"resultType": "matrix", "result": []}, False, "the query finds nothing", id="a matrix"),
        pytest.param(
            {"resultType": "vector", "result": 7}, False, "HTTP 200, and not what Prometheus answers", id="odd"
        ),
    ],
)
async def test_a_query_must_find_one_number(told, yes, words):
    asked = []

    async def handler(request):
        asked.append((request.path, request.query["query"]))
        return web.json_response({"status": "success", "data": told})

    async with serving(handler) as port:
        query = PrometheusQuery(url=f"http://127.0.0.1:{port}/", query='rate(errors{instance="{name}"}[1m])')
        answer = await callers().ask(query, ABOUT, LONG)
    assert (answer.yes, answer.words) == (yes, words)
    assert answer.number == (float(words) if yes else None)
    assert asked == [("/api/v1/query", 'rate(errors{instance="web_3"}[1m])')]


NESTED = '{"status": "success", "data": {"resultType": "vector", "result": %s}}' % (50_000 * "[" + 50_000 * "]")
"""Deeper than any reader of JSON follows."""


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (400, json.dumps({"status": "error", "error": "parse error"}), "HTTP 400: parse error"),
        (200, "<html>", "HTTP 200, and not what Prometheus answers"),
        (200, "[]", "HTTP 200, and not what Prometheus answers"),
        (200, NESTED, "HTTP 200, and not what Prometheus answers"),
    ],
    ids=["an error", "a page", "a list", "a tower"],
)
async def test_a_server_that_is_not_prometheus_is_a_no(status, body, words):
    async def handler(_request):
        return web.Response(status=status, text=body)

    async with serving(handler) as port:
        query = PrometheusQuery(url=f"http://127.0.0.1:{port}", query="up")
        answer = await callers().ask(query, ABOUT, LONG)
    assert (answer.yes, answer.words) == (False, words)


# Azure itself


@pytest.mark.parametrize(
    ("part", "changes", "yes", "words"),
    [
        (ViewPart.HEALTH, {}, True, "health healthy"),
        (ViewPart.HEALTH, {"health": Health.UNKNOWN}, False, "health unknown"),
        (ViewPart.HEALTH, {"health": None}, False, "health not reported"),
        (ViewPart.POWER, {}, True, "power running, provisioning Succeeded"),
        (ViewPart.POWER, {"power": Power.STOPPED}, False, "power stopped, provisioning Succeeded"),
    ],
)
async def test_what_azure_says_of_an_instance(part, changes, yes, words):
    facts = {
        "id": InstanceId("3"),
        "place": Place(),
        "image": None,
        "latest_model_applied": True,
        "provisioning": Provisioning.SUCCEEDED,
        "power": Power.RUNNING,
        "health": Health.HEALTHY,
    }
    answer = await callers(Azure(seen=Instance(**{**facts, **changes}))).ask(AzureView(part=part), ABOUT, LONG)
    assert (answer.yes, answer.words) == (yes, words)


def test_what_stands_in_two_braces_is_the_word_in_one():
    filling = Filling({"id": "3"}, {"ID": "x"})
    assert filling.fill('{{id}} {id} ${ID} {other} {"id": 1}') == '{id} 3 x {other} {"id": 1}'


async def test_an_instance_that_is_gone_and_a_metric_that_is_not_there_yet_are_a_no():
    assert not (await callers().ask(AzureView(part=ViewPart.HEALTH), ABOUT, LONG)).yes
    answer = await callers().ask(AzureMetric(name="Percentage CPU"), ABOUT, LONG)
    assert (answer.yes, answer.words) == (False, "nothing measured yet")
    assert (await callers(Azure(number=40.0)).ask(AzureMetric(name="Percentage CPU"), ABOUT, LONG)).number == 40.0


# Programs


@pytest.mark.parametrize(
    ("text", "yes", "words", "number"),
    [
        ("print(0.25)", True, "exit status 0: 0.25", 0.25),
        ("print('well'); print('done')", True, "exit status 0: done", None),
        ("import sys; print('first', file=sys.stderr); sys.exit('no route')", False, "exit status 1: no route", None),
        ("import sys; sys.exit(3)", False, "exit status 3", None),
    ],
)
async def test_the_exit_status_decides_and_the_last_line_says_why(text, yes, words, number):
    answer = await callers().call(program(text), ABOUT, LONG)
    assert (answer.yes, answer.words, answer.number) == (yes, words, number)


async def test_a_program_knows_what_it_is_about_and_no_shell_reads_its_words():
    text = (
        "import os, sys; print(os.environ['ROLLSET_ID'], os.environ['ROLLSET_IP'], os.environ['TOKEN'], *sys.argv[1:])"
    )
    answer = await callers(TOKEN=SECRET).call(
        program(text, "{name}", "$(id); echo {unknown}", "{ip}", "${TOKEN}"), ABOUT, LONG
    )
    assert answer.words == ("exit status 0: 3 127.0.0.1 ${TOKEN} web_3 $(id); echo {unknown} 127.0.0.1 ${TOKEN}")


async def test_a_program_that_is_not_there_is_a_no():
    answer = await callers().call(Command(argv=("/not/there", "${TOKEN}")), ABOUT, LONG)
    assert answer.words == "the variable TOKEN is not set where rollset runs"
    answer = await callers().call(Command(argv=("/not/there",)), ABOUT, LONG)
    assert answer.words == "cannot run /not/there: No such file or directory"


async def test_a_late_program_is_ended():
    answer = await callers().call(program("import time; time.sleep(600)"), ABOUT, 0.1)
    assert (answer.yes, answer.words) == (False, "not done within 0.1 s, and ended")


LEAVES_ONE = (
    "import subprocess, sys\n"
    "subprocess.Popen([sys.executable, '-c', 'import sys; open(sys.argv[1]).read()', sys.argv[1]])\n"
    "print(0.25)\n"
)
"""A program that leaves a child behind, which holds its output open until somebody has written to the pipe."""


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such pipes")
async def test_a_program_that_leaves_a_child_behind_has_ended_when_it_has(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    answer = await callers().call(program(LEAVES_ONE, str(path)), ABOUT, LONG)
    await asyncio.to_thread(path.write_text, "")
    assert (answer.yes, answer.words, answer.number) == (True, "exit status 0: 0.25", 0.25)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
async def test_a_program_that_is_killed_is_a_no_that_names_the_signal():
    answer = await callers().call(program("import os; os.kill(os.getpid(), 9)"), ABOUT, LONG)
    assert (answer.yes, answer.words) == (False, "ended by signal 9")


CHILD = (
    "import subprocess, sys, time\n"
    "pipe = open(sys.argv[1], 'w')\n"
    "sleeper = [sys.executable, '-c', 'import time; time.sleep(600)']\n"
    "child = subprocess.Popen(sleeper, pass_fds=[pipe.fileno()])\n"
    "print('both run', file=pipe, flush=True)\n"
    "time.sleep(600)\n"
)
"""A program with a child; both hold the pipe open, so whoever reads it to its end knows that both are gone."""


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such pipes")
async def test_a_program_that_is_called_off_is_ended_with_all_its_children(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    calling = asyncio.create_task(callers().call(program(CHILD, str(path)), ABOUT, 600.0))
    pipe = await asyncio.to_thread(path.open)
    assert await asyncio.to_thread(pipe.readline) == "both run\n"
    calling.cancel()
    with suppress(asyncio.CancelledError):
        await calling
    assert await asyncio.to_thread(pipe.read) == ""
    pipe.close()
