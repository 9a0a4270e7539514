"""The form of a rollout file: its keys, what each means, and what it is when it is left out.

Whoever adds a key to `policy` adds a member of the same name to `wishes.PaceFlags`.
"""

from __future__ import annotations

from dataclasses import fields
from functools import partial
from typing import Annotated, Any

from pydantic import Field, model_validator

from rollset.core.amount import Amount
from rollset.core.care import Protected, Stopped
from rollset.core.comparing.compare import Compare
from rollset.core.failing import OnFailure
from rollset.core.ids import InstanceId, ScaleSetAddress
from rollset.core.image import CustomImage, PlatformImage, UnmanagedImage, parse_image_id, parse_urn
from rollset.core.order import Order
from rollset.core.others import WhileRolling
from rollset.core.pace import Checkpoint, Engine
from rollset.core.selection import parse_domains, parse_instances, parse_line, parse_names
from rollset.core.surging.surge import Fallback
from rollset.faces.image_words import parse_blob_uri, parse_sku, parse_version
from rollset.faces.rolloutfile.comparing import COMPARE
from rollset.faces.rolloutfile.gates import Gates, Hooks
from rollset.faces.rolloutfile.hours import Freezes, Windows
from rollset.faces.rolloutfile.model import ModelPart
from rollset.faces.rolloutfile.parts import Keyed, Part, T, key
from rollset.faces.rolloutfile.scalars import (
    AMOUNT,
    BOUND,
    CHECKPOINT,
    COUNT,
    GIVEN,
    SIZES,
    TIME,
    TOLERANCE,
    TRIES,
    TRUTH,
    list_kind,
    one_of,
    plain_id,
    text_kind,
    wrong,
)
from rollset.faces.wishes import ImageFlags, PaceFlags, SelectionFlags, WishFlags


def _uri(image: UnmanagedImage) -> str:
    return image.uri


def _id(image: CustomImage) -> str:
    return image.resource_id


class ImagePart(Part):
    """The image that the scale set is to run, named in one way."""

    version: Annotated[str | None, text_kind(parse_version, "latest", type=["string", "number"])] = key(
        "Another version of the image that the model names; `latest` is the newest one offered in the region when the "
        "plan is made."
    )
    sku: Annotated[str | None, text_kind(parse_sku, "2012-R2-Datacenter", type=["string", "number"])] = key(
        "Another SKU of the same offer: its newest version, or the one of `version`."
    )
    uri: Annotated[UnmanagedImage | None, text_kind(parse_blob_uri, "https://ACCOUNT.../NAME.vhd", write=_uri)] = key(
        "An unmanaged custom image: the address of a .vhd."
    )
    id: Annotated[CustomImage | None, text_kind(parse_image_id, "/subscriptions/.../images/NAME", write=_id)] = key(
        "The resource id of a managed image, a gallery image or one version of it; also of a shared or community "
        "gallery."
    )
    urn: Annotated[PlatformImage | None, text_kind(parse_urn, "PUBLISHER:OFFER:SKU:VERSION")] = key(
        "A platform image in full: PUBLISHER:OFFER:SKU:VERSION."
    )

    @model_validator(mode="after")
    def _named_in_one_way(self) -> ImagePart:
        if len(kinds := self.flags(ImageFlags).kinds()) > 1:
            raise wrong(f"{' and '.join(kinds)} name the image twice; keep one")
        return self


_DOMAIN = r"^[0-9, ]+$"


class SelectPart(Part):
    """Which instances are meant; all of what is given must apply."""

    update_domains: Annotated[
        frozenset[int] | None, list_kind(partial(parse_domains, word="update domain"), "0, 2", _DOMAIN)
    ] = key("Only instances in these update domains; all when left out.")
    fault_domains: Annotated[
        frozenset[int] | None, list_kind(partial(parse_domains, word="fault domain"), "0, 2", _DOMAIN)
    ] = key("Only instances in these fault domains; all when left out.")
    zones: Annotated[frozenset[str] | None, list_kind(partial(parse_names, word="zone"), "1, 3", r"\S")] = key(
        "Only instances in these zones; all when left out."
    )
    placement_groups: Annotated[
        frozenset[str] | None, list_kind(partial(parse_names, word="placement group"), "ID", r"\S")
    ] = key("Only instances in these placement groups; all when left out.")
    instances: Annotated[frozenset[InstanceId] | None, list_kind(parse_instances, "1, 4, 7-12", r"\S")] = key(
        "Only these instances, by id or range; all that are not on the image yet when left out."
    )


class SurgePart(Part):
    """Replace instead of upgrading: new instances are added, and old ones deleted when the new are healthy."""

    add: Annotated[Amount, AMOUNT] = Field(description="So many instances more than the capacity may exist at once.")
    fallback: Annotated[Fallback | None, one_of(Fallback)] = key(
        "Where Azure has no room for more instances: end there, or upgrade the rest in place within `max_unavailable`.",
        Fallback.STOP.value,
    )


def _surge(text: str) -> SurgePart:
    """The short form, as that of the flag."""
    return SurgePart.model_construct(add=Amount.parse(text), fallback=None)


SURGE = Keyed(
    part=SurgePart,
    build=lambda part: part,
    parse=_surge,
    schema=AMOUNT.schema,
    example=AMOUNT.example,
)


class PolicyPart(Part):
    """How fast, in what order, and what to do when something goes wrong."""

    order: Annotated[Order | None, one_of(Order)] = key(
        "By which domain to go, one after another; or the oldest image first, whatever the domain.",
        Order.UPDATE_DOMAIN.value,
    )
    first: Annotated[tuple[InstanceId, ...] | None, list_kind(parse_line, "7, 3, 12-15", r"\S", write=plain_id)] = key(
        "These instances before all others, in this order, whatever their domain."
    )
    max_unavailable: Annotated[Amount | None, AMOUNT] = key(
        "How many instances may be out of service at once, for whatever reason; a percentage is rounded down, but "
        "never below 1. A number that leaves none in service accepts the downtime.",
        "10%",
    )
    min_healthy: Annotated[Amount | None, AMOUNT] = key(
        "How many instances must stay in service and healthy; a percentage is rounded up. The stricter of this and "
        "max_unavailable holds."
    )
    repair: Annotated[bool | None, TRUTH] = key(
        "The fleet is sick already and the image is the cure: who is out of service before the rollout goes first, and "
        "does not count as out; only those newly out do.",
        False,
    )
    batch_size: Annotated[tuple[Amount, ...] | None, SIZES] = key(
        "Go batch by batch: the next begins when all of the last are healthy. Several sizes, such as [1, 5%, 20%], are "
        "those of the first batches; the last one repeats. When left out, one instance may leave as soon as another is "
        "back."
    )
    pause: Annotated[float | None, TIME] = key("Rest between two batches.", "0s")
    canary: Annotated[int | None, COUNT] = key(
        "So many instances go first, alone, until they are on the image and healthy.", 1
    )
    across_domains: Annotated[bool | None, TRUTH] = key(
        "Begin with the next domain while the last instances of the one before are still out. The price: two domains "
        "may have instances out at the same time.",
        False,
    )
    bake: Annotated[float | None, TIME] = key(
        "An upgraded instance must stay healthy for so long before its place is given to the next.", "0s"
    )
    bake_end: Annotated[float | None, TIME] = key(
        "All must stay healthy for so long after the last one, before the rollout counts as done.", "0s"
    )
    checkpoints: Annotated[tuple[Annotated[Checkpoint, CHECKPOINT], ...] | None, GIVEN] = key(
        "Hold when so many of the chosen instances are done, until `rollset approve` (25%:approve) or for a time "
        "(50%:30m).",
        [],
    )
    on_failure: Annotated[OnFailure | None, one_of(OnFailure)] = key(
        "When more have failed than max_failures: start nothing more, or also bring back what this run has upgraded; "
        "or never mind how many, and go on with the rest as far as the budget reaches.",
        OnFailure.STOP.value,
    )
    max_failures: Annotated[Amount | None, TOLERANCE] = key(
        "So many failed instances, of those chosen, do not end the rollout; a percentage is rounded down. They hold "
        "their places in the budget, and the rollout fails at its end all the same. A failed canary always ends it.",
        0,
    )
    retries: Annotated[int | None, TRIES] = key(
        "How often an instance that has failed is tried again with the same image before it counts as failed.", 0
    )
    protected: Annotated[Protected | None, one_of(Protected)] = key(
        "Outdated instances that are protected from scale set actions: skip and list them; wait at the end until "
        "somebody lifts the protection; or lift it for the time of their upgrade.",
        Protected.SKIP.value,
    )
    protected_deadline: Annotated[float | None, BOUND] = key(
        "How long to wait for protections to be lifted; after that the rollout fails.", "1h"
    )
    stopped: Annotated[Stopped | None, one_of(Stopped)] = key(
        "Outdated instances that are stopped or deallocated: skip and list them, or upgrade them after all others and "
        "leave them stopped.",
        Stopped.SKIP.value,
    )
    health_deadline: Annotated[float | None, BOUND] = key(
        "How long an instance may take to become healthy on the new image; after that it has failed.", "10m"
    )
    upgrade_deadline: Annotated[float | None, BOUND] = key(
        "How long Azure may take to put one instance onto the image; after that it has failed.", "90m"
    )
    engine: Annotated[Engine | None, one_of(Engine)] = key(
        "Who sends the instances off: rollset, or Azure's own rolling upgrade under a policy that rollset writes and "
        "puts back.",
        Engine.ROLLSET.value,
    )
    switch_policy: Annotated[bool | None, TRUTH] = key(
        "If the upgrade policy is Automatic or Rolling, set it to Manual for the rollout and back at the end.",
        False,
    )
    automatic_repairs: Annotated[WhileRolling | None, one_of(WhileRolling)] = key(
        "Automatic instance repairs that are on: suspended for the time of the rollout, or left alone.",
        WhileRolling.SUSPEND.value,
    )
    automatic_os_upgrade: Annotated[WhileRolling | None, one_of(WhileRolling)] = key(
        "Automatic OS upgrade that is on: left alone, or suspended for the time of the rollout.",
        WhileRolling.LEAVE.value,
    )
    windows: Windows = key("Batches start only while one of these is open, and are expected to end inside.", [])
    freezes: Freezes = key("Nothing starts during these, whatever window is open.", [])
    gates: Gates = key(
        "What must say yes to an upgraded instance, several times in a row, before it counts as healthy.", []
    )
    hooks: Hooks = key("What is called before and after the rollout, each batch and each instance.", [])
    compare: Annotated[Compare | None, COMPARE] = key(
        "Compare the upgraded instances with those that are not upgraded yet: worse is a failure of the rollout."
    )
    surge: Annotated[SurgePart | None, SURGE] = key(
        "Add new instances first, and delete as many old ones when the new are healthy, instead of upgrading in place."
    )

    @property
    def surge_fallback(self) -> Fallback | None:
        """A flag of its own on the command line."""
        return None if self.surge is None else self.surge.fallback

    def flags(self, into: type[T]) -> T:
        """The same as if it had been given in flags."""
        members = {one.name: getattr(self, one.name) for one in fields(into)}
        return into(**{**members, "surge": None if self.surge is None else self.surge.add})

    @classmethod
    def given_in(cls, flags: ImageFlags | SelectionFlags | PaceFlags, name: str) -> Any:
        """Two flags may stand under one key."""
        given = getattr(flags, name)
        if name == "surge" and given is not None and isinstance(flags, PaceFlags):
            return SurgePart.model_construct(add=given, fallback=flags.surge_fallback)
        return given


class RolloutForm(Part):
    """A rollout of one scale set: which, onto which image, which of its instances, and under which policy."""

    scale_set: Annotated[ScaleSetAddress | None, text_kind(ScaleSetAddress.parse, "RG/NAME")] = key(
        "The scale set: RG/NAME, SUBSCRIPTION/RG/NAME, or its full resource id."
    )
    image: ImagePart = Field(
        default_factory=ImagePart, description="The new image: one of these, but version and sku may go together."
    )
    model: ModelPart = Field(
        default_factory=ModelPart,
        description="What else than the image the model is to say; with it the image may be left out.",
    )
    select: SelectPart = Field(
        default_factory=SelectPart, description="Which instances are meant: those that match all of it."
    )
    policy: PolicyPart = Field(
        default_factory=PolicyPart, description="How fast, in what order, and what to do when it goes wrong."
    )

    @property
    def wish_flags(self) -> WishFlags:
        """The same as if it had been given in flags."""
        return WishFlags(
            image=self.image.flags(ImageFlags),
            model=self.model.model_flags,
            select=self.select.flags(SelectionFlags),
            pace=self.policy.flags(PaceFlags),
        )
