"""Azure's regions, as far as the emulator knows them; any other name works as well."""

from typing import NamedTuple


class Region(NamedTuple):
    """A region."""

    name: str
    display_name: str
    geography: str
    latitude: float
    longitude: float


REGIONS = (
    Region("westus", "West US", "US", 37.783, -122.417),
    Region("westus2", "West US 2", "US", 47.233, -119.852),
    Region("eastus", "East US", "US", 37.3719, -79.8164),
    Region("eastus2", "East US 2", "US", 36.6681, -78.3889),
    Region("southcentralus", "South Central US", "US", 29.4167, -98.5),
    Region("northeurope", "North Europe", "Europe", 53.3478, -6.2597),
    Region("westeurope", "West Europe", "Europe", 52.3667, 4.9),
    Region("southeastasia", "Southeast Asia", "Asia Pacific", 1.283, 103.833),
)
_DISPLAY_NAMES = {region.name: region.display_name for region in REGIONS}


def folded(region: str) -> str:
    """`West US` and `westus` name the same place.

    >>> folded("West US")
    'westus'
    """
    return region.replace(" ", "").lower()


def display_name(region: str) -> str:
    """The name as galleries show it, such as `South Central US`."""
    return _DISPLAY_NAMES.get(folded(region), region)
