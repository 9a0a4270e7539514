"""Platform images on offer."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from rollset.emulator.documents import Json
from rollset.emulator.refusal import Refusal, refuse
from rollset.emulator.regions import folded

_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Urn:
    """A publisher, offer and sku; compared without regard to case by its `key`."""

    publisher: str
    offer: str
    sku: str

    @property
    def key(self) -> tuple[str, str, str]:
        return (self.publisher.lower(), self.offer.lower(), self.sku.lower())


@dataclass(frozen=True, slots=True)
class PurchasePlan:
    """What is bought with a marketplace image."""

    name: str
    publisher: str
    product: str

    def document(self) -> Json:
        return {"publisher": self.publisher, "name": self.name, "product": self.product}


@dataclass(frozen=True, slots=True)
class Deprecation:
    """How near its end a version is: `imageState`, when it ends, and what its publisher offers instead."""

    state: str = "Active"
    at: str | None = None
    instead: str | None = None

    def document(self) -> Json:
        """As the answer for one version has it: members without a value are left out."""
        found: Json = {"imageState": self.state}
        if self.at is not None:
            found["scheduledDeprecationTime"] = self.at
        if self.instead is not None:
            found["alternativeOption"] = {"type": "Plan", "value": self.instead}
        return found


ACTIVE = Deprecation()


@dataclass(frozen=True, slots=True)
class Offered:
    """The versions of one sku, oldest first; `generation` is None where the name of the sku tells it."""

    urn: Urn
    os_type: str
    versions: tuple[str, ...]
    generation: str | None = None
    architecture: str = "x64"
    plan: PurchasePlan | None = None

    @property
    def hyper_v_generation(self) -> str:
        return self.generation or generation(self.urn.sku)


# The article's image and a few neighbours. 4.0.20160229 is the newest 2012-R2-Datacenter, as it was then.
BUILT_IN: tuple[Offered, ...] = (
    Offered(
        Urn("MicrosoftWindowsServer", "WindowsServer", "2012-R2-Datacenter"),
        "Windows",
        ("4.0.20151022", "4.0.20151120", "4.0.20151214", "4.0.20160126", "4.0.20160229"),
    ),
    Offered(
        Urn("MicrosoftWindowsServer", "WindowsServer", "2012-Datacenter"), "Windows", ("3.0.20160126", "3.0.20160229")
    ),
    Offered(
        Urn("MicrosoftWindowsServer", "WindowsServer", "2016-Datacenter"),
        "Windows",
        ("14393.6897.240404", "14393.7070.240703", "14393.7259.240811"),
    ),
    Offered(
        Urn("MicrosoftWindowsServer", "WindowsServer", "2019-datacenter"),
        "Windows",
        ("17763.6054.240703", "17763.6189.240811"),
    ),
    Offered(
        Urn("MicrosoftWindowsServer", "WindowsServer", "2022-datacenter-g2"),
        "Windows",
        ("20348.2582.240703", "20348.2655.240810"),
    ),
    Offered(
        Urn("Canonical", "0001-com-ubuntu-server-jammy", "22_04-lts-gen2"),
        "Linux",
        ("22.04.202405150", "22.04.202406260", "22.04.202407220", "22.04.202408080"),
    ),
    Offered(Urn("Canonical", "UbuntuServer", "18.04-LTS"), "Linux", ("18.04.202306070", "18.04.202401161")),
)


def generation(sku: str) -> str:
    """`hyperVGeneration`, which the names of second-generation skus end with.

    >>> generation("2022-datacenter-g2"), generation("2019-datacenter")
    ('V2', 'V1')
    """
    return "V2" if sku.lower().endswith(("g2", "gen2")) else "V1"


def version_order(version: str) -> tuple[int, ...]:
    """Versions compare by their numeric parts.

    >>> version_order("4.0.9") < version_order("4.0.10")
    True
    """
    return tuple(int(part) for part in _DIGITS.findall(version)[:8])


@dataclass(slots=True)
class Catalogue:
    """The platform images of the emulated Azure: the same in every location, but for versions published in some."""

    _offered: dict[tuple[str, str, str], Offered] = field(default_factory=dict)
    _published_in: dict[tuple[Urn, str], frozenset[str]] = field(default_factory=dict)
    _deprecations: dict[tuple[Urn, str], Deprecation] = field(default_factory=dict)

    @classmethod
    def of(cls, offered: Iterable[Offered]) -> "Catalogue":
        catalogue = cls()
        for one in offered:
            catalogue.offer(one)
        return catalogue

    def copy(self) -> "Catalogue":
        return Catalogue(dict(self._offered), dict(self._published_in), dict(self._deprecations))

    def offer(self, offered: Offered) -> None:
        """Puts a sku on offer; another one of the same name is replaced."""
        versions = tuple(sorted(offered.versions, key=version_order))
        self._offered[offered.urn.key] = replace(offered, versions=versions)

    def __iter__(self) -> Iterator[Offered]:
        return iter(self._offered.values())

    def __contains__(self, urn: Urn) -> bool:
        return urn.key in self._offered

    def publish(self, urn: Urn, os_type: str, version: str, locations: frozenset[str] | None) -> None:
        """Puts one more version on offer, everywhere or in these locations; a sku that is not known comes with it."""
        known = self._offered.get(urn.key, Offered(urn, os_type, ()))
        urn, before = known.urn, known.versions
        self.offer(replace(known, versions=tuple(dict.fromkeys((*before, version)))))
        if locations is None:
            self._published_in.pop((urn, version), None)
        elif version not in before or (urn, version) in self._published_in:
            earlier = self._published_in.get((urn, version), frozenset())
            self._published_in[urn, version] = earlier | {folded(one) for one in locations}

    def deprecate(self, urn: Urn, version: str, deprecation: Deprecation) -> None:
        """Says how near its end a version is, in every location."""
        known = self._offered.get(urn.key)
        self._deprecations[urn if known is None else known.urn, version] = deprecation

    def deprecation(self, urn: Urn, version: str) -> Deprecation:
        return self._deprecations.get((urn, version), ACTIVE)

    def deprecations(self, urn: Urn) -> dict[str, Deprecation]:
        """Those of a sku that were told, by version."""
        return {version: found for (of, version), found in self._deprecations.items() if of == urn}

    def publishers(self) -> list[str]:
        return sorted({one.urn.publisher for one in self._offered.values()})

    def offers(self, publisher: str) -> list[str]:
        return sorted({one.urn.offer for one in self._under(publisher)})

    def skus(self, publisher: str, offer: str) -> list[str]:
        return sorted({one.urn.sku for one in self._under(publisher, offer)})

    def find(self, publisher: str, offer: str, sku: str, location: str) -> Offered | None:
        """A sku with the versions that the location has."""
        found = self._offered.get(Urn(publisher, offer, sku).key)
        if found is None or not self._published_in:
            return found
        there = tuple(one for one in found.versions if self._is_in(found.urn, one, folded(location)))
        return replace(found, versions=there)

    def _is_in(self, urn: Urn, version: str, location: str) -> bool:
        locations = self._published_in.get((urn, version))
        return locations is None or location in locations

    def _under(self, *names: str) -> list[Offered]:
        wanted = tuple(name.lower() for name in names)
        return [one for key, one in self._offered.items() if key[: len(wanted)] == wanted]


def image_not_found(names: Iterable[str], version: str, location: str) -> Refusal:
    """A platform image that is not on offer; code and status are choices of ours."""
    return refuse(
        404,
        "PlatformImageNotFound",
        f"The platform image '{':'.join([*names, version])}' is not available in location '{location}'. Verify that "
        "all fields in the storage profile are correct.",
        "imageReference",
    )
