"""The autoscale settings that exist."""

from dataclasses import dataclass, field

from rollset.emulator.autoscaledocument import Plan
from rollset.emulator.documents import Json


@dataclass(slots=True, eq=False)
class AutoscaleSetting:
    """One setting: its document as it is answered, and what it asks for."""

    id: str
    document: Json
    plan: Plan
    scaled_at: float = 0.0

    @property
    def name(self) -> str:
        return self.id.rpartition("/")[2]


@dataclass(slots=True)
class AutoscaleSettings:
    """Every setting, by its id in any case."""

    _by_id: dict[str, AutoscaleSetting] = field(default_factory=dict)

    def get(self, setting_id: str) -> AutoscaleSetting | None:
        return self._by_id.get(setting_id.lower())

    def put(self, setting: AutoscaleSetting) -> None:
        self._by_id[setting.id.lower()] = setting

    def remove(self, setting_id: str) -> AutoscaleSetting | None:
        return self._by_id.pop(setting_id.lower(), None)

    def under(self, prefix: str) -> list[AutoscaleSetting]:
        return [one for key, one in self._by_id.items() if key.startswith(prefix.lower())]

    def of_target(self, target: str) -> AutoscaleSetting | None:
        """The setting that a resource already has; there can only be one."""
        return next((one for one in self._by_id.values() if one.plan.target == target), None)
