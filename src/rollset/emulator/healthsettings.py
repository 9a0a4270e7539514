"""Who says whether instances are healthy, and how often it must say the same before it counts.

Azure documentation: "Using Application Health extension with Virtual Machine Scale Sets", "Azure Load Balancer health
probes". Of a load balancer's probe a scale set only names the id; it has the defaults here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from rollset.emulator import choices
from rollset.emulator.documents import Json, at, section

HEALTH_EXTENSIONS = ("applicationhealthlinux", "applicationhealthwindows")


class HealthSource(Enum):
    """Who says whether an instance is healthy."""

    PROBE = "probe"
    BINARY_EXTENSION = "binary extension"
    RICH_EXTENSION = "rich extension"


class HealthState(Enum):
    """The part of `HealthState/...` after the slash. The binary sources know two, the rich extension all."""

    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    UNKNOWN = "unknown"
    INITIALIZING = "initializing"


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthSettings:
    """A health source with its settings; times in seconds."""

    source: HealthSource | None = None
    interval: float = choices.PROBE_SECONDS
    # So many equal answers in a row change the state.
    answers: int = 1
    # A machine that boots is initializing at most so long; only the rich extension knows that state.
    grace: float = 0.0
    # Who only opens a connection cannot tell a bad answer from none.
    tcp: bool = False

    @classmethod
    def of(cls, profile: Json, extensions: Sequence[Json]) -> "HealthSettings":
        """The probe or else the Application Health extension that a profile names."""
        if at(profile, "networkProfile", "healthProbe", "id"):
            return cls(source=HealthSource.PROBE)
        for extension in extensions:
            if str(at(extension, "properties", "type") or "").lower() in HEALTH_EXTENSIONS:
                return _of_extension(section(extension, "properties"))
        return cls()


def _of_extension(properties: Json) -> HealthSettings:
    settings = section(properties, "settings")
    rich = not str(properties.get("typeHandlerVersion") or "1.0").startswith("1.")
    interval = _within(settings.get("intervalInSeconds"), *choices.HEALTH_INTERVAL_SECONDS, choices.PROBE_SECONDS)
    answers = int(_within(settings.get("numberOfProbes"), *choices.HEALTH_ANSWERS, 1))
    usual = interval * answers
    grace = _within(settings.get("gracePeriod"), *choices.HEALTH_GRACE_SECONDS, usual)
    return HealthSettings(
        source=HealthSource.RICH_EXTENSION if rich else HealthSource.BINARY_EXTENSION,
        interval=interval,
        answers=answers,
        grace=grace if rich else 0.0,
        tcp=str(settings.get("protocol", "")).lower() == "tcp",
    )


def _within(value: Any, least: float, most: float, usual: float) -> float:
    """A setting, kept within what the extension takes; what is no number counts as left out."""
    given = isinstance(value, int | float) and not isinstance(value, bool)
    return min(max(float(value), least), most) if given else usual
