"""Sizes of virtual machines: those that lists show, and what the name of any size tells."""

import re
from typing import NamedTuple

_NAME = re.compile(r"(?:Standard|Basic)_([A-Z]+)(\d+)(?:-\d+)?([a-z]*)(?:_v(\d+))?.*", re.IGNORECASE)


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
        """`HyperVGenerations`: Arm and confidential sizes boot the second alone, the oldest ones the first."""
        if self.architecture == "Arm64" or self.name.startswith("Standard_DC"):
            return "V2"
        return "V1,V2" if self.name.endswith(("v3", "v5", "ms")) else "V1"


SIZES = (
    Size("Standard_A1_v2", 1, 2048),
    Size("Standard_A2_v2", 2, 4096),
    Size("Standard_B2ms", 2, 8192),
    Size("Standard_DS1_v2", 1, 3584),
    Size("Standard_DS2_v2", 2, 7168),
    Size("Standard_D2s_v3", 2, 8192),
    Size("Standard_D4s_v3", 4, 16384),
    Size("Standard_D8s_v3", 8, 32768),
    Size("Standard_D2s_v5", 2, 8192),
    Size("Standard_D4s_v5", 4, 16384),
    Size("Standard_D8s_v5", 8, 32768),
    Size("Standard_D2ps_v5", 2, 8192),
    Size("Standard_DC2s_v2", 2, 8192),
    Size("Standard_E2s_v5", 2, 16384),
    Size("Standard_F2s_v2", 2, 4096),
)
_CORES = {size.name.lower(): size.cores for size in SIZES}


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
