"""What is shown where something fails: one sentence."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """`sentence` says what was tried, on what, what came back, and what to do."""

    title: str
    sentence: str
