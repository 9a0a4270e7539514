"""Compares the upgraded instances with those that are not upgraded yet: the same set, load and hour, another image.

What is compared are named numbers, one an instance: whoever measures hands them over. A trait that an instance has or
has not (a failed extension) is 0 or 1, and is compared by shares; anything else (seconds of boot) by ranks.

A comparison that is made again and again finds something by chance in the end. So it is made only when the upgraded
have doubled, and each time may spend half of what is left of `alpha`, shared among the traits:

    min_instances 5, alpha 0.05      upgraded   5     10     20     40
                                     alpha   0.025 0.0125 0.0063 0.0031
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from statistics import median

from rollset.core.ids import InstanceId
from rollset.core.significance import fisher, mann_whitney

Numbers = Mapping[InstanceId, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compare:
    """No verdict before there are `min_instances` with a number on each side.

    `alpha` is how often a rollout of an image as good as the old one may be called worse.
    """

    min_instances: int = 5
    alpha: float = 0.05

    def stage(self, upgraded: int) -> int:
        """Which comparison is due with so many upgraded, from 1; 0 while they are too few."""
        return (upgraded // self.min_instances).bit_length()

    def alpha_at(self, stage: int, traits: int) -> float:
        """What one trait may spend at one stage."""
        return self.alpha * 0.5**stage / max(1, traits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trait:
    """One number for each instance that has one; more is worse unless told otherwise."""

    name: str
    numbers: Numbers
    less_is_worse: bool = False

    @property
    def is_share(self) -> bool:
        return all(number in (0.0, 1.0) for number in self.numbers.values())


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

    @property
    def worse(self) -> bool:
        return self.p < self.threshold

    def __str__(self) -> str:
        word = "worse" if self.worse else "no worse"
        return (
            f"{self.name} is {word}: {self.upgraded:g} on {self.upgraded_count} upgraded instances, {self.rest:g} on "
            f"{self.rest_count} others (p {self.p:.2g}, threshold {self.threshold:.2g})"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What one comparison found, trait by trait; nothing where no trait was known of enough instances."""

    stage: int
    differences: tuple[Difference, ...]

    @property
    def worse(self) -> tuple[Difference, ...]:
        return tuple(one for one in self.differences if one.worse)

    def __str__(self) -> str:
        return "; ".join(map(str, self.differences)) or "nothing is known of them that could be compared"


def compared(
    policy: Compare, traits: Collection[Trait], upgraded: Collection[InstanceId], rest: Collection[InstanceId]
) -> Iterator[Difference]:
    """One for each trait of which enough is known on both sides."""
    stage = policy.stage(len(upgraded))
    if stage == 0:
        return
    for trait in traits:
        ours = [trait.numbers[one] for one in upgraded if one in trait.numbers]
        others = [trait.numbers[one] for one in rest if one in trait.numbers]
        if min(len(ours), len(others)) >= policy.min_instances:
            yield _difference(trait, ours, others, policy.alpha_at(stage, len(traits)))


def _difference(trait: Trait, ours: list[float], others: list[float], threshold: float) -> Difference:
    sign = -1.0 if trait.less_is_worse else 1.0
    if trait.is_share:
        bad = 0.0 if trait.less_is_worse else 1.0
        p = fisher(ours.count(bad), len(ours), others.count(bad), len(others))
        middle, middle_rest = sum(ours) / len(ours), sum(others) / len(others)
    else:
        p = mann_whitney([sign * one for one in ours], [sign * one for one in others])
        middle, middle_rest = median(ours), median(others)
    return Difference(
        name=trait.name,
        upgraded=middle,
        upgraded_count=len(ours),
        rest=middle_rest,
        rest_count=len(others),
        p=p,
        threshold=threshold,
    )
