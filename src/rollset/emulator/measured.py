"""What Azure Monitor shows of a metric: a value for each whole minute, and only some time after it was measured."""

from collections.abc import Sequence

from rollset.emulator import choices
from rollset.emulator.documents import Json
from rollset.emulator.metrics import Metrics
from rollset.emulator.timestamps import azure_time

MINUTE = 60.0
AGGREGATIONS = ("Average", "Minimum", "Maximum", "Total", "Count")

# Metrics that every virtual machine has, measured or not (documentation, "Supported metrics for
# Microsoft.Compute/virtualMachineScaleSets/virtualMachines"), with their units.
PLATFORM_METRICS = {
    "Percentage CPU": "Percent",
    "Available Memory Bytes": "Bytes",
    "Network In Total": "Bytes",
    "Network Out Total": "Bytes",
    "Disk Read Bytes": "Bytes",
    "Disk Write Bytes": "Bytes",
    "Disk Read Operations/Sec": "CountPerSecond",
    "Disk Write Operations/Sec": "CountPerSecond",
}


def series(name: str, sources: Sequence[Metrics], aggregations: Sequence[str], start: float, end: float) -> list[Json]:
    """A point for each whole minute between two times that has been and is shown; without a value it is bare."""
    points = []
    minute = start - start % MINUTE
    while minute + MINUTE <= end:
        found = {how: _value(name, sources, how, minute) for how in aggregations}
        values = {how.lower(): value for how, value in found.items() if value is not None}
        points.append({"timeStamp": azure_time(minute), **values})
        minute += MINUTE
    return points


def shown_until(now: float) -> float:
    """What was measured later is not to be had yet."""
    return now - choices.METRIC_LAG_SECONDS


def known(name: str, sources: Sequence[Metrics]) -> str | None:
    """The name as Azure writes it, if there is such a metric."""
    for one in (*PLATFORM_METRICS, *(each for source in sources for each in source.now())):
        if one.lower() == name.lower():
            return one
    return None


def _value(name: str, sources: Sequence[Metrics], how: str, minute: float) -> float | None:
    """Of the first source that has one: what was set for the instance itself comes before what the set has."""
    for source in sources:
        value = source.aggregate(name, how, minute, minute + MINUTE)
        if value is not None:
            return value
    return None
