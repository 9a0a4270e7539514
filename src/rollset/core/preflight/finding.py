"""A finding: one fact about a scale set, or about what is asked for, that an operator should know before he begins."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding weighs; the heaviest first."""

    BLOCKING = "blocking"
    """`upgrade` stops, unless the finding is accepted."""
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One sort of finding: its name is a promise to scripts, `means` is what the page says about it.

    `acceptable` is whether `--accept` lets a blocking one pass; others have a flag of their own, or no way around.
    """

    name: str
    severity: Severity
    means: str
    acceptable: bool = True

    def found(self, fact: str, remedy: str) -> Finding:
        """The finding for one set: `fact` with its numbers, `remedy` as something to do."""
        return Finding(kind=self, fact=fact, remedy=remedy)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Both sentences begin small and end without a full stop, so that they can stand behind one another."""

    kind: Kind
    fact: str
    remedy: str

    @property
    def name(self) -> str:
        return self.kind.name

    @property
    def severity(self) -> Severity:
        return self.kind.severity

    @property
    def blocks(self) -> bool:
        return self.severity is Severity.BLOCKING

    def __str__(self) -> str:
        return f"{self.fact}; {self.remedy}"


def blocking(name: str, means: str, *, acceptable: bool = True) -> Kind:
    return Kind(name=name, severity=Severity.BLOCKING, means=means, acceptable=acceptable)


def warning(name: str, means: str) -> Kind:
    return Kind(name=name, severity=Severity.WARNING, means=means)


def note(name: str, means: str) -> Kind:
    return Kind(name=name, severity=Severity.NOTE, means=means)
