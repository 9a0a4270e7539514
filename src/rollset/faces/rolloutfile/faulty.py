"""Everything that is wrong with a rollout file, each fault with its path, its line and what would be right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from rollset.core.errors import UsageError

Path = tuple[str | int, ...]
"""Where a value stands, from the top: `("policy", "checkpoints", 0)`."""

SHOWN_MAX = 60
"""How much of a value that cannot be read is shown again."""

TOLD_MAX = 100
"""So many faults are told; a file with more of them is another kind of file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault. `line` counts from 1; it is `None` where no line is at fault."""

    path: Path
    line: int | None
    why: str

    def __str__(self) -> str:
        return f"{spoken_path(self.path)}: {self.why}" if self.path else self.why


class FaultyFile(UsageError):  # noqa: N818 (reads as the fact it states)
    """A rollout file that cannot be used. `lines` has a sentence for each of its faults."""

    def __init__(self, name: str, faults: Sequence[Fault]) -> None:
        super().__init__(name, faults)
        self.name = name
        self.faults = tuple(sorted(faults, key=lambda one: one.line or 0))

    @property
    def lines(self) -> tuple[str, ...]:
        """In the form in which compilers tell faults, so that editors lead there."""
        told = [f"{self.name}:{'' if one.line is None else f'{one.line}:'} {one}" for one in self.faults[:TOLD_MAX]]
        more = len(self.faults) - TOLD_MAX
        return (*told, f"{self.name}: and {more} faults more") if more > 0 else tuple(told)

    def __str__(self) -> str:
        return "; ".join(self.lines)


def spoken_path(path: Path) -> str:
    """A path as people write it.

    >>> spoken_path(("policy", "windows", 0, "cron"))
    'policy.windows[0].cron'
    """
    words = "".join(f"[{part}]" if isinstance(part, int) else f".{_plain(part)}" for part in path)
    return words.removeprefix(".")


def _plain(key: str) -> str:
    """A key as it is, unless a terminal would do something else with it than show it."""
    return key if key and key.isprintable() and len(key) <= SHOWN_MAX else clipped(key)


def clipped(text: str) -> str:
    """A value in a sentence: the beginning, if it is long."""
    return repr(text if len(text) <= SHOWN_MAX else f"{text[:SHOWN_MAX]}...")


def nearest(word: str, known: Sequence[str]) -> str:
    """What a word that is not known may have meant, as the end of a sentence.

    >>> nearest("max_unavailible", ("max_unavailable", "pause"))
    'did you mean max_unavailable?'
    >>> nearest("x", ("max_unavailable", "pause"))
    'known here: max_unavailable, pause'
    """
    likely = word[:SHOWN_MAX].lower().replace("-", "_")
    close = get_close_matches(likely, known, n=1)
    return f"did you mean {close[0]}?" if close else f"known here: {', '.join(known)}"
