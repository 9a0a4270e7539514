"""Where an instance stands: zone, placement group, update domain, fault domain.

A regional placement group acts like an availability set with five update domains and holds 100 instances; each zone has
groups of its own; a fault domain count of 1 is max spreading, where every instance reports fault domain 0. Azure
documentation on scale sets: "FAQ", "Working with large scale sets", "Create zonal scale sets", "Choosing the right
number of fault domains". It says nothing of update domains in zonal and max-spread sets: here they are numbered all the
same.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from rollset.emulator import choices


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """The place of one instance."""

    zone: str | None
    placement_group: str
    update_domain: int
    fault_domain: int


@dataclass(slots=True)
class _Group:
    id: str
    zone: str | None
    taken: dict[int, int] = field(default_factory=dict)  # place in the group -> instance id
    # No place below is free.
    lowest: int = 0

    def free_place(self) -> int | None:
        found = next((k for k in range(self.lowest, choices.PLACEMENT_GROUP_SIZE) if k not in self.taken), None)
        self.lowest = choices.PLACEMENT_GROUP_SIZE if found is None else found
        return found


@dataclass(slots=True, kw_only=True)
class Placement:
    """Hands out places in a scale set and takes them back."""

    zones: tuple[str, ...]
    fault_domains: int
    new_id: Callable[[int], str]
    # A Flexible set has none: all its instances are in one.
    update_domains: int = choices.UPDATE_DOMAINS
    _groups: list[_Group] = field(default_factory=list)

    def place(self, instance_id: int, zone: str | None = None) -> Slot:
        """The next place: in the zone with the fewest instances or the one named, in its first group that has room."""
        if zone is None and self.zones:
            zone = min(self.zones, key=self._count_in)
        group, place = self._room_in(zone)
        group.taken[place] = instance_id
        return Slot(
            zone=zone,
            placement_group=group.id,
            update_domain=place % self.update_domains,
            fault_domain=fault_domain(place, self.fault_domains),
        )

    def release(self, instance_id: int) -> None:
        for group in self._groups:
            for place, holder in group.taken.items():
                if holder == instance_id:
                    del group.taken[place]
                    group.lowest = min(group.lowest, place)
                    return

    def _count_in(self, zone: str) -> int:
        return sum(len(group.taken) for group in self._groups if group.zone == zone)

    def _room_in(self, zone: str | None) -> tuple[_Group, int]:
        for group in self._groups:
            if group.zone == zone and len(group.taken) < choices.PLACEMENT_GROUP_SIZE:
                place = group.free_place()
                if place is not None:
                    return group, place
        group = _Group(self.new_id(len(self._groups)), zone)
        self._groups.append(group)
        return group, 0


def in_zone(placement: Placement, instance_id: int, zone: str) -> Slot:
    """Moves an instance to a zone."""
    placement.release(instance_id)
    return placement.place(instance_id, zone)


def fault_domain(place: int, count: int) -> int:
    """The fault domain of a place in its group; each row of five moves on by one, so that a grid fills evenly.

    >>> [fault_domain(place, 5) for place in range(10)]
    [0, 1, 2, 3, 4, 1, 2, 3, 4, 0]
    """
    return 0 if count <= 1 else (place + place // choices.UPDATE_DOMAINS) % count
