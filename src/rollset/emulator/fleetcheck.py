"""What a fleet file may not say although its types are right: names, counts and durations that Azure has not."""

import math
import re
from ipaddress import IPv4Network
from itertools import pairwise
from urllib.parse import urlsplit

from rollset.emulator import choices
from rollset.emulator.changerules import SET_NAME, are_zones
from rollset.emulator.errors import FleetError
from rollset.emulator.fleet import FleetSet, Timing, shown

# Ids of instances are whole numbers that Azure never starts anew.
NUMBER_MAX = 10**9
# Azure takes no smaller subnet.
SUBNET_PREFIX_MAX = 29
GROUP_NAME = re.compile(r"[\w().-]{0,89}[\w()-]")


def check_set(wanted: FleetSet, path: str) -> None:
    """Refuses a set that could not stand; `path` is its place in the fleet file."""
    if not GROUP_NAME.fullmatch(wanted.resource_group):
        raise FleetError(
            f"{path}.resource_group: expected up to 90 letters, digits, '_', '-', '.', '(' and ')', "
            f"not ending in '.', got {shown(wanted.resource_group)}"
        )
    if not SET_NAME.fullmatch(wanted.name):
        raise FleetError(
            f"{path}.name: expected up to 64 letters, digits, '_', '-' and '.', beginning with a letter or digit "
            f"and not ending in '.' or '-', got {shown(wanted.name)}"
        )
    if not 0 <= wanted.capacity <= choices.CAPACITY_MAX:
        raise FleetError(
            f"{path}.capacity: expected a whole number from 0 to {choices.CAPACITY_MAX}, got {shown(wanted.capacity)}"
        )
    if wanted.numbers is not None:
        _check_numbers(wanted.numbers, wanted.capacity, path)
    if wanted.fault_domains is not None and not 1 <= wanted.fault_domains <= choices.FAULT_DOMAINS_MAX:
        raise FleetError(
            f"{path}.fault_domains: expected a whole number from 1 to {choices.FAULT_DOMAINS_MAX}, "
            f"got {shown(wanted.fault_domains)}"
        )
    if not are_zones(wanted.zones):
        raise FleetError(f"{path}.zones: expected some of '1', '2' and '3', each once, got {shown(wanted.zones)}")
    if isinstance(wanted.image, dict) and "uri" in wanted.image and not _is_uri(wanted.image["uri"]):
        raise FleetError(f"{path}.image.uri: expected an http or https address, got {shown(wanted.image['uri'])}")
    if wanted.upgrade_seconds is not None:
        _check_timing(wanted.upgrade_seconds, f"{path}.upgrade_seconds")
    if wanted.subnet is not None:
        _check_subnet(wanted.subnet, f"{path}.subnet")


def _check_numbers(numbers: list[int], capacity: int, path: str) -> None:
    rising = all(before < after for before, after in pairwise(numbers))
    if len(numbers) != capacity or not rising or (numbers and not 0 <= numbers[0] <= numbers[-1] <= NUMBER_MAX):
        raise FleetError(f"{path}.numbers: expected as many ids as the capacity says, rising, got {shown(numbers)}")


def _check_timing(timing: Timing, path: str) -> None:
    if not 0 < timing.median < math.inf:
        raise FleetError(f"{path}.median: expected a number above 0, got {timing.median}")
    if not 0 <= timing.spread <= 1:
        raise FleetError(f"{path}.spread: expected a number from 0 to 1, got {timing.spread}")


def _check_subnet(text: str, path: str) -> None:
    try:
        prefix = IPv4Network(text).prefixlen
    except ValueError as error:
        raise FleetError(f"{path}: expected a subnet such as 127.1.0.0/16, got {shown(text)}") from error
    if prefix > SUBNET_PREFIX_MAX:
        raise FleetError(f"{path}: expected a prefix of at most {SUBNET_PREFIX_MAX}, as Azure does, got {shown(text)}")


def _is_uri(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and text.isprintable() and " " not in text
