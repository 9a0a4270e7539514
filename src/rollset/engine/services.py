"""What Azure does to the set by itself is switched off for the time of a rollout, and on again at its end.

Only what was seen to be on is noted, before it is switched off; only what was noted is switched on again. Both look
first, so that neither a crash in between nor somebody else's hand does any harm.
"""

from __future__ import annotations

from rollset.arm.errors import NotAllowed
from rollset.arm.operations import Failed
from rollset.core.errors import RollsetError, UnsafeError
from rollset.core.fleet import Orchestration, ScaleSet
from rollset.core.others import Service
from rollset.engine import events, model
from rollset.engine.news import Means, News
from rollset.engine.state import State
from rollset.engine.watch import Watch

_FLAGS = {Service.REPAIRS: "--automatic-repairs", Service.OS_UPGRADE: "--automatic-os-upgrade"}


class Services:
    """Those that are suspended for one rollout. What this run has seen to be off already is asked about no more."""

    def __init__(self, means: Means, watch: Watch) -> None:
        self._means = means
        self._watch = watch
        self._off: set[Service] = set()

    def due(self, state: State) -> list[Service]:
        """Those that may still have to be suspended."""
        if state.order.start_only:
            return []  # Nobody would switch them on again.
        wanted = state.job.others.to_suspend(state.order.fleet.scale_set)
        return [one for one in wanted if one not in state.suspended and one not in self._off]

    async def suspend(self, news: News, current: ScaleSet) -> bool:
        """Notes the next that is on, or switches off what was noted; whether there was any.

        Raises:
            UnsafeError: Azure does not allow it.
        """
        for service in self.due(news.state):
            if service in news.state.to_restore:
                await self._switch_off(news, service, current)
                return True
            if await self._may_be(service, current, on=True):
                news.add(events.Suspending(at=self._means.clock(), service=service))
                return True
            self._off.add(service)
        return False

    async def restore(self, news: News) -> tuple[str, ...]:
        """Switches on what was switched off; returns what an operator has to know, and never raises."""
        remarks = []
        for service in sorted(news.state.to_restore):
            try:
                current = await self._watch.read_model()
                if await self._may_be(service, current, on=False):
                    request_id = await self._switch(service, current, on=True)
                    news.add(events.Restored(at=self._means.clock(), service=service, request_id=request_id))
            except RollsetError as error:
                remarks.append(_say_stuck(news.state, service, error))
        return tuple(remarks)

    async def _switch_off(self, news: News, service: Service, current: ScaleSet) -> None:
        try:
            request_id = await self._switch(service, current, on=False)
        except NotAllowed as error:
            raise UnsafeError(
                f"{error}; or leave {service} alone with {_FLAGS[service]} leave: nothing was upgraded"
            ) from error
        news.add(events.Suspended(at=self._means.clock(), service=service, request_id=request_id))

    async def _may_be(self, service: Service, current: ScaleSet, *, on: bool) -> bool:
        """Whether it is so, as far as Azure tells: of the repairs of a Flexible set it tells nothing."""
        if service is Service.OS_UPGRADE:
            return current.automatic_os_upgrade is on
        if current.orchestration is Orchestration.FLEXIBLE:
            return True
        return await self._means.azure.repairs_are(current, running=on)

    async def _switch(self, service: Service, current: ScaleSet, *, on: bool) -> str | None:
        azure, permit = self._means.azure, self._means.desk.check_ours
        if service is Service.OS_UPGRADE:
            return (await model.write_os_upgrade(azure, current, on=on, permit=permit)).request_id
        # To say it twice does no harm.
        await permit()
        operation = await azure.switch_repairs(current, on=on)
        if isinstance(end := await model.ended(azure, operation), Failed):
            raise RollsetError(f"Azure reported that {operation.attempted} failed: {end.error}")
        return operation.request_id


def _say_stuck(state: State, service: Service, error: RollsetError) -> str:
    id_ = state.order.fleet.scale_set.id
    command, what = {
        Service.REPAIRS: ("set-orchestration-service-state", "--service-name AutomaticRepairs --action Resume"),
        Service.OS_UPGRADE: ("update", "--enable-auto-os-upgrade true"),
    }[service]
    return (
        f"{service} of {id_} could not be switched on again ({error}); look at the set, then run: az vmss {command} "
        f"-g {id_.resource_group} -n {id_.name} {what}"
    )
