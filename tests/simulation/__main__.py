"""Plays many seeds on all cores: `python -m tests.simulation 10000`, or `17:18` for one; ends with one line of counts."""

import os
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

from tests.simulation.play import play
from tests.support.virtual import run_virtual

CHUNK = 8


def one(seed):
    """In a process of its own pool."""
    return run_virtual(play(seed))


def seeds_of(words):
    first, colon, after_last = words.partition(":")
    return range(int(first), int(after_last)) if colon else range(int(first))


def say(*lines):
    sys.stdout.write("\n  ".join(lines) + "\n")
    sys.stdout.flush()


def main(words):
    seeds, began = seeds_of(words), time.monotonic()
    totals, endings, failed, virtual = Counter(), Counter(), [], 0.0
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for report in pool.map(one, seeds, chunksize=min(CHUNK, max(1, len(seeds) // 4))):
            totals += report.counts
            endings[str(report.ending)] += 1
            virtual += report.virtual_seconds
            if report.objections:
                failed.append(report.seed)
                again = f"make simulate SEEDS={report.seed}:{report.seed + 1}"
                say(f"seed {report.seed} broke a promise; again with: {again}", *report.objections)
    words = ", ".join(f"{many} {what}" for what, many in sorted({**totals, **endings}.items()))
    say(
        f"{len(seeds)} seeds, {len(failed)} failed: {words}; {virtual / 3600:.0f} virtual hours "
        f"in {time.monotonic() - began:.0f} s"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
