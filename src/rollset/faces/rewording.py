"""The words that ask for a wish: for who holds the wish alone, as a saved plan does, and has to ask somebody else."""

from __future__ import annotations

from typing import assert_never

from rollset.core.change import ImageChange, VersionChange
from rollset.core.image import CustomImage, PlatformImage, UnmanagedImage
from rollset.core.pace import Batches, Engine
from rollset.engine.prepare import Wish
from rollset.faces.wishes import ImageFlags, ModelFlags, PaceFlags, SelectionFlags, WishFlags


def flags_for(wish: Wish) -> WishFlags:
    """What makes the same wish again: `flags_for(wish).wish(wish.scale_set) == wish`."""
    chosen = wish.selection
    return WishFlags(
        image=_image(wish.change),
        model=ModelFlags(vm_size=wish.model.vm_size, settings=wish.model.settings or None),
        select=SelectionFlags(
            update_domains=chosen.update_domains,
            fault_domains=chosen.fault_domains,
            zones=chosen.zones,
            placement_groups=chosen.placement_groups,
            instances=chosen.instances,
        ),
        pace=_pace(wish),
    )


def _image(change: ImageChange) -> ImageFlags:
    match change:
        case VersionChange():
            return ImageFlags(version=change.version, sku=change.sku)
        case PlatformImage():
            return ImageFlags(urn=change)
        case CustomImage():
            return ImageFlags(id=change)
        case UnmanagedImage():
            return ImageFlags(uri=change)
        case _:
            assert_never(change)


def _pace(wish: Wish) -> PaceFlags:
    pace = wish.pace
    batches = pace.style if isinstance(pace.style, Batches) else None
    return PaceFlags(
        order=pace.order,
        first=pace.first or None,
        max_unavailable=pace.max_unavailable,
        min_healthy=pace.min_healthy,
        repair=wish.repair or None,
        batch_size=None if batches is None else (*batches.growth, batches.size),
        pause=None if batches is None else batches.pause_seconds,
        # Azure's own roll has none, and there is no word for that: it is what is usual there.
        canary=None if wish.engine is Engine.AZURE and not pace.canary else pace.canary,
        across_domains=pace.across_domains or None,
        bake=pace.bake_seconds,
        bake_end=pace.bake_end_seconds,
        checkpoints=pace.checkpoints or None,
        on_failure=wish.on_failure,
        max_failures=wish.tolerance.max_failures,
        retries=wish.tolerance.retries,
        protected=wish.care.protected,
        protected_deadline=wish.care.protected_seconds,
        stopped=wish.care.stopped,
        health_deadline=wish.deadlines.health,
        upgrade_deadline=wish.deadlines.upgrade,
        switch_policy=wish.switch_policy or None,
        engine=wish.engine,
        windows=wish.calendar.windows or None,
        freezes=wish.calendar.freezes or None,
        automatic_repairs=wish.others.repairs,
        automatic_os_upgrade=wish.others.os_upgrade,
        surge=None if wish.surge is None else wish.surge.add,
        surge_fallback=None if wish.surge is None else wish.surge.fallback,
        gates=wish.gates or None,
        hooks=wish.hooks or None,
        compare=wish.compare,
    )
