"""Where `make test` and `make test-clients` put other people's clients, and how one of their programs is run."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".clients"
# What `make test-clients` says.
ASKED = "ROLLSET_CLIENTS" in os.environ
SECONDS_MAX = 300


def needs(client: str, program: str) -> pytest.MarkDecorator:
    """Skips where the client is not installed, and says what installs it; where it was asked for, that is a failure."""
    there = (FOLDER / client / program).exists()
    if ASKED and not there:
        raise LookupError(f"{client} is not installed: {FOLDER / client / program} is missing; run make test-clients")
    return pytest.mark.skipif(not there, reason=f"{client} is not installed: make test-clients does that")


def needs_large(client: str, program: str) -> pytest.MarkDecorator:
    """The same for the clients that take minutes: they run where `make test-clients` asks for them."""
    if not ASKED:
        return pytest.mark.skip(reason=f"{client} takes a while: make test-clients runs it")
    return needs(client, program)


def run(command: list[str | Path], env: dict[str, str], folder: Path) -> str:
    """Runs a program with this environment and no other settings of the user's; answers what it printed."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "SYSTEMROOT") if name in os.environ}
    ran = subprocess.run(
        [str(part) for part in command],
        env={**kept, "HOME": str(folder), **env},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )
    assert ran.returncode == 0, f"{command}: {ran.stdout[-3000:]}\n{ran.stderr[-3000:]}"
    return ran.stdout
