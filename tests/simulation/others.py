"""Everybody but rollset: operators of the service, an autoscaler, other tools; each with a client of their own."""

from contextlib import suppress
from http import HTTPStatus

from azure.core.exceptions import AzureError
from azure.core.rest import HttpRequest

from rollset.emulator.instance import Power
from rollset.emulator.osupgrade import automatic_policy
from tests.simulation.draws import NEWER, OLDER, URN
from tests.support.emulated import ENDPOINT
from tests.support.inprocess import AppTransport


class Others:
    """Does deeds to one set; `busy` is told of each, with the moment and whom it was done to."""

    def __init__(self, world, app, scale_set_path, busy):
        self._world = world
        self._line = AppTransport(app)
        self._path = scale_set_path
        self._busy = busy
        self._token = world.tokens.issue()[0]

    @property
    def _set(self):
        return self._world.find_set("rg", "web")

    async def do(self, deed):
        self._world.advance()
        instances = list(self._set.instances.values())
        if not instances:
            return
        one = instances[deed.whom % len(instances)]
        self._busy(deed.what, one.id)
        await getattr(self, "_" + deed.what.replace("-", "_"))(one)

    async def fault(self, **members):
        await self._tell("POST", members)

    async def calm_down(self):
        """No fault is left, everybody is well and up, and what hangs is shaken loose."""
        await self._tell("DELETE")
        await self.fault(kind="recover", set="rg/web")

    async def heal(self):
        """The same; whatever failed or hangs is brought back by hand, and Azure does nothing by itself any more."""
        await self.calm_down()
        await self.upgrade_os(on=False)
        await self._send("POST", f"{self._path}/rollingUpgrades/cancel")
        self._world.advance()
        for one in list(self._set.instances.values()):
            if one.power in (Power.STOPPED, Power.DEALLOCATED):
                await self._start(one)
            elif one.provisioning.value in ("Failed", "Updating"):
                await self._restart(one)

    async def _falls_sick(self, one):
        await self.fault(kind="unhealthy-now", set="rg/web", instances=[one.id])

    async def _recovers(self, one):
        await self.fault(kind="recover", set="rg/web", instances=[one.id])

    async def _scale_out(self, _):
        await self._send("PATCH", self._path, {"sku": {"capacity": self._set.capacity + 1}})

    async def _scale_in(self, _):
        if self._set.capacity > 1:
            await self._send("PATCH", self._path, {"sku": {"capacity": self._set.capacity - 1}})

    async def _protect(self, one):
        await self._protection(one, protected=True)

    async def _unprotect(self, one):
        await self._protection(one, protected=False)

    async def _protection(self, one, *, protected):
        policy = {"protectFromScaleIn": protected, "protectFromScaleSetActions": protected}
        body = {"location": self._set.location, "properties": {"protectionPolicy": policy}}
        await self._send("PUT", f"{self._path}/virtualMachines/{one.id}", body)

    async def _restart(self, one):
        await self._send("POST", f"{self._path}/virtualMachines/{one.id}/restart")

    async def _deallocate(self, one):
        await self._send("POST", f"{self._path}/virtualMachines/{one.id}/deallocate")

    async def _start(self, one):
        await self._send("POST", f"{self._path}/virtualMachines/{one.id}/start")

    async def _reimage(self, one):
        await self._send("POST", f"{self._path}/virtualMachines/{one.id}/reimage")

    async def _delete(self, one):
        if len(self._set.instances) > 1:
            await self._send("DELETE", f"{self._path}/virtualMachines/{one.id}")

    async def _tags(self, one):
        await self._send("PATCH", self._path, {"tags": {"touched": one.id}})

    async def repair(self, action):
        """Azure repairs from now on whatever stays sick."""
        policy = {"enabled": True, "gracePeriod": "PT10M", "repairAction": action}
        await self._send("PATCH", self._path, {"properties": {"automaticRepairsPolicy": policy}})

    async def upgrade_os(self, *, on):
        """Azure upgrades the OS by itself from now on, or not any more."""
        if on or automatic_policy(self._set):
            policy = {"automaticOSUpgradePolicy": {"enableAutomaticOSUpgrade": on}}
            await self._send("PATCH", self._path, {"properties": {"upgradePolicy": policy}})

    async def _foreign_image(self, _):
        reference = {"imageReference": {"version": OLDER}}
        body = {"properties": {"virtualMachineProfile": {"storageProfile": reference}}}
        await self._send("PATCH", self._path, body)

    async def _foreign_mode(self, _):
        await self._send("PATCH", self._path, {"properties": {"upgradePolicy": {"mode": "Automatic"}}})

    async def _publish(self, _):
        """A newer version comes out than the one that a plan has settled on."""
        await self._tell("POST", {"image": f"{URN}:{NEWER}"}, "publish")

    async def _tell(self, method, members=None, what="faults"):
        """What the emulator does not take would be a fault that never happens."""
        answer = await self._line.send(self._request(method, f"/emulator/{what}", members))
        assert answer.status_code < HTTPStatus.BAD_REQUEST, f"{method} {members}: {answer.text()}"

    async def _send(self, method, path, body=None):
        """Whatever Azure answers: others too are refused, throttled and cut off."""
        with suppress(AzureError):
            await self._line.send(self._request(method, f"{path}?api-version=2024-07-01", body))

    def _request(self, method, path, body):
        return HttpRequest(method, f"{ENDPOINT}{path}", json=body, headers={"Authorization": f"Bearer {self._token}"})
