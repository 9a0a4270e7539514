"""`orchestrationServices` in the instance view of a set: whether Azure repairs instances by itself now."""

from __future__ import annotations

import msgspec

REPAIRS = "AutomaticRepairs"


class _Service(msgspec.Struct, rename="camel"):
    service_name: str | None = None
    service_state: str | None = None


class SetView(msgspec.Struct, rename="camel"):
    """The instance view of a set."""

    orchestration_services: list[_Service] | None = None

    def repairs_are(self, state: str) -> bool:
        """Whether automatic repairs are `Running` or `Suspended`; they are neither where they are switched off."""
        return any(
            (one.service_name or "").lower() == REPAIRS.lower() and (one.service_state or "").lower() == state.lower()
            for one in self.orchestration_services or ()
        )


SET_VIEW = msgspec.json.Decoder(SetView)
