"""Points in time as Azure writes them: up to seven fractional digits, trailing zeros dropped, an offset."""

from datetime import UTC, datetime
from email.utils import formatdate


def azure_time(seconds: float) -> str:
    """UNIX seconds as in recorded bodies, for example `2024-08-26T08:30:21.6338452+00:00`."""
    ticks = round(seconds * 10_000_000)
    whole, fraction = divmod(ticks, 10_000_000)
    text = datetime.fromtimestamp(whole, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    digits = f"{fraction:07d}".rstrip("0")
    return f"{text}.{digits}+00:00" if digits else f"{text}+00:00"


def http_date(seconds: float) -> str:
    """The value of a `Date` header."""
    return formatdate(seconds, usegmt=True)
