"""An autoscale setting as a client writes it, read into what the engine needs; what cannot be is refused.

Azure documentation: "Autoscale settings in Azure Monitor", and the models of `Microsoft.Insights/autoscaleSettings`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from rollset.emulator.autoscaleprofiles import Calendar, calendar_of
from rollset.emulator.documents import Json, objects, section
from rollset.emulator.isodurations import seconds_of
from rollset.emulator.refusal import invalid_value

OPERATORS: dict[str, Callable[[float, float], bool]] = {
    "Equals": eq,
    "NotEquals": ne,
    "GreaterThan": gt,
    "GreaterThanOrEqual": ge,
    "LessThan": lt,
    "LessThanOrEqual": le,
}
AGGREGATIONS = ("Average", "Minimum", "Maximum", "Total", "Count", "Last")
DIRECTIONS = {"Increase": 1, "Decrease": -1}
CHANGES = ("ChangeCount", "PercentChangeCount", "ExactCount")
PROFILES_MAX, RULES_MAX = 20, 10
WINDOW_SECONDS = (300.0, 43_200.0)
COOLDOWN_SECONDS = (60.0, 604_800.0)
CAPACITY_DIGITS_MAX = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When a metric says so, capacity changes."""

    metric: str
    window: float
    aggregation: str
    operator: str
    threshold: float
    per_instance: bool
    direction: int
    change: str
    amount: int
    cooldown: float

    def holds(self, value: float) -> bool:
        return OPERATORS[self.operator](value, self.threshold)

    def wanted(self, capacity: int) -> int:
        """The capacity that the rule asks for."""
        if self.change == "ExactCount":
            return self.amount
        percent = self.change == "PercentChangeCount"
        step = max(1, round(capacity * self.amount / 100)) if percent else self.amount
        return capacity + self.direction * step


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Limits of capacity and rules, for all of the time or for some of it."""

    name: str
    minimum: int
    maximum: int
    default: int
    rules: tuple[Rule, ...]
    calendar: Calendar | None

    def clamped(self, capacity: int) -> int:
        return min(max(capacity, self.minimum), self.maximum)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a setting asks for: of which set, and by which profiles."""

    target: str
    enabled: bool
    profiles: tuple[Profile, ...]


def plan_of(properties: Json) -> Plan:
    """The plan of a setting's properties; refuses what Azure Monitor would not take, with its place."""
    target = properties.get("targetResourceUri")
    if not isinstance(target, str) or "/virtualmachinescalesets/" not in target.lower():
        raise invalid_value("targetResourceUri", target)
    profiles = objects(properties, "profiles")
    if not 1 <= len(profiles) <= PROFILES_MAX:
        raise invalid_value("profiles")
    enabled = properties.get("enabled", True)
    if not isinstance(enabled, bool):
        raise invalid_value("enabled", enabled)
    read = tuple(_profile(one, f"profiles[{index}]") for index, one in enumerate(profiles))
    return Plan(target=target.rstrip("/").lower(), enabled=enabled, profiles=read)


def _profile(document: Json, path: str) -> Profile:
    capacity = section(document, "capacity")
    least, most, usual = (
        _count(capacity.get(name), f"{path}.capacity.{name}") for name in ("minimum", "maximum", "default")
    )
    if not least <= usual <= most:
        raise invalid_value(f"{path}.capacity")
    rules = objects(document, "rules")
    if len(rules) > RULES_MAX:
        raise invalid_value(f"{path}.rules")
    return Profile(
        name=_text(document.get("name"), f"{path}.name"),
        minimum=least,
        maximum=most,
        default=usual,
        rules=tuple(_rule(one, f"{path}.rules[{index}]") for index, one in enumerate(rules)),
        calendar=calendar_of(document, path),
    )


def _rule(document: Json, path: str) -> Rule:
    trigger, action = section(document, "metricTrigger"), section(document, "scaleAction")
    threshold = trigger.get("threshold")
    if isinstance(threshold, bool) or not isinstance(threshold, int | float):
        raise invalid_value(f"{path}.metricTrigger.threshold", threshold)
    when, then = f"{path}.metricTrigger", f"{path}.scaleAction"
    return Rule(
        metric=_text(trigger.get("metricName"), f"{when}.metricName"),
        window=_duration(trigger.get("timeWindow"), WINDOW_SECONDS, f"{when}.timeWindow"),
        aggregation=_one_of(AGGREGATIONS, trigger.get("timeAggregation", "Average"), f"{when}.timeAggregation"),
        operator=_one_of(tuple(OPERATORS), trigger.get("operator"), f"{when}.operator"),
        threshold=float(threshold),
        per_instance=bool(trigger.get("dividePerInstance")),
        direction=DIRECTIONS[_one_of(tuple(DIRECTIONS), action.get("direction"), f"{then}.direction")],
        change=_one_of(CHANGES, action.get("type"), f"{then}.type"),
        amount=_count(action.get("value", "1"), f"{then}.value"),
        cooldown=_duration(action.get("cooldown"), COOLDOWN_SECONDS, f"{then}.cooldown"),
    )


def _count(value: Any, path: str) -> int:
    """Counts come as text."""
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not (text.isascii() and text.isdigit() and len(text) <= CAPACITY_DIGITS_MAX):
        raise invalid_value(path, value)
    return int(text)


def _text(value: Any, path: str) -> str:
    if not isinstance(value, str) or not value:
        raise invalid_value(path, value)
    return value


def _one_of(known: tuple[str, ...], value: Any, path: str) -> str:
    for name in known:
        if name.lower() == str(value).lower():
            return name
    raise invalid_value(path, value)


def _duration(value: Any, bounds: tuple[float, float], path: str) -> float:
    seconds = seconds_of(value)
    if seconds is None or not bounds[0] <= seconds <= bounds[1]:
        raise invalid_value(path, value)
    return seconds
