"""What operators do to a set and its instances outside of a rollout, as requests.

An action goes to the set, with all ids in one request. Of Flexible sets Azure's pages disagree whether that call is
there ("Orchestration modes" says so, the comparison of the two APIs names the calls of virtual machines), so where it
is refused for good the machines are asked one by one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from rollset.arm import api_versions
from rollset.arm.errors import NoSuchInstance, NoSuchScaleSet
from rollset.arm.line import Line
from rollset.arm.machines import machines_path, members_of
from rollset.arm.model_members import model_patch
from rollset.arm.operations import Operation, begun
from rollset.arm.stamps import STAMPED_PAGE, stamp_of
from rollset.arm.writes import patch, post_on_instances
from rollset.core.acts.act import Action, Protection
from rollset.core.fleet import Orchestration, ScaleSet, Setting
from rollset.core.ids import InstanceId
from rollset.core.image import Image

CAPACITY = "sku.capacity"


@dataclass(frozen=True, slots=True)
class _Call:
    """`attempt` names it where it is told, `of_set` and `of_machine` are the last words of its address."""

    attempt: str
    of_set: str
    of_machine: str | None = None
    """None where a virtual machine has no such call."""


_CALLS: Mapping[Action, _Call] = {
    Action.START: _Call("starting", "start", "start"),
    Action.RESTART: _Call("restarting", "restart", "restart"),
    Action.POWER_OFF: _Call("powering off", "poweroff", "powerOff"),
    Action.DEALLOCATE: _Call("deallocating", "deallocate", "deallocate"),
    Action.REDEPLOY: _Call("redeploying", "redeploy", "redeploy"),
    Action.REIMAGE: _Call("reimaging", "reimage", "reimage"),
    Action.UPGRADE: _Call("upgrading", "manualupgrade"),
    Action.DELETE: _Call("deleting", "delete"),
}


def has_machine_call(scale_set: ScaleSet, action: Action) -> bool:
    """Whether the members of the set can be asked one by one: as virtual machines of their own."""
    return scale_set.orchestration is Orchestration.FLEXIBLE and _CALLS[action].of_machine is not None


class Acts:
    """Writes, and nothing else; where Azure does not do as asked, methods raise `ArmError`. Each is sent once."""

    def __init__(self, line: Line) -> None:
        self._line = line

    async def on_instances(self, scale_set: ScaleSet, action: Action, instances: Sequence[InstanceId]) -> Operation:
        """The action on the named instances, all at once; who is protected from actions of the set is passed over.

        Raises:
            NoSuchCall: Azure does not have this call for the set.
        """
        call = _CALLS[action]
        return await post_on_instances(self._line, scale_set, call.attempt, call.of_set, instances)

    async def on_machine(self, scale_set: ScaleSet, action: Action, machine: InstanceId) -> Operation:
        """The action on one member of a Flexible set."""
        call = _CALLS[action]
        assert has_machine_call(scale_set, action), f"machines have a call for {action}"
        reply = await self._line.ask(
            f"{call.attempt} instance {machine} of {scale_set.id}",
            "POST",
            f"{machines_path(scale_set.id)}/{machine}/{call.of_machine}",
            api_versions.SCALE_SETS,
            missing=NoSuchInstance,
        )
        return begun(reply, scale_set.id)

    async def protect(self, scale_set: ScaleSet, instance: InstanceId, protection: Protection) -> Operation:
        """Writes the protection of one instance; to do it twice does no harm. There is no PATCH of an instance."""
        policy = {
            "protectFromScaleIn": protection.from_scale_in,
            "protectFromScaleSetActions": protection.from_set_actions,
        }
        reply = await self._line.ask(
            f"writing the protection of instance {instance} of {scale_set.id}",
            "PUT",
            f"{scale_set.id.path}/virtualMachines/{instance}",
            api_versions.SCALE_SETS,
            body=msgspec.json.encode({"properties": {"protectionPolicy": policy}}),
            missing=NoSuchInstance,
        )
        return begun(reply, scale_set.id)

    async def write(
        self, scale_set: ScaleSet, image: Image | None, settings: Sequence[Setting], capacity: int | None
    ) -> Operation:
        """Changes image, members and capacity in one request, provided that nobody has written the set meanwhile.

        It is sent once, so that a refusal says for certain that it was not done.
        """
        assert scale_set.etag is not None, "a set is edited on what was just read, and on nothing else"
        words = [] if image is None else ["the image"]
        words += [one.path for one in settings] + ([] if capacity is None else ["the capacity"])
        members = [*settings, *([] if capacity is None else [Setting(path=CAPACITY, value=str(capacity))])]
        body = model_patch(scale_set, image, members)
        return await patch(self._line, scale_set, f"writing {', '.join(words)} of {scale_set.id}", body, once=True)

    async def stamps(self, scale_set: ScaleSet) -> dict[InstanceId, str]:
        """When Azure last noted something of each instance, in its own words: another one tells of a change.

        One look at all, for an action of which nobody knows afterwards whether it was begun.
        """
        flexible = scale_set.orchestration is Orchestration.FLEXIBLE
        path = machines_path(scale_set.id) if flexible else f"{scale_set.id.path}/virtualMachines"
        query = members_of(scale_set.id) if flexible else {"$expand": "instanceView"}
        reply = await self._line.ask(
            f"looking at the instances of {scale_set.id}",
            "GET",
            path,
            api_versions.SCALE_SETS,
            query=query,
            missing=NoSuchScaleSet,
        )
        return dict([stamp_of(shape) async for shape, _ in self._line.all(reply, STAMPED_PAGE, NoSuchScaleSet)])
