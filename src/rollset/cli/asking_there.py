"""Sets as a dashboard shows them, which asks Azure itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from rollset.cli.asked import Asked
from rollset.cli.lookout import Examination, Listed
from rollset.cli.options import ConnectionFlags
from rollset.client.line import Line
from rollset.core.change import UNCHANGED, VersionChange
from rollset.core.ids import ScaleSetId
from rollset.core.image import LATEST
from rollset.core.plan import Plan
from rollset.core.preflight.examine import KINDS
from rollset.core.preflight.finding import Finding, Kind, Severity
from rollset.engine.prepare import Wish
from rollset.engine.records import Unreadable, decode, decode_order
from rollset.faces.offer import Offer, read_offer
from rollset.faces.rewording import flags_for
from rollset.faces.rolloutfile.writing import wish_text
from rollset.faces.sight import Sight

LIST_MAX = 1000
"""So many sets are asked for at once."""

LISTED = (
    "id",
    "subscription",
    "resource_group",
    "name",
    "location",
    "zones",
    "vm_size",
    "capacity",
    "os_type",
    "orchestration",
    "provisioning",
    "upgrade_policy",
    "automatic_os_upgrade",
    "health_source",
    "image",
    "tags",
    "exact_image",
    "outdated",
    "remark",
    "looked_at",
)
"""What `list` tells of a set; a dashboard tells more of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedThere:
    """A plan, what was found around the set, and the rollout of it that has not ended."""

    plan: Plan
    findings: Sequence[Finding]
    going: str | None


class AskingThere:
    """A `Lookout` at the end of a line."""

    def __init__(self, line: Line, connection: ConnectionFlags) -> None:
        self._line = line
        self._subscription = connection.subscription

    async def listed(self) -> Listed:
        found: list[dict[str, Any]] = []
        while True:
            told = await self._line.read("sets", subscription=self._subscription, limit=LIST_MAX, offset=len(found))
            found += told["scale_sets"]
            if not told["scale_sets"] or len(found) >= told["matched"]:
                break
        return Listed(
            subscription=self._subscription,
            scale_sets=sorted(map(_as_listed, found), key=lambda one: f"{one['resource_group']}/{one['name']}".lower()),
            troubles=told["troubles"],
        )

    async def see(self, scale_set: ScaleSetId) -> Sight:
        told = await self._line.read(f"{path_of(scale_set)}/sight")
        try:
            return decode(told["sight"], Sight)
        except Unreadable as error:
            raise self._line.stranger(f"what it sees cannot be read: {error}") from error

    async def plan(self, scale_set: ScaleSetId, asked: Asked) -> Plan:
        asked.wish(scale_set)  # What contradicts itself is told in the words of flags.
        return (await plan_there(self._line, scale_set, wish_text(scale_set, asked.flags))).plan

    async def offer(self, scale_set: ScaleSetId) -> Offer:
        sight, told = await self.see(scale_set), await self._line.read(f"{path_of(scale_set)}/images")
        return read_offer(sight.fleet.scale_set, told)

    async def examine(self, wish: Wish) -> Examination:
        any_image = wish.change == UNCHANGED
        named = replace(wish, change=VersionChange(version=LATEST)) if any_image else wish
        file = wish_text(wish.scale_set, flags_for(named)).encode()
        path = f"{path_of(wish.scale_set)}/findings"
        told = await self._line.consult(path, file, exact="true", any_image=str(any_image).lower())
        plan = _plan_in(told, self._line)
        return Examination(plan=plan, findings=list(map(_finding, told["findings"])), requests=None)


async def plan_there(line: Line, scale_set: ScaleSetId, file: str) -> PlannedThere:
    """The plan that a rollout file makes at the dashboard, made again from what it saw.

    Raises:
        Stranger: the dashboard makes another plan of that, so it is of another version.
        ServerError: it makes none; see `faults`.
    """
    told = await line.consult(f"{path_of(scale_set)}/plan", file.encode(), exact="true")
    plan = _plan_in(told, line)
    if plan.hash != told["plan"]["hash"]:
        raise line.stranger("it makes another plan of the same set")
    return PlannedThere(plan=plan, findings=list(map(_finding, told["findings"])), going=told["going"])


def _plan_in(told: Mapping[str, Any], line: Line) -> Plan:
    try:
        return decode_order(told["order"]).plan
    except Unreadable as error:
        raise line.stranger(f"its plan cannot be read: {error}") from error


def path_of(scale_set: ScaleSetId) -> str:
    """What the paths of all operations on a set begin with, below `/api/`."""
    parts = (scale_set.subscription, scale_set.resource_group, scale_set.name)
    return "/".join(("sets", *(quote(one, safe="") for one in parts)))


def _finding(told: dict[str, Any]) -> Finding:
    known = {kind.name: kind for kind in KINDS}
    name, severity = told["name"], Severity(told["severity"])
    kind = known.get(name) or Kind(name=name, severity=severity, means="", acceptable=told["accept"])
    return Finding(kind=kind, fact=told["fact"], remedy=told["remedy"])


def _as_listed(told: dict[str, Any]) -> dict[str, Any]:
    return {name: told[name] for name in LISTED}
