"""How each kind of question is asked that is not asked of Azure, and what its answer says."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress

import msgspec

from rollset.core.outside.calls import Command, Headers, WebCall
from rollset.core.outside.gates import Answer, PrometheusQuery, TcpProbe
from rollset.engine.outside import web
from rollset.engine.outside.command import run
from rollset.engine.outside.template import Filling

PORT_MAX = 65535


async def ask_web(call: WebCall, filling: Filling, seconds: float) -> Answer:
    """Anything from 200 to 299 is a yes; a body that is a number is its number."""
    answer = await web.request(
        call.method,
        filling.fill(call.url),
        seconds,
        headers=_filled(call.headers, filling),
        body=None if call.body is None else filling.fill(call.body),
        verify=call.verify,
    )
    words = f"HTTP {answer.status}"
    if not answer.good and answer.text.strip():
        words += f": {answer.text.strip()}"
    return Answer(yes=answer.good, words=words, number=_number(answer.text))


async def ask_tcp(probe: TcpProbe, filling: Filling, seconds: float) -> Answer:
    """Whoever takes the connection has said yes."""
    host, _, port = filling.fill(probe.address).rpartition(":")
    if not port.isdecimal() or not 0 < int(port) <= PORT_MAX:
        return Answer(yes=False, words=f"{port!r} is no port")
    try:
        async with asyncio.timeout(seconds):
            _, writer = await asyncio.open_connection(host.strip("[]"), int(port))
    except TimeoutError:
        return Answer(yes=False, words=f"no answer within {seconds:g} s")
    except OSError as error:
        return Answer(yes=False, words=f"cannot connect: {web.why(error)}")
    except ValueError:
        return Answer(yes=False, words=f"{host!r} is no host")
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return Answer(yes=True, words="connected")


async def ask_command(command: Command, filling: Filling, environment: Mapping[str, str], seconds: float) -> Answer:
    """Exit status 0 is a yes; what it prints may be a number."""
    argv = [filling.fill(word) for word in command.argv]
    try:
        ran = await run(argv, {**filling.environ, **environment}, seconds)
    except (OSError, ValueError) as error:
        why = web.why(error) if isinstance(error, OSError) else str(error)
        return Answer(yes=False, words=f"cannot run {command.argv[0]}: {why}")
    if ran.status is None:
        return Answer(yes=False, words=f"not done within {seconds:g} s, and ended")
    said = ran.output.strip() if ran.status == 0 else (ran.errors.strip() or ran.output.strip())
    ended = f"exit status {ran.status}" if ran.status >= 0 else f"ended by signal {-ran.status}"
    words = ended + (f": {said.splitlines()[-1]}" if said else "")
    return Answer(yes=ran.status == 0, words=words, number=_number(ran.output))


class _Data(msgspec.Struct, rename="camel"):
    result_type: str = ""
    result: msgspec.Raw = msgspec.Raw(b"null")


class _Told(msgspec.Struct):
    status: str = ""
    error: str = ""
    data: _Data = msgspec.field(default_factory=_Data)


class _Series(msgspec.Struct):
    value: tuple[float, str]


async def ask_prometheus(query: PrometheusQuery, filling: Filling, seconds: float) -> Answer:
    """The one number of an instant query; none is no answer, and several are none either."""
    answer = await web.request(
        "GET",
        f"{filling.fill(query.url).rstrip('/')}/api/v1/query",
        seconds,
        params={"query": filling.fill(query.query)},
        headers=_filled(query.headers, filling),
    )
    try:
        told = msgspec.json.decode(answer.body, type=_Told)
        if not answer.good or told.status != "success":
            return Answer(yes=False, words=f"HTTP {answer.status}: {told.error or 'no success'}")
        values = _values(told.data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return Answer(yes=False, words=f"HTTP {answer.status}, and not what Prometheus answers")
    if len(values) != 1:
        words = "the query finds nothing" if not values else f"the query finds {len(values)} series, and not one"
        return Answer(yes=False, words=words)
    number = _number(values[0])
    return Answer(yes=number is not None, words=values[0], number=number)


def _values(data: _Data) -> list[str]:
    match data.result_type:
        case "vector":
            return [one.value[1] for one in msgspec.json.decode(data.result, type=list[_Series])]
        case "scalar":
            return [msgspec.json.decode(data.result, type=tuple[float, str])[1]]
        case _:
            return []


def _filled(headers: Headers, filling: Filling) -> dict[str, str]:
    return {name: filling.fill(value) for name, value in headers}


def _number(text: str) -> float | None:
    try:
        # Python alone takes 1_000 for a number.
        return None if "_" in text else float(text)
    except ValueError:
        return None
