"""The emulator as a running server: two listeners on loopback, HTTP and HTTPS, over one world.

    with EmulatorServer(fleet=fleet, time_scale=60) as ready:
        print(ready.http, ready.env["ROLLSET_ENDPOINT"])

The listeners run in a thread of their own, which ends with the process at the latest.
"""

import asyncio
import contextlib
import logging
import socket
import ssl
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import cast

import uvicorn

from rollset.emulator.admission import Admission, is_loopback
from rollset.emulator.app import App, create_app
from rollset.emulator.authority import Authority
from rollset.emulator.clock import ScaledClock
from rollset.emulator.documents import Json
from rollset.emulator.environment import client_environment
from rollset.emulator.errors import EmulatorError
from rollset.emulator.fleet import Fleet
from rollset.emulator.leading import LeadingProtocol
from rollset.emulator.listening import BACKLOG, LOOPBACK, DroppableProtocol, bind
from rollset.emulator.world import World

log = logging.getLogger("rollset.emulator")

EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104  Only compared with.
START_SECONDS_MAX = 20.0
STOP_SECONDS_MAX = 5.0
# Between looks at whether the listeners have started; uvicorn has no way to tell.
LOOK_SECONDS = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """Where a running emulator is, and what its clients need to know."""

    http: str
    https: str | None
    ca_file: str | None
    tenant_id: str
    subscription_id: str
    env: dict[str, str]

    def document(self) -> Json:
        """The content of a ready file."""
        return asdict(self)


class EmulatorServer:
    """A world behind listeners; port 0 takes a free one, `https_port=None` leaves HTTPS out.

    They are on loopback unless `host` says otherwise; beyond it everybody has to show a token (`admission.py`).
    """

    def __init__(
        self,
        world: World | None = None,
        *,
        http_port: int = 0,
        https_port: int | None = 0,
        seed: int = 0,
        fleet: Fleet | None = None,
        time_scale: float = 1.0,
        throttle: bool = True,
        host: str = LOOPBACK,
        token: str | None = None,
    ) -> None:
        self.world = world if world is not None else World(ScaledClock(time_scale), seed, fleet, throttle=throttle)
        self._ports = (http_port, https_port)
        self._host = host
        if token or not is_loopback(host):
            self.world.admission = Admission(token) if token else Admission.fresh()
            self.world.tokens.key = self.world.admission.key
        self._servers: list[uvicorn.Server] = []
        self._thread: threading.Thread | None = None
        self._failure: BaseException | None = None
        self._exit = contextlib.ExitStack()

    def __enter__(self) -> Ready:
        try:
            return self._start()
        except BaseException:
            self._exit.close()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Ends the listeners, removes the private folder and closes the state file."""
        for server in self._servers:
            server.should_exit = True
        if self._thread is not None:
            self._thread.join(STOP_SECONDS_MAX)
        self._exit.close()
        if self.world.journal is not None:
            self.world.journal.close()

    def _start(self) -> Ready:
        folder = Path(self._exit.enter_context(tempfile.TemporaryDirectory(prefix="rollset-emulator-")))
        http_port, https_port = self._ports
        # An address that stands for all of this machine's is no address that a client could ask.
        name = socket.gethostname() if self._host in EVERYWHERE else self._host
        shown = f"[{name}]" if ":" in name else name
        app = create_app(self.world)
        sockets = [self._exit.enter_context(contextlib.closing(bind(http_port, self._host)))]
        servers = [_server(app, None)]
        ca_file: Path | None = None
        https: str | None = None
        if https_port is not None:
            authority = Authority.create(folder, name)
            servers = [_server(app, None, partial(LeadingProtocol, context=authority.context))]
            sockets.append(self._exit.enter_context(contextlib.closing(bind(https_port, self._host))))
            servers.append(_server(app, authority.context))
            ca_file = authority.certificate_file
            https = f"https://{shown}:{sockets[1].getsockname()[1]}"
        http = f"http://{shown}:{sockets[0].getsockname()[1]}"
        self.world.https_url = https
        self._servers = servers
        self._thread = threading.Thread(
            target=self._run, args=(list(zip(servers, sockets, strict=True)),), name="rollset-emulator", daemon=True
        )
        self._thread.start()
        self._wait()
        ready = Ready(
            http=http,
            https=https,
            ca_file=None if ca_file is None else str(ca_file),
            tenant_id=self.world.tenant_id,
            subscription_id=self.world.subscription_id,
            env=client_environment(self.world, http, https, folder, ca_file),
        )
        self.world.ready = ready.document()
        return ready

    def _run(self, listeners: "list[tuple[uvicorn.Server, socket.socket]]") -> None:
        try:
            asyncio.run(_serve(listeners))
        except BaseException as error:  # noqa: BLE001  Whatever ends the thread is told to the one that waits, and the log.
            self._failure = error
            log.critical("the emulator listens no more: %r", error)

    def _wait(self) -> None:
        for _ in range(int(START_SECONDS_MAX / LOOK_SECONDS)):
            if all(server.started for server in self._servers):
                return
            if self._failure is not None or self._thread is None or not self._thread.is_alive():
                break
            time.sleep(LOOK_SECONDS)
        raise EmulatorError(f"the emulator did not start: {self._failure or 'it took too long'}") from self._failure


async def _serve(listeners: "list[tuple[uvicorn.Server, socket.socket]]") -> None:
    asyncio.get_running_loop().set_exception_handler(_note)
    async with asyncio.TaskGroup() as group:
        for server, listener in listeners:
            group.create_task(server.serve(sockets=[listener]))


def _note(_loop: asyncio.AbstractEventLoop, context: Json) -> None:
    """One sentence for what went wrong outside of any request, such as a connection that could not be taken up."""
    error = context.get("exception")
    log.error("%s%s", context.get("message"), "" if error is None else f": {error}")


def _server(
    app: App, context: ssl.SSLContext | None, protocol: Callable[..., asyncio.Protocol] = DroppableProtocol
) -> uvicorn.Server:
    config = uvicorn.Config(
        app,
        http=DroppableProtocol,
        ws="none",
        lifespan="off",
        loop="asyncio",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=1,
        backlog=BACKLOG,
    )
    config.load()
    config.http_protocol_class = cast("type[asyncio.Protocol]", protocol)
    config.ssl = context
    return _Server(config)


class _Server(uvicorn.Server):
    """Leaves signals to whoever runs the emulator, and idle connections to their fate."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # A polite end of TLS would wait for the client; every answer that was due has been sent.
        for connection in list(self.server_state.connections):
            transport = getattr(connection, "transport", None)
            if transport is not None:
                transport.abort()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
