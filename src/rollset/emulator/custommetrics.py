"""What an application tells rolling upgrades by way of its health probe: its phase, and whether to leave it out.

Azure documentation: "Use custom metrics with rolling upgrades" (preview). Only the rich health extension over HTTP or
HTTPS reads it.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from rollset.emulator.documents import Json
from rollset.emulator.healthsettings import HealthSource

if TYPE_CHECKING:
    from rollset.emulator.instance import Instance


@dataclass(frozen=True, slots=True)
class CustomMetrics:
    """What one instance reports."""

    phase: int | None = None
    skip_upgrade: bool = False

    def substatus(self) -> Json:
        """As the extension shows it: a text of JSON within the JSON."""
        told: Json = {"SkipUpgrade": self.skip_upgrade}
        if self.phase is not None:
            told["PhaseOrderingNumber"] = self.phase
        return {
            "code": "ComponentStatus/CustomMetrics/succeeded",
            "level": "Info",
            "displayStatus": "Provisioning succeeded",
            "message": orjson.dumps({"rollingUpgrade": told}).decode(),
        }


def reported(instance: "Instance") -> CustomMetrics | None:
    """What the instance's extension hears, if it hears anything of that kind."""
    settings = instance.applied.health
    hears = settings.source is HealthSource.RICH_EXTENSION and not settings.tcp and instance.answers
    return instance.custom_metrics if hears else None
