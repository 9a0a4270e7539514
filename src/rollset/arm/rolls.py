"""`rollingUpgrades/latest`: how Azure's own rolling upgrade of a set stands.

It has neither id nor name, and codes are compared without regard to case: `RollingForward` while it runs, then
`Cancelled`, `Completed` or `Faulted` (recorded tests of the Python SDK), `RollingBack` where it undoes itself
(`RollingUpgradeStatusCode` of the newest azure-mgmt-compute).
"""

from __future__ import annotations

import msgspec

_RUNNING = frozenset({"rollingforward", "rollingback"})


class _RunningStatus(msgspec.Struct):
    code: str | None = None


class _Properties(msgspec.Struct, rename="camel"):
    running_status: _RunningStatus = msgspec.field(default_factory=_RunningStatus)


class Roll(msgspec.Struct):
    """The latest run."""

    properties: _Properties = msgspec.field(default_factory=_Properties)

    @property
    def running(self) -> bool:
        """Whether it goes on at this moment."""
        return (self.properties.running_status.code or "").lower() in _RUNNING


ROLL = msgspec.json.Decoder(Roll)
