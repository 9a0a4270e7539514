"""The line between one command and the emulator, as the test sees it: what went over it, and when."""

import asyncio
import threading
from collections.abc import Callable
from urllib.parse import urlsplit

UPGRADES = b"/manualupgrade?"
PIECE_BYTES_MAX = 64 * 1024


class Relay:
    """Passes everything on. `on_ask` is called, in the relay's thread, when a request that counts was just passed on.

    By default those to upgrade count. So a test knows which process asked for what, which Azure cannot tell.
    """

    def __init__(
        self,
        url: str,
        on_ask: Callable[[int], None] = lambda _: None,
        counts: Callable[[bytes], bool] = lambda line: UPGRADES in line,
    ) -> None:
        self._port = urlsplit(url).port
        self._on_ask = on_ask
        self._counts = counts
        self.lines: list[bytes] = []
        """The first line of each of them."""
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._ready.wait()

    @property
    def asks(self) -> int:
        """How many there were."""
        return len(self.lines)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._closing.set)
        self._thread.join()
        self._loop.close()

    def _run(self) -> None:
        self._loop.run_until_complete(self._serve())

    async def _serve(self) -> None:
        self._closing = asyncio.Event()
        server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        self._ready.set()
        await self._closing.wait()
        server.close()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
            await asyncio.wait((task,))

    async def _connect(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        azure, to_azure = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            await asyncio.gather(self._pass(client, to_azure, asks=True), self._pass(azure, to_client))
        except OSError:
            pass  # Whoever was killed says no good-bye.
        finally:
            to_client.close()
            to_azure.close()

    async def _pass(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, asks: bool = False) -> None:
        while piece := await source.read(PIECE_BYTES_MAX):
            sink.write(piece)
            await sink.drain()
            line = piece.partition(b"\r\n")[0]
            if asks and self._counts(line):
                self.lines.append(line)
                self._on_ask(self.asks)
        sink.close()
