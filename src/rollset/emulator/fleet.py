"""The fleet file: which images are on offer, which scale sets stand, what is wrong with them. YAML or JSON."""

import re
from pathlib import Path
from typing import Any, Literal

import msgspec

from rollset.emulator.errors import EmulatorError, FleetError
from rollset.emulator.faults import AnyFault
from rollset.emulator.fleetyaml import CHARACTERS_MAX, read_yaml

Health = Literal["load-balancer", "extension", "none"]


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a fleet file; members that it does not know are refused."""


Generation = Literal["V1", "V2"]
Architecture = Literal["x64", "Arm64"]


class PlanPart(Part, frozen=True):
    """What is bought with a marketplace image; its terms wait to be accepted."""

    name: str
    publisher: str
    product: str


class DeprecationPart(Part, frozen=True):
    """How near its end a version is; `at` as `2026-12-01T00:00:00+00:00`, `instead` another SKU."""

    state: Literal["Active", "ScheduledForDeprecation", "Deprecated"] = "Deprecated"
    at: str | None = None
    instead: str | None = None


class ImageOffer(Part, frozen=True):
    """Versions of a platform image on offer; replaces the built-in ones of the same publisher, offer and sku."""

    urn: str
    versions: list[str]
    os: Literal["Windows", "Linux"] = "Windows"
    # By default what the name of the sku says.
    generation: Generation | None = None
    architecture: Architecture = "x64"
    plan: PlanPart | None = None
    # By version.
    deprecated: dict[str, DeprecationPart] = {}


class Timing(Part, frozen=True):
    """How long upgrades take, in emulated seconds."""

    median: float
    spread: float = 0.2


class CustomImage(Part, frozen=True):
    """A managed image or a gallery image version that exists; its gallery and gallery image come with it."""

    # A resource id; `{subscription}` in it stands for the emulated one.
    id: str
    regions: list[str] = []
    exclude_from_latest: bool = False
    os: Literal["Windows", "Linux"] = "Windows"
    end_of_life: str | None = None
    # Of the gallery image, or the managed image itself.
    generation: Generation = "V1"
    architecture: Architecture = "x64"
    plan: PlanPart | None = None


class InstanceState(Part, frozen=True):
    """In what an instance differs from the others."""

    power: Literal["running", "stopped", "deallocated"] = "running"
    health: Literal["healthy", "unhealthy"] = "healthy"
    protected: bool = False
    # The version of the set's platform image that it runs instead of the model's.
    image_version: str | None = None
    # Another image that it runs instead: as the set's `image`.
    image: str | dict[Literal["id", "uri"], str] | None = None
    # What `latest` came to for it.
    exact_version: str | None = None
    # The code with which the last thing that was done to it failed.
    failed: str | None = None
    # Where it stands, where the emulator would have placed it elsewhere.
    zone: str | None = None
    update_domain: int | None = None
    fault_domain: int | None = None


class FleetSet(Part, frozen=True):
    """A scale set that stands when the emulator starts."""

    resource_group: str
    name: str
    capacity: int = 3
    location: str | None = None
    os: Literal["Windows", "Linux"] = "Windows"
    # PUBLISHER:OFFER:SKU:VERSION, or {id: ...}, or {uri: ...} for an unmanaged blob.
    image: str | dict[Literal["id", "uri"], str] | None = None
    size: str = "Standard_D2s_v3"
    upgrade_policy: Literal["Manual", "Automatic", "Rolling"] = "Manual"
    orchestration: Literal["Uniform", "Flexible"] = "Uniform"
    fault_domains: int | None = None
    zones: list[str] = []
    single_placement_group: bool | None = None
    health: Health = "load-balancer"
    upgrade_seconds: Timing | None = None
    # In which its instances have their addresses, such as 127.1.0.0/16; one of its own when left out.
    subnet: str | None = None
    tags: dict[str, str] = {}
    # The whole document, as a client would PUT it, instead of all that is above but group, name and capacity;
    # `{subscription}` in it stands for the emulated one.
    model: dict[str, Any] | None = None
    # The ids of the instances, where they are not 0, 1, 2, ... up to the capacity.
    numbers: list[int] | None = None
    # By id. Names of a Flexible set's members are drawn, so there a number stands for who was made then: 0, 1, 2, ...
    instances: dict[str, InstanceState] = {}


class Fleet(Part, frozen=True):
    """A fleet file."""

    location: str = "westus"
    images: list[ImageOffer] = []
    custom_images: list[CustomImage] = []
    scale_sets: list[FleetSet] = []
    faults: list[AnyFault] = []


ARTICLE_IMAGE = "MicrosoftWindowsServer:WindowsServer:2012-R2-Datacenter:4.0.20160126"
UBUNTU_IMAGE = "Canonical:0001-com-ubuntu-server-jammy:22_04-lts-gen2:22.04.202407220"


def default_fleet() -> Fleet:
    """The article's case: 20 Windows instances over five update and five fault domains, upgraded by hand."""
    return Fleet(
        location="westus",
        scale_sets=[
            FleetSet(
                resource_group="myrg",
                name="myvmss",
                capacity=20,
                image=ARTICLE_IMAGE,
                fault_domains=5,
                health="load-balancer",
            )
        ],
    )


def load_fleet(path: Path) -> Fleet:
    """The fleet of a YAML or JSON file."""
    try:
        with path.open(encoding="utf-8") as file:
            text = file.read(CHARACTERS_MAX + 1)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise EmulatorError(f"{path}: cannot be read: {reason}") from error
    try:
        return parse_fleet(text)
    except EmulatorError as error:
        raise EmulatorError(f"{path}: {error}") from error


def parse_fleet(text: str) -> Fleet:
    """The fleet that a text describes; the first fault is named with its place."""
    data = read_yaml(text)
    if data is None:
        data = {}
    plain = _with_text_keys(data)
    try:
        return msgspec.convert(plain, Fleet, strict=False)
    except msgspec.ValidationError as error:
        raise FleetError(_sentence(str(error), plain)) from error


def _with_text_keys(data: Any) -> Any:
    """YAML reads `3:` as a number and `2012-01-01` as a date; names and versions are text."""
    if isinstance(data, dict):
        return {str(name): _with_text_keys(value) for name, value in data.items()}
    if isinstance(data, list):
        return [_with_text_keys(value) for value in data]
    return data


def shown(value: Any) -> str:
    """A value as a sentence quotes it, not longer than a reader will bear."""
    try:
        text = repr(value)
    except ValueError:  # Python writes out no number of thousands of digits.
        return "a number without measure"
    return text if len(text) <= SHOWN_CHARACTERS_MAX else f"{text[: SHOWN_CHARACTERS_MAX - 1]}…"


SHOWN_CHARACTERS_MAX = 60
_EXPECTED = re.compile(r"Expected `([^`]+)`(?:, got `[^`]+`)?(.*)")
_WORDS = {
    "int": "a whole number",
    "float": "a number",
    "str": "text",
    "bool": "true or false",
    "array": "a list",
    "object": "a mapping",
}


def _sentence(problem: str, data: Any) -> str:
    """A fault as `scale_sets[0].capacity: expected a whole number, got 'x'`."""
    said, _, place = problem.partition(" - at `$")
    path = place.rstrip("`").lstrip(".")
    if match := _EXPECTED.fullmatch(said):
        kinds = " or ".join(_WORDS.get(kind.strip(), kind.strip()) for kind in match[1].split("|"))
        said = f"expected {kinds}{match[2]}, got {shown(_value_at(data, path))}"
    elif said.startswith("Object contains unknown field"):
        said = f"unknown member {said.rpartition('field ')[2].replace('`', chr(39))}"
    elif said.startswith("Object missing required field"):
        said = f"missing member {said.rpartition('field ')[2].replace('`', chr(39))}"
    else:
        said = said[:1].lower() + said[1:].replace("`", "'")
    return f"{path}: {said}" if path else said


def _value_at(data: Any, path: str) -> Any:
    value = data
    for name, index in re.findall(r"([^.\[\]]+)|\[(\d+|\.\.\.)\]", path):
        if index.isdigit() and isinstance(value, list) and int(index) < len(value):
            value = value[int(index)]
        elif name and isinstance(value, dict):
            value = value.get(name)
    return value
