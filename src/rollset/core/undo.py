"""What an undo does: every instance that a run touched goes back to the exact image it had, and the model to its own.

A model names one image at a time, so the way back has legs, one image each. Within a leg the rules are those of every
rollout, but that there is no canary, no checkpoint, no bake, no gate and no comparison, for an image that served until
now has nothing to prove; and no window, for going back is the cure.

A run that made new instances goes back as it came: those that stand in for deleted ones get the images of these, and
are replaced again rather than taken out of service. They keep no id that they had before.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import assert_never

from rollset.core.failing import OnFailure, Tolerance
from rollset.core.fleet import Fleet, Health, Instance, Power, Provisioning, ScaleSet
from rollset.core.ids import InstanceId, natural
from rollset.core.image import LATEST, CustomImage, Image, PlatformImage, UnmanagedImage, same_image
from rollset.core.model.change import NO_CHANGE, ModelChange, Says
from rollset.core.pace import Engine, Job
from rollset.core.plan import Skipped
from rollset.core.selection import Selection
from rollset.core.when.calendar import ALWAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """These go back to this exact image, while the model names it."""

    image: Image
    instances: tuple[InstanceId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo:
    """The way back: leg after leg, then the model. `left` are those that stay as they are, and why."""

    legs: tuple[Leg, ...]
    left: tuple[Skipped, ...]
    model: Image | None
    """What the model named before the run, perhaps `latest`: it gets that back last of all."""
    change: ModelChange = NO_CHANGE
    """What else the model said before the run: it gets that back before anybody goes."""
    lost: tuple[str, ...] = ()
    """Members that the run wrote and that nobody can bring back: unknown before, or not there."""

    def is_done(self, scale_set: ScaleSet) -> bool:
        """Whether nothing is left to bring back, with the model as it is."""
        return not self.legs and Says(image=self.model, change=self.change).is_said_by(scale_set)


def legs(before: Fleet, touched: Collection[InstanceId], now: Fleet, change: ModelChange = NO_CHANGE) -> Undo:
    """The way back for the `touched` of `before`, as the fleet stands `now`; `change` is what else the run wrote."""
    back = change.way_back(before.scale_set)
    # What is being deleted is as good as gone, though lists still show it.
    staying = tuple(one for one in now.instances if one.provisioning is not Provisioning.DELETING)
    now, ours = replace(now, instances=staying), frozenset(touched)
    known = {one.id: image for one in before.instances if (image := _exact(one.image)) is not None}
    known |= _of_those_replaced(before, ours, now, known)
    groups = _by_image((one.id for one in now.instances if one.id in ours and one.id in known), known)
    as_before = {one for leg in groups if _all_as_before(leg, now, back) for one in leg.instances}
    ordered = sorted(
        (leg for leg in groups if not as_before.issuperset(leg.instances)),
        # The model's own image last, or else that of the most: then the model is written once less.
        key=lambda leg: (same_image(leg.image, before.scale_set.image), len(leg.instances), str(leg.image)),
    )
    return Undo(
        legs=tuple(_useless_first(ordered, now)),
        left=tuple(_left(before, ours, now, known, as_before)),
        model=before.scale_set.image,
        change=back,
        lost=change.without_way_back(before.scale_set),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """What a way back would go to, as it is known before anything is done."""

    groups: tuple[Leg, ...]
    unknown: tuple[InstanceId, ...]
    """Those whose exact image is not known: nobody could bring them back."""
    model: Image | None


def reference(before: Fleet, going: Collection[InstanceId]) -> Reference:
    """Where those of `going` could be brought back to."""
    known = {one.id: image for one in before.instances if (image := _exact(one.image)) is not None}
    return Reference(
        groups=tuple(_by_image((one.id for one in before.instances if one.id in known and one.id in going), known)),
        unknown=tuple(one.id for one in before.instances if one.id in going and one.id not in known),
        model=before.scale_set.image,
    )


def leg_job(job: Job, leg: Leg, back: ModelChange = NO_CHANGE) -> Job:
    """One leg as a job of its own: the pace and the deadlines of the run, without what probes an image.

    `back` is what the model gets back beside the image.
    """
    return replace(
        job,
        image=leg.image,
        selection=Selection(instances=frozenset(leg.instances)),
        pace=replace(job.pace, canary=0, bake_seconds=0.0, bake_end_seconds=0.0, checkpoints=()),
        on_failure=OnFailure.STOP,
        calendar=ALWAYS,
        engine=Engine.ROLLSET,
        model_stays=False,
        gates=(),
        compare=None,
        tolerance=Tolerance(retries=job.tolerance.retries),
        model=back,
    )


def _of_those_replaced(
    before: Fleet, touched: Collection[InstanceId], now: Fleet, known: Mapping[InstanceId, Image]
) -> dict[InstanceId, Image]:
    """For each instance that the run has made, the image of one that it has deleted, or that is there and parked."""
    ours = sorted((one.id for one in before.instances if one.id in touched and one.id in known), key=natural)
    deleted = [one for one in ours if one not in now.by_id]
    parked = [one for one in ours if one in now.by_id and same_image(now.by_id[one].image, known[one])]
    images = [known[one] for one in (*deleted, *parked)]
    made = [one.id for one in now.instances if one.id in touched and one.id not in before.by_id]
    return dict(zip(made, images, strict=False))


def _exact(image: Image | None) -> Image | None:
    """The image at one exact version; `None` where it is not known."""
    match image:
        case PlatformImage(version=version):
            return None if version.lower() == LATEST else image
        case CustomImage(gallery_image=str()):
            return None if image.version is None else image.at(image.version)
        case CustomImage() | UnmanagedImage() | None:
            return image
        case _:
            assert_never(image)


def _by_image(instances: Iterable[InstanceId], images: Mapping[InstanceId, Image]) -> list[Leg]:
    groups: list[tuple[Image, list[InstanceId]]] = []
    for one in instances:
        same = next((group for image, group in groups if same_image(image, images[one])), None)
        if same is None:
            groups.append((images[one], [one]))
        else:
            same.append(one)
    return [Leg(image=image, instances=tuple(group)) for image, group in groups]


def _all_as_before(leg: Leg, now: Fleet, back: ModelChange) -> bool:
    """Of what the model says beside the image, an instance tells alone whether it is on it as it says it now."""
    seen = [now.by_id[one] for one in leg.instances]
    on_it = back.is_said_by(now.scale_set) and all(back.is_followed_by(one) for one in seen)
    if back.reaches_instances and not on_it:
        return False
    return all(same_image(one.image, leg.image) and one.provisioning is Provisioning.SUCCEEDED for one in seen)


def _useless_first(ordered: Sequence[Leg], now: Fleet) -> Iterator[Leg]:
    """Those that serve nobody now go before all others, whatever their image, for they use up the budget of all.

    They go in the opposite order, so that where they end and the others begin the model often names the right image.
    """
    parts = [
        *(_part(leg, now, serving=False) for leg in reversed(ordered)),
        *(_part(leg, now, serving=True) for leg in ordered),
    ]
    for image, same in groupby((part for part in parts if part.instances), key=lambda part: part.image):
        yield Leg(image=image, instances=tuple(sorted((one for part in same for one in part.instances), key=natural)))


def _part(leg: Leg, now: Fleet, *, serving: bool) -> Leg:
    return replace(leg, instances=tuple(one for one in leg.instances if _serves(now.by_id[one]) is serving))


def _serves(seen: Instance) -> bool:
    well = seen.health in (None, Health.HEALTHY)
    return well and seen.power is Power.RUNNING and seen.provisioning is Provisioning.SUCCEEDED


def _left(
    before: Fleet,
    touched: frozenset[InstanceId],
    now: Fleet,
    known: Collection[InstanceId],
    as_before: Collection[InstanceId],
) -> Iterator[Skipped]:
    for one in sorted(touched, key=natural):
        if one not in now.by_id:
            if one in before.by_id:
                yield Skipped(instance=one, why="does not exist any more")
        elif one in as_before:
            yield Skipped(instance=one, why=f"runs {now.by_id[one].image}, as it did before")
        elif one in before.by_id and one not in known:
            yield Skipped(instance=one, why="which exact image it ran before is not known; bring it back by hand")
    for seen in now.instances:
        if seen.id not in before.by_id and seen.id not in known:
            yield Skipped(
                instance=seen.id, why=f"was made while the rollout ran, and stays on {seen.image or 'its image'}"
            )
