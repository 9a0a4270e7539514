"""In which order instances go, and which of them wait for each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from rollset.core.fleet import Instance
from rollset.core.ids import InstanceId, natural
from rollset.core.image import Image, version_key

Natural = tuple[int, int, str, str]
Rank = tuple[int, tuple[tuple[int, int, str], ...], Natural]


class Order(StrEnum):
    """By what instances are put in line. Domains go one after another, in the order of their names."""

    UPDATE_DOMAIN = "update-domain"
    FAULT_DOMAIN = "fault-domain"
    ZONE = "zone"
    OLDEST_IMAGE = "oldest-image"
    """The lowest version first, whatever the domain; those whose version is not known before all."""

    @property
    def words(self) -> str:
        """For sentences: `update domain`."""
        return self.value.replace("-", " ")

    @property
    def by_domain(self) -> bool:
        """Whether instances are grouped, and one group waits for the one before."""
        return self is not Order.OLDEST_IMAGE

    def domain(self, instance: Instance) -> str | None:
        """The domain that an instance belongs to, `None` where Azure names none."""
        place = instance.place
        value: int | str | None
        match self:
            case Order.UPDATE_DOMAIN:
                value = place.update_domain
            case Order.FAULT_DOMAIN:
                value = place.fault_domain
            case Order.ZONE:
                value = place.zone
            case Order.OLDEST_IMAGE:
                value = None
        return None if value is None else str(value)


@dataclass(frozen=True, kw_only=True)
class Line:
    """The instances named `first` go before all others, in the order in which they are named; then comes `order`."""

    order: Order = Order.UPDATE_DOMAIN
    first: tuple[InstanceId, ...] = ()

    @cached_property
    def _ranks(self) -> Mapping[InstanceId, int]:
        """Where in `first` an instance stands: asked of every instance at every look."""
        return {one: rank for rank, one in enumerate(self.first)}

    def domain(self, instance: Instance) -> str | None:
        """The domain in which an instance goes; whoever was named by id goes in none."""
        return None if instance.id in self._ranks else self.order.domain(instance)

    def spoken(self, instance: Instance) -> str:
        """Where in the line an instance stands, for sentences."""
        if instance.id in self._ranks:
            return "named to go first"
        if not self.order.by_domain:
            return f"{self.order.words} first"
        domain = self.order.domain(instance)
        return f"no {self.order.words}" if domain is None else f"{self.order.words} {domain}"

    def key(self, instance: Instance) -> Rank:
        """Sorts instances; those without a domain come last, as a domain of their own."""
        last = natural(instance.id)
        if (rank := self._ranks.get(instance.id)) is not None:
            return (0, ((0, rank, ""),), last)
        if self.order is Order.OLDEST_IMAGE:
            return (1, _age(instance.image), last)
        domain = self.order.domain(instance)
        if domain is None:
            return (2, (), last)
        return (1, ((0, int(domain), "") if domain.isdecimal() else (1, 0, domain),), last)


def _age(image: Image | None) -> tuple[tuple[int, int, str], ...]:
    version = getattr(image, "version", None)
    return version_key(version) if isinstance(version, str) else ()
