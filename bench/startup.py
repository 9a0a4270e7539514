"""How long `rollset --help` takes, as a ratio to `python -c pass` and, where there is one, to `az --help`.

Whole processes, in turn, so that a noisy machine is noisy for all; the median of the ratios is what counts.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROUNDS = 15
AZ_ROUNDS = 3


def seconds(*command: str) -> float:
    """Wall time of one run."""
    # With bytecode writing switched off, every run would compile what it imports.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    return time.perf_counter() - began


def run() -> None:
    """Prints the ratios."""
    rollset = str(Path(sys.executable).with_name("rollset"))
    help_, nothing = (rollset, "--help"), (sys.executable, "-c", "pass")
    seconds(*help_)
    pairs = [(seconds(*help_), seconds(*nothing)) for _ in range(ROUNDS)]
    ratio = statistics.median(ours / theirs for ours, theirs in pairs)
    print(f"rollset --help               {ratio:.1f} times python -c pass (aim: at most 10)", flush=True)
    az = os.environ.get("ROLLSET_BENCH_AZ") or shutil.which("az")
    if az is None:
        print("rollset --help               not compared with az --help: there is no az on the PATH", flush=True)
        return
    seconds(az, "--help")
    pairs = [(seconds(*help_), seconds(az, "--help")) for _ in range(AZ_ROUNDS)]
    ratio = statistics.median(ours / theirs for ours, theirs in pairs)
    print(f"rollset --help               {ratio:.2f} times az --help (aim: below 1)", flush=True)


if __name__ == "__main__":
    run()
