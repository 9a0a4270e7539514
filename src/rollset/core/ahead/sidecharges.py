"""What a rollout asks of Azure beside looks and upgrades: pre-flight, gates, protections, and what it suspends."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

from rollset.core.ahead.buckets import (
    ACTIONS,
    ELSEWHERE,
    LISTS,
    MACHINE_VIEWS,
    POLLS,
    PROTECTIONS,
    READS,
    VIEWS,
    WRITES,
    Bucket,
)
from rollset.core.care import Protected
from rollset.core.fleet import Orchestration
from rollset.core.image import CustomImage, Image, PlatformImage
from rollset.core.others import Service
from rollset.core.outside.gates import AzureMetric, AzureView, Gate
from rollset.core.outside.hooks import Moment
from rollset.core.outside.placeholders import names_address
from rollset.core.plan import Plan

Count = tuple[Bucket, int]

IMAGES_MAX = 5
"""Pre-flight reads the new image and four of those that it replaces."""

POLLS_A_WRITE = 2
"""Of the operation that a write of the model is, or a request to suspend something."""

METRIC_LATE_SECONDS = 150.0
"""Azure Monitor measures whole minutes, and shows them one to three minutes later."""


def of_preflight(plan: Plan) -> Iterator[Count]:
    """Locks, images and, for another size, sizes and quotas; and whether Azure rolls by itself."""
    job = plan.job
    replaced = {str(one.image): one.image for one in plan.situation.chosen if one.image is not None}
    images = list({str(job.image): job.image, **replaced}.values())[:IMAGES_MAX]
    sizes = 2 if job.model.vm_size is not None or job.surge is not None else 0
    yield READS, 1
    yield ELSEWHERE, 1 + _lists(job.image) + sum(map(_reads, images)) + sizes


def of_services(plan: Plan) -> Iterator[Count]:
    """Each is suspended, and put back at the end."""
    suspended = list(plan.job.others.to_suspend(plan.fleet.scale_set))
    yield ACTIONS, 2 * (Service.REPAIRS in suspended)
    yield LISTS, 2 * (Service.REPAIRS in suspended)  # The view of the set, which says how that stands.
    yield WRITES, 2 * (Service.OS_UPGRADE in suspended)
    yield POLLS, 2 * POLLS_A_WRITE * len(suspended)


def of_protections(plan: Plan) -> Iterator[Count]:
    """Each is lifted, and put back."""
    forced = plan.job.care.protected is Protected.FORCE and plan.job.surge is None
    lifted = [one for one in plan.upgrades if plan.fleet.by_id[one].protected] if forced else []
    yield PROTECTIONS, 2 * len(lifted)


def of_gates(plan: Plan) -> Iterator[Count]:
    """What gates ask of Azure about each instance, and where calls want to know its address."""
    job, going = plan.job, len(plan.upgrades)
    flexible = plan.fleet.scale_set.orchestration is Orchestration.FLEXIBLE
    for gate in job.gates:
        if isinstance(gate.question, AzureView):
            yield MACHINE_VIEWS if flexible else VIEWS, going * _asks(gate, job.pace.bake_seconds)
        elif isinstance(gate.question, AzureMetric):
            late = ceil(METRIC_LATE_SECONDS / gate.interval_seconds)
            yield ELSEWHERE, going * (late + _asks(gate, job.pace.bake_seconds))
    about = [gate.question for gate in job.gates]
    about += [one.call for one in job.hooks if one.moment in (Moment.BEFORE_INSTANCE, Moment.AFTER_INSTANCE)]
    if any(map(names_address, about)):
        yield ELSEWHERE, going
        yield MACHINE_VIEWS, going if flexible else 0


def _asks(gate: Gate, bake_seconds: float) -> int:
    """Of one instance: until it is let through and, while it bakes, all the time; before it goes, for its baseline."""
    measured = 1 if gate.bounds.within is not None else 0
    return measured + max(gate.successes, ceil(bake_seconds / gate.interval_seconds) + 1)


def _lists(image: Image) -> int:
    """Of versions, to find the exact one."""
    return int(isinstance(image, PlatformImage) or (isinstance(image, CustomImage) and image.gallery_image is not None))


def _reads(image: Image) -> int:
    """Of an image; a version in a gallery has one above it."""
    match image:
        case PlatformImage():
            return 1
        case CustomImage():
            return 1 if image.gallery_image is None else 2
        case _:
            return 0
