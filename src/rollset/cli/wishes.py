"""From the flags of `plan` and `upgrade` to a wish: which image, for which instances, at what pace."""

from __future__ import annotations

from dataclasses import dataclass

from rollset.core.amount import Amount
from rollset.core.change import ImageChange, VersionChange
from rollset.core.errors import UsageError
from rollset.core.ids import InstanceId, ScaleSetId
from rollset.core.image import CustomImage, PlatformImage, UnmanagedImage
from rollset.core.pace import (
    DEFAULT_MAX_UNAVAILABLE,
    Batches,
    Checkpoint,
    Deadlines,
    OnFailure,
    Order,
    Pace,
    Window,
)
from rollset.core.selection import Selection
from rollset.engine.prepare import Wish


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFlags:
    """What the scale set is to run."""

    image_version: str | None
    image_sku: str | None
    image_uri: UnmanagedImage | None
    image_id: CustomImage | None
    image: PlatformImage | None

    def change(self) -> ImageChange:
        """The one change that the flags ask for.

        Raises:
            UsageError: they ask for none, or for more than one.
        """
        given: list[tuple[str, ImageChange]] = []
        if self.image_version or self.image_sku:
            words = "--image-version" if self.image_version else "--image-sku"
            given.append((words, VersionChange(version=self.image_version, sku=self.image_sku)))
        for words, image in (("--image-uri", self.image_uri), ("--image-id", self.image_id), ("--image", self.image)):
            if image is not None:
                given.append((words, image))
        match given:
            case [(_, change)]:
                return change
            case []:
                raise UsageError(
                    "name the new image: --image-version (which may go with --image-sku), --image-sku, --image-uri, "
                    "--image-id or --image"
                )
            case _:
                raise UsageError(f"{' and '.join(words for words, _ in given)} name the image twice; choose one")


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectionFlags:
    """Which instances are meant; what is left out leaves the choice open."""

    update_domain: frozenset[int] | None
    fault_domain: frozenset[int] | None
    zone: frozenset[str] | None
    placement_group: frozenset[str] | None
    instances: frozenset[InstanceId] | None

    def selection(self) -> Selection:
        return Selection(
            instances=self.instances,
            update_domains=self.update_domain,
            fault_domains=self.fault_domain,
            zones=self.zone,
            placement_groups=self.placement_group,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PaceFlags:
    """How fast, in what order, and how long to wait."""

    order: str
    max_unavailable: Amount | None
    batch_size: Amount | None
    pause: float | None
    canary: int
    across_domains: bool
    bake: float
    bake_end: float
    checkpoint: tuple[Checkpoint, ...]
    on_failure: str
    health_deadline: float
    upgrade_deadline: float
    switch_policy: bool

    @property
    def budget_named(self) -> bool:
        """Whether the user said how many may be out, and so has accepted what that means."""
        return self.max_unavailable is not None

    def pace(self) -> Pace:
        """The pace.

        Raises:
            UsageError: there is a pause, but no batch to follow it.
        """
        if self.pause is not None and self.batch_size is None:
            raise UsageError("--pause is a pause between batches; add --batch-size, or leave it out")
        style = Window() if self.batch_size is None else Batches(size=self.batch_size, pause_seconds=self.pause or 0.0)
        return Pace(
            order=Order(self.order),
            max_unavailable=self.max_unavailable or DEFAULT_MAX_UNAVAILABLE,
            style=style,
            canary=self.canary,
            across_domains=self.across_domains,
            bake_seconds=self.bake,
            bake_end_seconds=self.bake_end,
            checkpoints=self.checkpoint,
        )

    def deadlines(self) -> Deadlines:
        return Deadlines(health=self.health_deadline, upgrade=self.upgrade_deadline)


@dataclass(frozen=True, slots=True, kw_only=True)
class WishFlags:
    """All of it."""

    image: ImageFlags
    selection: SelectionFlags
    pace: PaceFlags

    def wish(self, scale_set: ScaleSetId) -> Wish:
        """The wish for `scale_set`.

        Raises:
            UsageError: the flags contradict each other, or leave out the image.
        """
        return Wish(
            scale_set=scale_set,
            change=self.image.change(),
            selection=self.selection.selection(),
            pace=self.pace.pace(),
            deadlines=self.pace.deadlines(),
            switch_policy=self.pace.switch_policy,
            on_failure=OnFailure(self.pace.on_failure),
        )
