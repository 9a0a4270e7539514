"""How good or bad the state of a rollout is, as a style: the same on its page and in the list."""

from __future__ import annotations

ENDED_BADLY = frozenset({"failed", "lost", "cut off"})
GOING = frozenset({"rolling", "writing the model", "ending", "baking", "beginning", "going back", "turning back"})


def mood_of(word: str | None) -> str:
    """Of a word in which a rollout stands or has ended; whatever waits for somebody or something is held.

    >>> [mood_of(word) for word in ("done", "cut off", "baking", "paused", None)]
    ['good', 'bad', 'going', 'held', 'held']
    """
    if word == "done":
        return "good"
    if word in ENDED_BADLY:
        return "bad"
    return "going" if word in GOING else "held"
