"""Compares the upgraded instances with those that are not upgraded yet: the same set, load and hour, another image.

What is compared are traits: one number for each instance of which it is known. A trait that an instance has or has not
(a failed extension) is 0 or 1, and is compared by shares; anything else (errors a second) by ranks.

A comparison that is made again and again finds something by chance in the end. So it is made only when the upgraded
have doubled, and each time may spend half of what is left of `alpha`, shared among the traits that are known of enough
instances on both sides:

    min_instances 5, alpha 0.05      upgraded   5     10     20     40
                                     alpha   0.025 0.0125 0.0063 0.0031
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

from rollset.core.comparing.significance import fisher, mann_whitney


class Worse(StrEnum):
    """Which way of a number is the bad one."""

    HIGHER = "higher"
    LOWER = "lower"


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedGate:
    """The number of the gate of this name is compared."""

    gate: str
    worse: Worse


@dataclass(frozen=True, slots=True, kw_only=True)
class Compare:
    """No verdict before there are `min_instances` with a number on each side.

    `alpha` is how often a rollout of an image as good as the old one may be called worse.
    """

    min_instances: int = 5
    alpha: float = 0.05
    gates: tuple[ComparedGate, ...] = ()

    def stage(self, upgraded: int) -> int:
        """Which comparison is due with so many upgraded, from 1; 0 while they are too few."""
        return (upgraded // self.min_instances).bit_length()

    def alpha_at(self, stage: int, traits: int) -> float:
        """What one trait may spend at one stage."""
        return self.alpha * 0.5**stage / max(1, traits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trait:
    """What is known of the upgraded and of the rest, a number an instance.

    `unknown` says why it is not known of more; `detail` is what an operator will want to know about the upgraded.
    Up to `allowance` times the number of the rest is no worse: for numbers that were not measured together.
    """

    name: str
    upgraded: Sequence[float]
    rest: Sequence[float]
    worse: Worse = Worse.HIGHER
    allowance: float = 1.0
    unknown: str = ""
    detail: str = ""

    @property
    def is_share(self) -> bool:
        return all(number in (0.0, 1.0) for number in (*self.upgraded, *self.rest))

    @property
    def known(self) -> int:
        """Of how many on either side at least."""
        return min(len(self.upgraded), len(self.rest))


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What came of one trait. `upgraded` and `rest` are medians, or shares; `p` is as in `significance`."""

    name: str
    upgraded: float
    upgraded_count: int
    rest: float
    rest_count: int
    p: float
    threshold: float
    detail: str = ""

    @property
    def worse(self) -> bool:
        return self.p < self.threshold

    def __str__(self) -> str:
        word = "worse" if self.worse else "no worse"
        return (
            f"{self.name} is {word}: {self.upgraded:g} on {self.upgraded_count} upgraded instances, {self.rest:g} on "
            f"{self.rest_count} others (p {self.p:.2g}, threshold {self.threshold:.2g}{self._detail})"
        )

    @property
    def _detail(self) -> str:
        return f"; {self.detail}" if self.detail else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A trait that was not compared, and why."""

    name: str
    why: str

    def __str__(self) -> str:
        return f"{self.name} was not compared: {self.why}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What one comparison found, trait by trait."""

    stage: int
    differences: tuple[Difference, ...]
    left_out: tuple[LeftOut, ...] = ()

    @property
    def worse(self) -> tuple[Difference, ...]:
        return tuple(one for one in self.differences if one.worse)

    def __str__(self) -> str:
        return "; ".join(map(str, (*self.differences, *self.left_out)))


def compared(policy: Compare, stage: int, traits: Collection[Trait]) -> Comparison:
    """Each trait of which enough is known on both sides is judged, and the others are left out by name."""
    enough = [trait for trait in traits if trait.known >= policy.min_instances]
    threshold = policy.alpha_at(stage, len(enough))
    return Comparison(
        stage=stage,
        differences=tuple(_difference(trait, threshold) for trait in enough),
        left_out=tuple(_left_out(trait) for trait in traits if trait.known < policy.min_instances),
    )


def _left_out(trait: Trait) -> LeftOut:
    known = f"it is known of {len(trait.upgraded)} upgraded instances and of {len(trait.rest)} others"
    return LeftOut(name=trait.name, why=trait.unknown or known)


def _difference(trait: Trait, threshold: float) -> Difference:
    ours, others = list(trait.upgraded), list(trait.rest)
    sign = -1.0 if trait.worse is Worse.LOWER else 1.0
    if trait.is_share:
        bad = 0.0 if trait.worse is Worse.LOWER else 1.0
        p = fisher(ours.count(bad), len(ours), others.count(bad), len(others))
        middle, middle_rest = sum(ours) / len(ours), sum(others) / len(others)
    else:
        p = mann_whitney([sign * one for one in ours], [sign * one * trait.allowance for one in others])
        middle, middle_rest = median(ours), median(others)
    return Difference(
        name=trait.name,
        upgraded=middle,
        upgraded_count=len(ours),
        rest=middle_rest,
        rest_count=len(others),
        p=p,
        threshold=threshold,
        detail=trait.detail,
    )
