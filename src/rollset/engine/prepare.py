"""From what a user asks for to an exact plan: reads Azure, writes nothing."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import assert_never

from rollset.arm.azure import Azure
from rollset.core.azureroll.azurepolicy import refuse_repair
from rollset.core.care import Care
from rollset.core.change import ImageChange, requested, settled
from rollset.core.comparing.compare import Compare
from rollset.core.failing import OnFailure, Tolerance
from rollset.core.fleet import Fleet, ScaleSet
from rollset.core.ids import ScaleSetId
from rollset.core.image import LATEST, CustomImage, Image, PlatformImage, UnmanagedImage
from rollset.core.model.change import NO_CHANGE, ModelChange
from rollset.core.model.rules import check_change
from rollset.core.others import USUAL, OtherActors
from rollset.core.outside.gates import Gate
from rollset.core.outside.hooks import Hook
from rollset.core.pace import DEFAULT_MAX_UNAVAILABLE, Deadlines, Engine, Job, Pace
from rollset.core.plan import Plan, make_plan
from rollset.core.selection import Selection
from rollset.core.situation import ailing
from rollset.core.surging.surge import Surge
from rollset.core.when.calendar import ALWAYS, Calendar


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A rollout as the user put it, before Azure was asked anything."""

    scale_set: ScaleSetId
    change: ImageChange
    selection: Selection = field(default_factory=Selection)
    pace: Pace = field(default_factory=Pace)
    deadlines: Deadlines = field(default_factory=Deadlines)
    switch_policy: bool = False
    care: Care = field(default_factory=Care)
    on_failure: OnFailure = OnFailure.STOP
    engine: Engine = Engine.ROLLSET
    calendar: Calendar = ALWAYS
    gates: tuple[Gate, ...] = ()
    hooks: tuple[Hook, ...] = ()
    tolerance: Tolerance = field(default_factory=Tolerance)
    repair: bool = False
    """The fleet is sick already, and the image is the cure: who is out of service before does not count as out."""
    others: OtherActors = USUAL
    surge: Surge | None = None
    model: ModelChange = NO_CHANGE
    compare: Compare | None = None

    @property
    def budget_named(self) -> bool:
        """Whether the user said how many may be out, and so has accepted what that means."""
        return self.pace.max_unavailable != DEFAULT_MAX_UNAVAILABLE

    def plan(self, image: Image, fleet: Fleet) -> Plan:
        """The plan, once it is known which exact image is meant, and how the fleet stands."""
        job = self._job(image)
        # Azure's rolling upgrade can bring a set that follows `latest` to what that means now, and leave it so.
        if self.engine is Engine.AZURE and requested(self.change, fleet.scale_set) == fleet.scale_set.image != image:
            job = replace(job, model_stays=True)
        if self.repair and self.engine is Engine.AZURE:
            refuse_repair(fleet)
        if self.repair:
            job = replace(job, ailing=ailing(fleet, job))
        return make_plan(fleet, job, switch_policy=self.switch_policy)

    def _job(self, image: Image) -> Job:
        return Job(
            image=image,
            selection=self.selection,
            pace=self.pace,
            deadlines=self.deadlines,
            care=self.care,
            on_failure=self.on_failure,
            tolerance=self.tolerance,
            calendar=self.calendar,
            gates=self.gates,
            hooks=self.hooks,
            others=self.others,
            surge=self.surge,
            engine=self.engine,
            model=self.model,
            compare=self.compare,
        )


async def prepare(azure: Azure, wish: Wish) -> Plan:
    """Looks at the set and its instances, resolves the image to one exact version, and plans.

    Raises:
        UsageError: the image is not offered there, Azure would refuse the change, or the selection matches nothing.
        ArmError: Azure could not be asked.
    """
    scale_set = await azure.scale_set(wish.scale_set, wish.model.read_by_path)
    check_change(wish.model, scale_set)
    wanted = requested(wish.change, scale_set)
    # The image first: a version that is not offered is told before a thousand instances are looked at.
    image = await resolve(azure, scale_set, wanted)
    instances = await azure.instances(scale_set)
    return wish.plan(image, Fleet(scale_set=scale_set, instances=instances))


async def resolve(azure: Azure, scale_set: ScaleSet, wanted: Image) -> Image:
    """`wanted` at one exact version that is offered in the set's region now.

    Raises:
        UsageError: there is none.
        NotFound: the image itself does not exist.
    """
    return settled(wanted, await offered(azure, scale_set, wanted), scale_set.location)


async def offered(azure: Azure, scale_set: ScaleSet, image: Image) -> tuple[str, ...]:
    """The versions of an image that can be used in the set's region; empty for images that have none.

    A gallery version that is left out of "latest" is offered only to those who ask for a version by its name.
    """
    subscription, location = scale_set.id.subscription, scale_set.location
    match image:
        case PlatformImage():
            return await azure.platform_versions(subscription, location, image.publisher, image.offer, image.sku)
        case CustomImage(gallery_image=None):
            await azure.check_image(subscription, location, image)
            return ()
        case CustomImage():
            by_name = (image.version or LATEST).lower() != LATEST
            return tuple(
                one.version
                for one in await azure.gallery_versions(subscription, location, image)
                if one.replicated and (by_name or not one.excluded_from_latest)
            )
        case UnmanagedImage():
            return ()
        case _:
            assert_never(image)
