"""The tests' own tools hold what they promise."""

import asyncio
import time

import pytest
from azure.core.exceptions import IncompleteReadError, ServiceRequestError, ServiceResponseError
from azure.core.rest import HttpRequest

from tests.support.inprocess import AppTransport, connection_refused, reply_lost
from tests.support.virtual import StuckError, run_virtual, virtual_loop


def test_a_day_of_waiting_takes_no_time():
    async def main():
        await asyncio.sleep(86_400)
        return virtual_loop().time()

    begun = time.monotonic()
    assert run_virtual(main()) == pytest.approx(86_400)
    assert time.monotonic() - begun < 5


def test_timers_fire_in_order_of_their_time():
    seen = []

    async def note(seconds):
        await asyncio.sleep(seconds)
        seen.append(seconds)

    async def main():
        async with asyncio.TaskGroup() as group:
            for seconds in (3, 1, 2):
                group.create_task(note(seconds))

    run_virtual(main())
    assert seen == [1, 2, 3]


def test_time_stands_still_while_a_thread_works():
    async def main():
        await asyncio.to_thread(time.sleep, 0.02)
        return virtual_loop().time()

    assert run_virtual(main()) == 0


def test_a_wait_that_nothing_can_end_is_an_error_and_not_a_hang():
    async def main():
        await asyncio.Event().wait()

    with pytest.raises(StuckError):
        run_virtual(main())


async def echo(scope, receive, send):
    request = await receive()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"X-A", b"1"), (b"X-A", b"2")]})
    body = f"{scope['method']} {scope['path']}?{scope['query_string'].decode()} ".encode() + request["body"]
    await send({"type": "http.response.body", "body": body})


def test_a_request_reaches_the_app_and_its_answer_comes_back():
    async def main():
        request = HttpRequest("POST", "http://localhost:8/a%20b?c=d", json={"e": 1})
        return await AppTransport(echo).send(request)

    answer = run_virtual(main())
    assert (answer.status_code, answer.headers["x-a"]) == (200, "1, 2")
    assert answer.content == b'POST /a b?c=d {"e": 1}'


@pytest.mark.parametrize(
    ("app_steps", "error"),
    [
        pytest.param([], ServiceResponseError, id="no answer at all"),
        pytest.param(
            [
                {"type": "http.response.start", "status": 200},
                {"type": "http.response.body", "body": b"{", "more_body": True},
            ],
            IncompleteReadError,
            id="half an answer",
        ),
    ],
)
def test_a_dropped_connection_is_told_as_azure_core_tells_it(app_steps, error):
    async def app(scope, receive, send):
        for step in app_steps:
            await send(step)

    with pytest.raises(error):
        run_virtual(AppTransport(app).send(HttpRequest("GET", "http://localhost/")))


def test_faults_of_the_line_come_before_or_after_the_work():
    calls = []

    async def app(scope, receive, send):
        calls.append(scope["path"])
        await echo(scope, receive, send)

    transport = AppTransport(app)
    transport.fail(connection_refused())
    transport.fail(reply_lost(), after=True)
    request = HttpRequest("GET", "http://localhost/x")
    with pytest.raises(ServiceRequestError):
        run_virtual(transport.send(request))
    assert calls == []
    with pytest.raises(ServiceResponseError):
        run_virtual(transport.send(request))
    assert calls == ["/x"]
    assert run_virtual(transport.send(request)).status_code == 200
    assert transport.sent == 3
