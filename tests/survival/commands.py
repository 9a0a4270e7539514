"""Real commands in real processes, for the tests to kill. They are forked from one that has imported everything.

A process of `rollset` takes a second or two to import what it needs; a forked one begins at once, so that thirty kills
take seconds. What it runs is `rollset`'s own `main`, with the environment that a shell would give it.
"""

import functools
import json
import multiprocessing
import os
import signal
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path

from rollset.cli import act, acts, history, main, statedir, upgrade, worker  # noqa: F401 (forked with them)
from rollset.engine.durable import runtime  # noqa: F401
from rollset.engine.durable.ready import open_database
from rollset.engine.durable.timing import DEFAULT, Timing

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.durable.processes", "tests.survival.commands"])

SECONDS_MAX = 240.0
"""No command that ends by itself takes so long, however busy the machine."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """What a process is to run, and how."""

    words: tuple[str, ...]
    environ: dict[str, str]
    timing: Timing
    queue: str | None
    out: str
    err: str


@dataclass
class Running:
    """A command that runs; its output is in two files."""

    process: BaseProcess
    out: Path
    err: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    def ended(self, seconds: float = SECONDS_MAX) -> int | None:
        """Its exit status, once it has ended."""
        self.process.join(seconds)
        return self.process.exitcode

    def kill(self) -> None:
        """As `kill -9` does."""
        self.process.kill()
        self.process.join(SECONDS_MAX)

    def freeze(self) -> None:
        os.kill(self.pid, signal.SIGSTOP)

    def wake(self) -> None:
        os.kill(self.pid, signal.SIGCONT)


class Shell:
    """Runs commands with one environment; `timing` shortens the waits of the durable engine, and nothing else."""

    def __init__(self, directory: Path, environ: dict[str, str], timing: Timing = DEFAULT) -> None:
        self._directory = directory
        self._environ = environ
        self._timing = timing
        self._started: list[Running] = []

    def start(self, *words: str, queue: str | None = None, **environ: str) -> Running:
        """Starts a command; a worker serves `queue`, which else is named after its endpoint."""
        name = self._directory / f"{len(self._started)}-{words[0]}"
        out, err = name.with_suffix(".out"), name.with_suffix(".err")
        err.touch()
        call = Call(
            words=words, environ=self._environ | environ, timing=self._timing, queue=queue, out=str(out), err=str(err)
        )
        process = CONTEXT.Process(target=_run, args=(call,), daemon=True)
        process.start()
        running = Running(process=process, out=out, err=err)
        self._started.append(running)
        return running

    def run(self, *words: str) -> str:
        """What the command says on stdout; it has to succeed."""
        running = self.start(*words)
        assert running.ended() == 0, f"rollset {' '.join(words)}: {running.err.read_text()[-2000:]}"
        return running.out.read_text()

    def facts(self, rollout: str) -> list[dict]:
        """What `rollset events` tells of a rollout."""
        return [json.loads(line) for line in self.run("events", rollout, "-o", "json").splitlines()]

    def close(self) -> None:
        """Leaves no process behind."""
        for running in self._started:
            running.kill()


def _run(call: Call) -> None:
    for path, number in ((call.out, 1), (call.err, 2)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), number)
    os.environ.update(call.environ)
    statedir.open_database = functools.partial(open_database, timing=call.timing)
    if call.queue is not None:
        worker.queue_name = lambda _: call.queue
    main.main(call.words)
