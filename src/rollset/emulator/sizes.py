"""Sizes of virtual machines: those on offer, what the name of any size tells, and the refusal of one that is none.

Azure documentation: "Sizes for virtual machines in Azure". Every region offers the same here.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from rollset.emulator.refusal import size_not_valid

if TYPE_CHECKING:
    from rollset.emulator.scaleset import ScaleSet
    from rollset.emulator.world import World

_NAME = re.compile(r"(?:Standard|Basic)_([A-Z]+)(\d+)(?:-\d+)?([a-z]*)(?:_v(\d+))?.*", re.IGNORECASE)
_CONSTRAINED = re.compile(r"(\w+?\d+)-\d+(\w*)")


class Size(NamedTuple):
    """A size that is on offer everywhere."""

    name: str
    cores: int
    memory_mb: int

    @property
    def data_disks(self) -> int:
        return 4 * self.cores if self.cores > 1 else 2

    @property
    def architecture(self) -> str:
        """`p` among the letters after the number is an Arm processor (documentation, "VM sizes naming")."""
        found = _NAME.fullmatch(self.name)
        return "Arm64" if found is not None and "p" in found[3].lower() else "x64"

    @property
    def generations(self) -> str:
        """`HyperVGenerations`: Arm, confidential and the newest sizes boot the second alone, the oldest the first."""
        if self.architecture == "Arm64" or self.name.startswith("Standard_DC") or self.name.endswith("_v6"):
            return "V2"
        return "V1,V2" if self.name.endswith(("v3", "v4", "v5", "ms")) else "V1"


# Newer sizes are named by their cores, and have so many GiB for each of them.
_TO_64 = (2, 4, 8, 16, 32, 48, 64)
_TO_96 = (*_TO_64, 96)
_E_TO_64 = (2, 4, 8, 16, 20, 32, 48, 64)
_E_TO_96 = (*_E_TO_64, 96)
_BY_CORES: tuple[tuple[str, float, tuple[int, ...]], ...] = (
    ("A{}_v2", 2, (1, 2, 4, 8)),
    ("A{}m_v2", 8, (2, 4, 8)),
    ("B{}ms", 4, (2, 4, 8, 12, 16, 20)),
    *((f"B{{}}{kind}_v2", 4, (2, 4, 8, 16, 32)) for kind in ("s", "as", "ps")),
    *((f"D{{}}{kind}_v3", 4, _TO_64) for kind in ("", "s")),
    *((f"D{{}}{kind}_v4", 4, _TO_64) for kind in ("", "s", "d", "ds")),
    *((f"D{{}}{kind}_v4", 4, _TO_96) for kind in ("a", "as")),
    *((f"D{{}}{kind}_v5", 4, _TO_96) for kind in ("", "s", "d", "ds", "as", "ads")),
    *((f"D{{}}{kind}_v5", 2, _TO_96) for kind in ("ls", "lds")),
    *((f"D{{}}{kind}_v5", 4, _TO_64) for kind in ("ps", "pds")),
    *((f"D{{}}{kind}_v5", 2, _TO_64) for kind in ("pls", "plds")),
    *((f"D{{}}{kind}_v6", 4, _TO_96) for kind in ("s", "ds", "as", "ads", "ps", "pds")),
    *((f"D{{}}{kind}_v6", 2, _TO_96) for kind in ("ls", "lds", "als", "alds", "pls", "plds")),
    *((f"E{{}}{kind}_v3", 8, _E_TO_64) for kind in ("", "s")),
    *((f"E{{}}{kind}_v4", 8, _E_TO_64) for kind in ("", "s", "d", "ds")),
    *((f"E{{}}{kind}_v4", 8, _E_TO_96) for kind in ("a", "as")),
    *((f"E{{}}{kind}_v5", 8, _E_TO_96) for kind in ("", "s", "d", "ds", "as", "ads", "bs", "bds")),
    *((f"E{{}}{kind}_v6", 8, _E_TO_96) for kind in ("s", "ds", "as", "ads")),
    *((f"F{{}}{kind}", 2, (1, 2, 4, 8, 16)) for kind in ("", "s")),
    ("F{}s_v2", 2, (2, 4, 8, 16, 32, 48, 64, 72)),
    *((f"F{{}}{kind}_v6", gib, (2, 4, 8, 16, 32, 48, 64)) for kind, gib in (("als", 2), ("as", 4), ("ams", 8))),
    *((f"L{{}}{kind}", 8, (8, 16, 32, 48, 64, 80)) for kind in ("s_v2", "s_v3", "as_v3")),
    ("L{}s", 8, (4, 8, 16, 32)),
    ("M{}ms", 27.34, (8, 16, 32, 64, 128)),
    ("M{}s", 16, (64, 128)),
    ("NC{}as_T4_v3", 7, (4, 8, 16, 64)),
    ("NC{}ads_A100_v4", 9.17, (24, 48, 96)),
    ("NC{}s_v3", 18.67, (6, 12, 24)),
    ("NV{}ads_A10_v5", 9.17, (6, 12, 18, 36, 72)),
    ("HB{}rs_v3", 3.73, (120,)),
    ("HC{}rs", 8, (44,)),
    ("DC{}s_v2", 4, (1, 2, 4, 8)),
    ("DC{}s_v3", 8, (1, 2, 4, 8, 16, 24, 32, 48)),
)
# Older ones are numbered: cores and GiB stand for themselves.
_BY_NUMBER: tuple[tuple[str, int, float], ...] = (
    *((f"A{number}", cores, gib) for number, cores, gib in ((0, 1, 0.75), (1, 1, 1.75), (2, 2, 3.5), (3, 4, 7))),
    *((f"A{number}", cores, gib) for number, cores, gib in ((4, 8, 14), (5, 2, 14), (6, 4, 28), (7, 8, 56))),
    ("B1ls", 1, 0.5),
    ("B1s", 1, 1),
    ("B1ms", 1, 2),
    ("B2s", 2, 4),
    ("B2ts_v2", 2, 1),
    ("B2ls_v2", 2, 4),
    ("B4ls_v2", 4, 8),
    *(
        (f"{kind}{number}{generation}", cores, cores * gib)
        for kind in ("D", "DS")
        for generation in ("", "_v2")
        for gib, numbers in ((3.5, ((1, 1), (2, 2), (3, 4), (4, 8))), (7, ((11, 2), (12, 4), (13, 8), (14, 16))))
        for number, cores in numbers
    ),
    *(
        (f"{kind}{number}_v2", cores, gib)
        for kind in ("D", "DS")
        for number, cores, gib in ((5, 16, 56), (15, 20, 140))
    ),
    *((f"{kind}{number}", 2**number, 14 * 2**number) for kind in ("G", "GS") for number in range(1, 6)),
)


def _offered() -> Iterator[Size]:
    for template, gib, numbers in _BY_CORES:
        for cores in numbers:
            yield Size(f"Standard_{template.format(cores)}", cores, int(cores * gib * 1024))
    for name, cores, gib in _BY_NUMBER:
        yield Size(f"Standard_{name}", cores, int(gib * 1024))
    for number, cores, gib in ((0, 1, 0.75), (1, 1, 1.75), (2, 2, 3.5), (3, 4, 7), (4, 8, 14)):
        yield Size(f"Basic_A{number}", cores, int(gib * 1024))


SIZES = tuple(_offered())
_CORES = {size.name.lower(): size.cores for size in SIZES}
# An update of their host pauses no machine, but for these letters (documentation, "Maintenance for virtual machines").
_MOVED_BY_MAINTENANCE = ("G", "L", "M", "N", "H")


def is_offered(size: str) -> bool:
    """Whether there is such a size, in any case; of some, cores can be switched off.

    >>> is_offered("standard_d2s_v3"), is_offered("Standard_E4-2s_v5"), is_offered("Standard_D3s_v3")
    (True, True, False)
    """
    return _CONSTRAINED.sub(r"\1\2", size.lower()) in _CORES


def check(world: "World", size: str, joining: "ScaleSet") -> None:
    """Refuses a size that the set's region has not; what a fleet file or an import has brought there, it has."""
    if not size or is_offered(size):
        return
    others = (one for one in world.sets.values() if one is not joining and one.location == joining.location)
    if not any(one.model.size.lower() == size.lower() for one in others):
        raise size_not_valid(size, [one.name for one in SIZES])


def keeps_memory(size: str) -> bool:
    """Whether the host of such a machine can be updated without losing its memory.

    >>> keeps_memory("Standard_D2s_v3"), keeps_memory("Standard_M64s"), keeps_memory("Standard_GS2")
    (True, False, False)
    """
    found = _NAME.fullmatch(size)
    return found is None or not found[1].upper().startswith(_MOVED_BY_MAINTENANCE)


def cores_of(size: str) -> int:
    """The cores of a size, which its name tells, but for the oldest ones.

    >>> cores_of("Standard_D16s_v5"), cores_of("Standard_DS1_v2"), cores_of("Standard_A0"), cores_of("mine")
    (16, 1, 1, 1)
    """
    known = _CORES.get(size.lower())
    if known is not None:
        return known
    found = _NAME.fullmatch(size)
    return max(1, int(found[2][:4])) if found is not None else 1


def family_of(size: str) -> str:
    """The family that a size is counted in.

    >>> family_of("Standard_D2s_v3"), family_of("Standard_DS1_v2"), family_of("Standard_A1_v2")
    ('standardDSv3Family', 'standardDSv2Family', 'standardAv2Family')
    """
    found = _NAME.fullmatch(size)
    if found is None:
        return "standardFamily"
    letters, suffix, generation = found[1].upper(), found[3].lower(), found[4]
    premium = "S" if "s" in suffix and not letters.endswith("S") else ""
    others = suffix.replace("s", "")
    return f"standard{letters}{others.upper()}{premium}{f'v{generation}' if generation else ''}Family"
