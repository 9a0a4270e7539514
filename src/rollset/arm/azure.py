"""Azure, as the engine and the command line see it: scale sets, instances, images, and the writes of a rollout.

The bytes are read in the files beside this one; here stands which request is made, and what its answers mean.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Self

import msgspec

from rollset.arm import api_versions
from rollset.arm.acts import Acts
from rollset.arm.details import Details
from rollset.arm.endpoint import Endpoint
from rollset.arm.errors import (
    NoSuchImage,
    NoSuchInstance,
    NoSuchRoll,
    NoSuchScaleSet,
    NoSuchSubscription,
)
from rollset.arm.image_versions import (
    GALLERY_PAGE,
    GalleryVersion,
    image_path,
    platform_path,
    to_gallery_version,
    to_platform_versions,
    versions_path,
)
from rollset.arm.instances import INSTANCE, INSTANCE_PAGE, to_instance
from rollset.arm.line import Line, Transport
from rollset.arm.listing import Listing
from rollset.arm.machines import (
    BARE_PAGE,
    MACHINE,
    MACHINE_PAGE,
    belongs,
    machines_path,
    members_of,
    protection_of,
    to_member,
)
from rollset.arm.metrics import METRICS, WINDOW_SECONDS, latest, timespan
from rollset.arm.model_members import model_patch, read_members
from rollset.arm.network import INTERFACE, INTERFACE_PAGE, INTERFACES_OF_MACHINE, interface_ids, private_address
from rollset.arm.operations import (
    Ended,
    Lost,
    Operation,
    OperationStatus,
    Running,
    begun,
    read_provisioning,
    read_result,
    read_status,
)
from rollset.arm.orchestration import REPAIRS, SET_VIEW
from rollset.arm.pauses import OnPause, unheard
from rollset.arm.reply import Reply
from rollset.arm.rolls import ROLL, mode_patch, roll_patch, to_roll
from rollset.arm.scale_sets import SCALE_SET, SCALE_SET_PAGE, to_scale_set
from rollset.arm.sign_in import Credential
from rollset.arm.surroundings import Surroundings
from rollset.arm.writes import patch, post, post_on_instances
from rollset.core.azureroll.rollingpolicy import RollingPolicy
from rollset.core.azureroll.rolls import NO_ROLL, Roll
from rollset.core.fleet import Instance, Orchestration, ScaleSet, Setting, UpgradeMode
from rollset.core.ids import InstanceId, ScaleSetId, natural
from rollset.core.image import CustomImage, Image, version_key

POLL_SECONDS = 10.0
"""Between looks at an operation where Azure names no time; it allows 15 a minute (see `throttle.py`)."""

POLL_SECONDS_MAX = 600.0
"""ARM's contract has no longer `Retry-After` (Azure/azure-resource-manager-rpc, v1.0/Addendum.md)."""

OPERATION_SECONDS_MAX = 4 * 3600.0
"""How long `finish` waits; extensions alone may take two hours (`extensionsTimeBudget`)."""

_VIEW = {"$expand": "instanceView"}

OnPage = Callable[[Sequence[Instance]], None]


class Azure:
    """One Azure Resource Manager, or an emulator of it.

    Use it as `async with Azure.open(endpoint) as azure`. Where Azure does not do as asked, methods raise `ArmError`.
    """

    def __init__(self, line: Line) -> None:
        self._line = line

    @classmethod
    def open(
        cls,
        endpoint: Endpoint,
        *,
        credential: Credential | None = None,
        transport: Transport | None = None,
        on_pause: OnPause | None = None,
    ) -> Self:
        """A client for `endpoint`; signs in as azure-identity's default does unless given a credential.

        `on_pause` hears of each wait between requests before it begins. Nothing is sent before the first call.
        """
        return cls(Line(endpoint, credential, transport, on_pause or unheard))

    async def __aenter__(self) -> Self:
        await self._line.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._line.__aexit__()

    @property
    def around(self) -> Surroundings:
        """What lies around scale sets, for checks before a rollout."""
        return Surroundings(self._line)

    @property
    def once(self) -> Azure:
        """The same, with nothing sent twice: whoever looks again anyway learns at once how Azure answers."""
        return Azure(self._line.once)

    @property
    def listing(self) -> Listing:
        """What there is: subscriptions, and the scale sets of each."""
        return Listing(self._line)

    @property
    def acts(self) -> Acts:
        """What operators do to sets and instances outside of a rollout."""
        return Acts(self._line)

    @property
    def details(self) -> Details:
        """All that the model of a set says, and what its region offers to change it to."""
        return Details(self._line)

    @property
    def requests(self) -> int:
        """Requests sent to Azure Resource Manager so far, retries included, signing in not."""
        return self._line.requests

    # Scale sets and instances

    async def scale_set(self, id: ScaleSetId, paths: Sequence[str] = ()) -> ScaleSet:  # noqa: A002 (it is the set's id)
        """The model of a set; with the members at `paths`, which are as `core.model.form` spells them."""
        reply = await self._line.ask(
            f"reading scale set {id}", "GET", id.path, api_versions.SCALE_SETS, missing=NoSuchScaleSet
        )
        scale_set = to_scale_set(reply.decode(SCALE_SET), reply)
        return replace(scale_set, settings=read_members(reply, paths)) if paths else scale_set

    async def scale_sets(self, subscription: str) -> list[ScaleSet]:
        """All sets of a subscription. Azure may write their resource groups in upper case here."""
        reply = await self._line.ask(
            f"listing the scale sets of subscription {subscription}",
            "GET",
            f"/subscriptions/{subscription}/providers/Microsoft.Compute/virtualMachineScaleSets",
            api_versions.SCALE_SETS,
            missing=NoSuchSubscription,
        )
        return [
            to_scale_set(shape, page) async for shape, page in self._line.all(reply, SCALE_SET_PAGE, NoSuchSubscription)
        ]

    async def instances(self, scale_set: ScaleSet, on_page: OnPage | None = None) -> tuple[Instance, ...]:
        """One look at all instances with their views, in the order of their ids; Azure's own order is not numeric.

        `on_page` hears of each page of a look as soon as it is there.
        """
        flexible = scale_set.orchestration is Orchestration.FLEXIBLE
        seen: list[Instance] = []
        async for page in self._members(scale_set) if flexible else self._instances(scale_set):
            seen += page
            if on_page is not None:
                on_page(page)
        return tuple(sorted(seen, key=lambda instance: natural(instance.id)))

    async def _instances(self, scale_set: ScaleSet) -> AsyncIterator[list[Instance]]:
        reply = await self._list(scale_set, f"{scale_set.id.path}/virtualMachines", _VIEW)
        async for shapes, page in self._line.pages(reply, INSTANCE_PAGE, NoSuchScaleSet):
            yield [to_instance(shape, page) for shape in shapes]

    async def _members(self, scale_set: ScaleSet) -> AsyncIterator[list[Instance]]:
        """Of a Flexible set; who is protected is read first, so that it is never older than what it stands beside."""
        bare = await self._list(scale_set, f"{scale_set.id.path}/virtualMachines", {})
        shapes = self._line.all(bare, INSTANCE_PAGE, NoSuchScaleSet)
        found = [protection_of(shape) async for shape, _ in shapes]
        protected = dict(one for one in found if one is not None)
        reply = await self._list(scale_set, machines_path(scale_set.id), members_of(scale_set.id))
        async for machines, page in self._line.pages(reply, MACHINE_PAGE, NoSuchScaleSet):
            yield [to_member(shape, page, protected) for shape in machines if belongs(shape, scale_set.id)]

    async def _list(self, scale_set: ScaleSet, path: str, query: Mapping[str, str]) -> Reply:
        return await self._line.ask(
            f"looking at the instances of {scale_set.id}",
            "GET",
            path,
            api_versions.SCALE_SETS,
            query=query,
            missing=NoSuchScaleSet,
        )

    def seconds_until_look(self, scale_set: ScaleSet, requests: int, keep: float = 0.0) -> float:
        """How long until a look at all instances, which takes so many requests, would go through without a pause.

        `keep` is a share of each of Azure's buckets that the look shall leave to others.
        """
        own_list = f"{scale_set.id.path}/virtualMachines"
        if scale_set.orchestration is not Orchestration.FLEXIBLE:
            return self._line.seconds_until("GET", own_list, requests, keep)
        bare = min(requests, 1 + scale_set.capacity // BARE_PAGE)
        return max(
            self._line.seconds_until("GET", own_list, bare, keep),
            self._line.seconds_until("GET", machines_path(scale_set.id), requests - bare, keep),
        )

    def seconds_until_glance(self, scale_set: ScaleSet, instance_id: InstanceId, keep: float = 0.0) -> float:
        """The same for a look at one instance."""
        return self._line.seconds_until("GET", self._place(scale_set, instance_id), 1, keep)

    def seconds_until_read(self, id: ScaleSetId, keep: float = 0.0) -> float:  # noqa: A002
        """The same for a read of the set's model."""
        return self._line.seconds_until("GET", id.path, 1, keep)

    async def instance(self, scale_set: ScaleSet, instance_id: InstanceId) -> Instance | None:
        """One instance with its view; `None` when it is gone. Of a Flexible set, not whether it is protected."""
        flexible = scale_set.orchestration is Orchestration.FLEXIBLE
        try:
            reply = await self._line.ask(
                f"looking at instance {instance_id} of {scale_set.id}",
                "GET",
                self._place(scale_set, instance_id),
                api_versions.SCALE_SETS,
                query=_VIEW,
                missing=NoSuchInstance,
            )
        except NoSuchInstance:
            return None
        if not flexible:
            return to_instance(reply.decode(INSTANCE), reply)
        machine = reply.decode(MACHINE)
        return to_member(machine, reply, {}) if belongs(machine, scale_set.id) else None

    # What gates ask about

    async def private_address(self, scale_set: ScaleSet, instance_id: InstanceId) -> str:
        """The address under which an instance can be reached in its network.

        Raises:
            Unreadable: Azure names none.
        """
        attempted = f"reading the network interfaces of instance {instance_id} of {scale_set.id}"
        path, version = self._place(scale_set, instance_id), api_versions.NETWORK_INTERFACES
        if scale_set.orchestration is Orchestration.FLEXIBLE:
            reply = await self._line.ask(attempted, "GET", path, api_versions.SCALE_SETS, missing=NoSuchInstance)
            named = [
                await self._line.ask(attempted, "GET", one, version, missing=NoSuchInstance)
                for one in interface_ids(reply.decode(INTERFACES_OF_MACHINE))
            ]
            shapes = [one.decode(INTERFACE) for one in named]
        else:
            reply = await self._line.ask(attempted, "GET", f"{path}/networkInterfaces", version, missing=NoSuchInstance)
            shapes = [shape async for shape, _ in self._line.all(reply, INTERFACE_PAGE, NoSuchInstance)]
        address = private_address(shapes)
        if address is None:
            raise reply.unreadable("no network interface has a private address")
        return address

    async def metric(
        self,
        scale_set: ScaleSet,
        instance_id: InstanceId,
        name: str,
        aggregation: str,
        *,
        since: float | None,
        until: float,
    ) -> float | None:
        """The newest value of a metric of one instance that was measured after `since`; none where there is none yet.

        Times are seconds since the epoch. Azure Monitor measures by the minute, and shows it some minutes later.
        """
        start = max(since or 0.0, until - WINDOW_SECONDS)
        reply = await self._line.ask(
            f"reading the metric {name} of instance {instance_id} of {scale_set.id}",
            "GET",
            f"{self._place(scale_set, instance_id)}/providers/Microsoft.Insights/metrics",
            api_versions.METRICS,
            query={
                "metricnames": name,
                "aggregation": aggregation,
                "interval": "PT1M",
                "timespan": timespan(start, until),
            },
            missing=NoSuchInstance,
        )
        return latest(reply.decode(METRICS), aggregation, start)

    @staticmethod
    def _place(scale_set: ScaleSet, instance_id: InstanceId) -> str:
        flexible = scale_set.orchestration is Orchestration.FLEXIBLE
        return f"{machines_path(scale_set.id) if flexible else f'{scale_set.id.path}/virtualMachines'}/{instance_id}"

    # Writes

    async def write_model(
        self, scale_set: ScaleSet, image: Image | None, settings: Sequence[Setting] = ()
    ) -> Operation:
        """Changes the model's image and these members, provided that nobody has written the set since it was read."""
        words = [] if image is None else [f"the image of {scale_set.id} to {image}"]
        words += [f"{', '.join(one.path for one in settings)} of {scale_set.id}"] if settings else []
        return await patch(
            self._line, scale_set, f"setting {' and '.join(words)}", model_patch(scale_set, image, settings)
        )

    async def write_upgrade_mode(
        self, scale_set: ScaleSet, mode: UpgradeMode, rolling: RollingPolicy | None = None
    ) -> Operation:
        """Changes the upgrade mode, and the rolling policy if one is given, under the same proviso.

        Setting Rolling starts a rolling pass at once, and so does every write of a set that is in it.
        """
        attempted = f"setting the upgrade mode of {scale_set.id} to {mode.value}"
        return await patch(self._line, scale_set, attempted, mode_patch(mode, rolling))

    async def start_roll(self, scale_set: ScaleSet, image: Image, policy: RollingPolicy) -> Operation:
        """Has Azure's own rolling upgrade bring the set to `image`, under the same proviso.

        The operation lasts as long as the run.
        """
        attempted = f"starting Azure's rolling upgrade of {scale_set.id} to {image}"
        return await patch(self._line, scale_set, attempted, roll_patch(image, policy))

    async def start_os_roll(self, scale_set: ScaleSet) -> Operation:
        """Has Azure's own rolling upgrade give instances that follow `latest` the newest image; the model stays."""
        return await post(
            self._line,
            scale_set,
            f"starting Azure's rolling upgrade of {scale_set.id} to the newest image",
            "osRollingUpgrade",
        )

    async def write_os_upgrade(self, scale_set: ScaleSet, *, on: bool) -> Operation:
        """Switches automatic OS upgrades on or off, under the same proviso."""
        body = msgspec.json.encode(
            {"properties": {"upgradePolicy": {"automaticOSUpgradePolicy": {"enableAutomaticOSUpgrade": on}}}}
        )
        words = "on" if on else "off"
        return await patch(self._line, scale_set, f"switching automatic OS upgrades of {scale_set.id} {words}", body)

    async def manual_upgrade(self, scale_set: ScaleSet, instances: Sequence[InstanceId]) -> Operation:
        """Brings the named instances onto the model, all of them out of service meanwhile.

        Raises:
            NoSuchCall: Azure does not have this call for the set; older Flexible ones are said to be so.
        """
        return await post_on_instances(self._line, scale_set, "upgrading", "manualupgrade", instances)

    async def reimage(self, scale_set: ScaleSet, instances: Sequence[InstanceId]) -> Operation:
        """Gives the named instances a fresh OS disk from the image that they have, all out of service meanwhile."""
        return await post_on_instances(self._line, scale_set, "reimaging", "reimage", instances)

    async def write_protection(self, id: ScaleSetId, instance: InstanceId, *, protected: bool) -> Operation:  # noqa: A002
        """Lets actions of the set reach an instance, or keeps them off; from scale-in it stays protected."""
        # `protectFromScaleSetActions` without `protectFromScaleIn` is invalid (Azure documentation, "Instance
        # Protection"), so whoever had the one has the other. There is no PATCH of an instance.
        policy = {"protectFromScaleIn": True, "protectFromScaleSetActions": protected}
        reply = await self._line.ask(
            f"{'protecting' if protected else 'lifting the protection of'} instance {instance} of {id}",
            "PUT",
            f"{id.path}/virtualMachines/{instance}",
            api_versions.SCALE_SETS,
            body=msgspec.json.encode({"properties": {"protectionPolicy": policy}}),
            missing=NoSuchInstance,
        )
        return begun(reply, id)

    # Azure's own repairs

    async def repairs_are(self, scale_set: ScaleSet, *, running: bool) -> bool:
        """Whether automatic repairs are running, or else suspended; where they are switched off, they are neither."""
        reply = await self._line.ask(
            f"looking at the automatic repairs of {scale_set.id}",
            "GET",
            f"{scale_set.id.path}/instanceView",
            api_versions.SCALE_SETS,
            missing=NoSuchScaleSet,
        )
        return reply.decode(SET_VIEW).repairs_are("Running" if running else "Suspended")

    async def switch_repairs(self, scale_set: ScaleSet, *, on: bool) -> Operation:
        """Suspends automatic repairs, or lets them go on; to do it twice does no harm."""
        return await post(
            self._line,
            scale_set,
            f"{'resuming' if on else 'suspending'} the automatic repairs of {scale_set.id}",
            "setOrchestrationServiceState",
            {"serviceName": REPAIRS, "action": "Resume" if on else "Suspend"},
        )

    async def write_capacity(self, scale_set: ScaleSet, capacity: int) -> Operation:
        """Changes the number of instances, under the same proviso: whoever scales the set too is not overruled.

        It is sent once, so that a refusal says for certain that it was not done.
        """
        assert scale_set.etag is not None, "a capacity is written on what was just read, and on nothing else"
        body = msgspec.json.encode({"sku": {"capacity": capacity}})
        attempted = f"setting the capacity of {scale_set.id} from {scale_set.capacity} to {capacity}"
        return await patch(self._line, scale_set, attempted, body, once=True)

    async def delete_instances(self, scale_set: ScaleSet, instances: Sequence[InstanceId]) -> Operation:
        """Deletes the named instances, which lowers the capacity by as many."""
        return await post_on_instances(self._line, scale_set, "deleting", "delete", instances)

    # Azure's own rolling upgrade

    async def roll(self, scale_set: ScaleSet) -> Roll:
        """How the latest rolling upgrade of Azure's own stands."""
        try:
            reply = await self._line.ask(
                f"looking at the rolling upgrade of {scale_set.id}",
                "GET",
                f"{scale_set.id.path}/rollingUpgrades/latest",
                api_versions.SCALE_SETS,
                missing=NoSuchRoll,
            )
        except NoSuchRoll:
            return NO_ROLL
        return to_roll(reply.decode(ROLL))

    async def rolls_by_itself(self, scale_set: ScaleSet) -> bool:
        """Whether Azure's own rolling upgrade is running on the set now."""
        return (await self.roll(scale_set)).running

    async def cancel_own_roll(self, scale_set: ScaleSet) -> Operation:
        """Tells Azure's own rolling upgrade to stop; what it has begun on instances goes on.

        Raises:
            Conflict: none is running.
        """
        return await post(
            self._line, scale_set, f"cancelling the rolling upgrade of {scale_set.id}", "rollingUpgrades/cancel"
        )

    # Operations

    async def poll(self, operation: Operation) -> OperationStatus:
        """One look at how far an operation is."""
        if operation.status_url is not None:
            return read_status(await self._line.follow(f"following up {operation.attempted}", operation.status_url))
        if operation.result_url is not None:
            return read_result(await self._line.follow(f"following up {operation.attempted}", operation.result_url))
        return read_provisioning((await self.scale_set(operation.scale_set)).provisioning)

    async def finish(self, operation: Operation, *, seconds_max: float = OPERATION_SECONDS_MAX) -> Ended:
        """Looks at once and then as often as Azure asks, until the operation ends or `seconds_max` have passed."""
        clock = asyncio.get_running_loop()
        deadline = clock.time() + seconds_max
        status = await self.poll(operation)
        while isinstance(status, Running):
            if clock.time() >= deadline:
                return Lost(reason=f"it has not ended within {seconds_max:.0f} s")
            seconds = min(status.retry_after or operation.retry_after or POLL_SECONDS, POLL_SECONDS_MAX)
            await asyncio.sleep(min(seconds, deadline - clock.time()))
            status = await self.poll(operation)
        return status

    # Images

    async def platform_versions(
        self, subscription: str, location: str, publisher: str, offer: str, sku: str
    ) -> tuple[str, ...]:
        """The versions of a platform image that a region offers, oldest first; there is at least one.

        Raises:
            NoSuchImage: the region offers none.
        """
        urn = f"{publisher}:{offer}:{sku}"
        reply = await self._line.ask(
            f"listing the versions of image {urn} in {location}",
            "GET",
            platform_path(subscription, location, publisher, offer, sku),
            api_versions.PLATFORM_IMAGES,
            missing=NoSuchImage,
        )
        versions = to_platform_versions(reply)
        if not versions:
            raise NoSuchImage(reply.attempted, azure_message="that region offers none")
        return versions

    async def gallery_versions(
        self, subscription: str, location: str, image: CustomImage
    ) -> tuple[GalleryVersion, ...]:
        """The versions of a gallery image, oldest first; perhaps none.

        Raises:
            UsageError: it is a managed image, which has no versions.
        """
        reply = await self._line.ask(
            f"listing the versions of image {image}",
            "GET",
            versions_path(subscription, location, image),
            api_versions.GALLERIES,
            missing=NoSuchImage,
        )
        versions = [
            to_gallery_version(shape, location, page)
            async for shape, page in self._line.all(reply, GALLERY_PAGE, NoSuchImage)
        ]
        return tuple(sorted(versions, key=lambda found: version_key(found.version)))

    async def check_image(self, subscription: str, location: str, image: CustomImage) -> None:
        """Makes sure that the image, or the version of it that is named, is there.

        Raises:
            NoSuchImage: it is not.
        """
        version = api_versions.MANAGED_IMAGES if image.gallery_image is None else api_versions.GALLERIES
        await self._line.ask(
            f"reading image {image.resource_id}",
            "GET",
            image_path(subscription, location, image),
            version,
            missing=NoSuchImage,
        )
