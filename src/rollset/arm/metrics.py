"""What Azure Monitor measured of one instance, minute by minute."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

WINDOW_SECONDS = 600.0
"""So far back a value may lie; Azure Monitor shows what it measures some minutes late."""


class _Point(msgspec.Struct, rename="camel"):
    time_stamp: str = ""
    average: float | None = None
    minimum: float | None = None
    maximum: float | None = None
    total: float | None = None
    count: float | None = None


class _Series(msgspec.Struct):
    data: list[_Point] | None = None


class _Metric(msgspec.Struct):
    timeseries: list[_Series] | None = None


class MetricsShape(msgspec.Struct):
    """The answer about one metric."""

    value: list[_Metric] | None = None


METRICS = msgspec.json.Decoder(MetricsShape)


def latest(shape: MetricsShape, aggregation: str, since: float) -> float | None:
    """The newest value whose whole minute lies after `since`."""
    found = [
        (at, number)
        for metric in shape.value or ()
        for series in metric.timeseries or ()
        for point in series.data or ()
        if (number := getattr(point, aggregation)) is not None and (at := _moment(point.time_stamp)) is not None
    ]
    fresh = [one for one in found if one[0] >= since]
    return max(fresh)[1] if fresh else None


def timespan(start: float, end: float) -> str:
    """`START/END`, as Azure reads it."""
    return "/".join(datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") for at in (start, end))


def _moment(text: str) -> float | None:
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        return None
