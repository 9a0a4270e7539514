"""What a user asks of `plan` and `upgrade`, in flags, in a file or in both: which image, which instances, what pace.

Each member is `None` where it was not given. Its name is that of the key in the file: `Pace.bake_end` is
`policy.bake_end` and `--bake-end`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

from rollset.core.amount import Amount
from rollset.core.care import Care, Protected, Stopped
from rollset.core.change import UNCHANGED, ImageChange, VersionChange
from rollset.core.comparing.compare import Compare
from rollset.core.errors import UsageError
from rollset.core.failing import NOT_ONE, OnFailure, Tolerance
from rollset.core.fleet import Setting
from rollset.core.ids import InstanceId, ScaleSetId
from rollset.core.image import CustomImage, PlatformImage, UnmanagedImage
from rollset.core.model.change import SIZE, ModelChange, gather
from rollset.core.order import Order
from rollset.core.others import USUAL, OtherActors, WhileRolling
from rollset.core.outside.gates import Gate
from rollset.core.outside.hooks import Hook
from rollset.core.pace import (
    DEFAULT_MAX_UNAVAILABLE,
    Batches,
    Checkpoint,
    Deadlines,
    Engine,
    Pace,
    Window,
)
from rollset.core.selection import Selection
from rollset.core.surging.surge import Fallback, Surge
from rollset.core.when.calendar import Calendar
from rollset.core.when.freezes import Freeze
from rollset.core.when.windows import MaintenanceWindow
from rollset.engine.prepare import Wish
from rollset.faces.comparing import check_gates
from rollset.faces.gates import check_names, check_patience

F = TypeVar("F", "ImageFlags", "SelectionFlags", "PaceFlags")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFlags:
    """What the scale set is to run."""

    version: str | None = None
    sku: str | None = None
    uri: UnmanagedImage | None = None
    id: CustomImage | None = None
    urn: PlatformImage | None = None

    def change(self, *, may_stay: bool = False) -> ImageChange:
        """The one change that is asked for; with `may_stay` the model's own image is meant where none is.

        Raises:
            UsageError: none is, or more than one.
        """
        match self.kinds():
            case [_]:
                pass
            case [] if may_stay:
                return UNCHANGED
            case []:
                raise UsageError(
                    "name the new image: --image-version (which may go with --image-sku), --image-sku, --image-uri, "
                    "--image-id or --image; in a file: image.version, image.sku, image.uri, image.id or image.urn; or "
                    "what else to change: --vm-size or --set, in a file model"
                )
            case several:
                raise UsageError(f"{' and '.join(FLAGS[one] for one in several)} name the image twice; choose one")
        return self.uri or self.id or self.urn or VersionChange(version=self.version, sku=self.sku)

    def kinds(self) -> list[str]:
        """The ways in which an image is named; version and SKU go together."""
        given = [name for name in ("version", "sku", "uri", "id", "urn") if getattr(self, name) is not None]
        return [name for name in given if not (name == "sku" and "version" in given)]

    def over(self, below: ImageFlags) -> ImageFlags:
        """These where they say something; an image named in another way replaces that `below` as a whole."""
        own, other = self.kinds(), below.kinds()
        together = {*own, *other} <= {"version", "sku"}
        return _over(self, below) if together or not own else self


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFlags:
    """What else than the image the model is to say."""

    vm_size: str | None = None
    settings: tuple[Setting, ...] | None = None

    def change(self) -> ModelChange:
        """The change.

        Raises:
            UsageError: something is set twice.
        """
        return gather(self.vm_size, self.settings or ())

    def over(self, below: ModelFlags) -> ModelFlags:
        """These where they say something; other members stay as `below` has them."""
        own = self.settings or ()
        sizes = self.vm_size is not None or any(one.path == SIZE for one in own)
        said = {one.path for one in own} | ({SIZE} if sizes else set())
        kept = tuple(one for one in below.settings or () if one.path not in said)
        return ModelFlags(vm_size=self.vm_size if sizes else below.vm_size, settings=(*own, *kept) or None)


FLAGS = {
    "version": "--image-version",
    "sku": "--image-sku",
    "uri": "--image-uri",
    "id": "--image-id",
    "urn": "--image",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectionFlags:
    """Which instances are meant; what is left out leaves the choice open."""

    update_domains: frozenset[int] | None = None
    fault_domains: frozenset[int] | None = None
    zones: frozenset[str] | None = None
    placement_groups: frozenset[str] | None = None
    instances: frozenset[InstanceId] | None = None

    def selection(self) -> Selection:
        return Selection(**_members(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class PaceFlags:
    """How fast, in what order, and how long to wait."""

    order: Order | None = None
    first: tuple[InstanceId, ...] | None = None
    max_unavailable: Amount | None = None
    min_healthy: Amount | None = None
    repair: bool | None = None
    batch_size: tuple[Amount, ...] | None = None
    pause: float | None = None
    canary: int | None = None
    across_domains: bool | None = None
    bake: float | None = None
    bake_end: float | None = None
    checkpoints: tuple[Checkpoint, ...] | None = None
    on_failure: OnFailure | None = None
    max_failures: Amount | None = None
    retries: int | None = None
    protected: Protected | None = None
    protected_deadline: float | None = None
    stopped: Stopped | None = None
    health_deadline: float | None = None
    upgrade_deadline: float | None = None
    switch_policy: bool | None = None
    engine: Engine | None = None
    windows: tuple[MaintenanceWindow, ...] | None = None
    freezes: tuple[Freeze, ...] | None = None
    automatic_repairs: WhileRolling | None = None
    automatic_os_upgrade: WhileRolling | None = None
    surge: Amount | None = None
    surge_fallback: Fallback | None = None
    gates: tuple[Gate, ...] | None = None
    hooks: tuple[Hook, ...] | None = None
    compare: Compare | None = None

    @property
    def budget_named(self) -> bool:
        """Whether the user said how many may be out, and so has accepted what that means.

        The default is no such word, for a file that was written by `plan -o yaml` names it as well.
        """
        return self.max_unavailable not in (None, DEFAULT_MAX_UNAVAILABLE)

    def pace(self) -> Pace:
        """The pace.

        Raises:
            UsageError: there is a pause, but no batch to follow it.
        """
        if self.engine is Engine.AZURE:
            return self._azure_pace()
        if self.pause and self.batch_size is None:
            raise UsageError(
                "policy.pause (--pause) is a rest between batches, and there are none; add --batch-size (in a file: "
                "batch_size), or leave it out"
            )
        usual = Pace()
        return Pace(
            order=_either(self.order, usual.order),
            first=_either(self.first, usual.first),
            max_unavailable=_either(self.max_unavailable, usual.max_unavailable),
            min_healthy=self.min_healthy,
            style=self._style(),
            canary=_either(self.canary, usual.canary),
            across_domains=_either(self.across_domains, usual.across_domains),
            bake_seconds=_either(self.bake, usual.bake_seconds),
            bake_end_seconds=_either(self.bake_end, usual.bake_end_seconds),
            checkpoints=_either(self.checkpoints, usual.checkpoints),
        )

    def _azure_pace(self) -> Pace:
        """Azure goes in batches, as large as may be where none is named, and without a canary unless one is named.

        That one it has none is told when the whole job is held against what Azure can be told.
        """
        most = _either(self.max_unavailable, DEFAULT_MAX_UNAVAILABLE)
        size = _either(self.batch_size, (most,))
        canary = _either(self.canary, 0)
        own = replace(self, engine=None, batch_size=size, canary=canary)
        return own.pace()

    def calendar(self) -> Calendar:
        return Calendar(windows=self.windows or (), freezes=self.freezes or ())

    def _style(self) -> Window | Batches:
        if not self.batch_size:
            return Window()
        *growth, size = self.batch_size
        return Batches(size=size, growth=tuple(growth), pause_seconds=self.pause or 0.0)

    def care(self) -> Care:
        """What becomes of those that are set aside.

        Raises:
            UsageError: it is said how long to wait for somebody who is not waited for.
        """
        usual = Care()
        waits, seconds = self.protected is Protected.WAIT, self.protected_deadline
        if not waits and seconds not in (None, usual.protected_seconds):
            raise UsageError(
                "policy.protected_deadline (--protected-deadline) says how long protected instances are waited for, "
                "and nobody waits for them; add --protected wait (in a file: protected: wait), or leave it out"
            )
        return Care(
            protected=_either(self.protected, usual.protected),
            protected_seconds=_either(self.protected_deadline, usual.protected_seconds),
            stopped=_either(self.stopped, usual.stopped),
        )

    def tolerance(self) -> Tolerance:
        """The failure budget.

        Raises:
            UsageError: failures are to be counted and not to be counted.
        """
        if self.max_failures is not None and self.max_failures.number and self.on_failure is OnFailure.CONTINUE:
            raise UsageError(
                f"policy.max_failures (--max-failures) {self.max_failures} says when to end, and policy.on_failure "
                "(--on-failure) continue says never; leave one of them out"
            )
        return Tolerance(max_failures=_either(self.max_failures, NOT_ONE), retries=self.retries or 0)

    def others(self) -> OtherActors:
        return OtherActors(
            repairs=_either(self.automatic_repairs, USUAL.repairs),
            os_upgrade=_either(self.automatic_os_upgrade, USUAL.os_upgrade),
        )

    def replacing(self) -> Surge | None:
        """The surge, if one is asked for.

        Raises:
            UsageError: it is said what follows where there is no room, but nothing is to be added.
        """
        if self.surge is None:
            if self.surge_fallback is not None:
                raise UsageError(
                    "--surge-fallback says what follows where there is no room for more instances, and none are to be "
                    "added; add --surge, or leave it out"
                )
            return None
        return Surge(add=self.surge, fallback=_either(self.surge_fallback, Fallback.STOP))

    def distinct_gates(self) -> tuple[Gate, ...]:
        """The gates.

        Raises:
            UsageError: two have the same name, or one has nothing to be judged by, or no time to say yes.
        """
        check_names(self.gates or ())
        check_patience(self.gates or (), self.deadlines().health)
        check_gates(self.compare, self.gates or ())
        return self.gates or ()

    def deadlines(self) -> Deadlines:
        usual = Deadlines()
        return Deadlines(
            health=_either(self.health_deadline, usual.health),
            upgrade=_either(self.upgrade_deadline, usual.upgrade),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WishFlags:
    """All of it."""

    image: ImageFlags = ImageFlags()
    model: ModelFlags = ModelFlags()
    select: SelectionFlags = SelectionFlags()
    pace: PaceFlags = PaceFlags()

    def over(self, below: WishFlags) -> WishFlags:
        """These where they say something, and `below` everywhere else."""
        return WishFlags(
            image=self.image.over(below.image),
            model=self.model.over(below.model),
            select=_over(self.select, below.select),
            pace=_over(self.pace, below.pace),
        )

    def given(self) -> Iterator[tuple[str, object]]:
        """Each key that was given, by its path in a file, with its value."""
        parts = (("image", self.image), ("model", self.model), ("select", self.select), ("policy", self.pace))
        for part, values in parts:
            yield from ((f"{part}.{name}", value) for name, value in _members(values).items() if value is not None)

    def wish(self, scale_set: ScaleSetId) -> Wish:
        """The wish for `scale_set`.

        Raises:
            UsageError: what is given contradicts itself, or leaves out the image.
        """
        model = self.model.change()
        return Wish(
            scale_set=scale_set,
            change=self.image.change(may_stay=bool(model)),
            model=model,
            selection=self.select.selection(),
            pace=self.pace.pace(),
            deadlines=self.pace.deadlines(),
            switch_policy=bool(self.pace.switch_policy),
            care=self.pace.care(),
            engine=_either(self.pace.engine, Engine.ROLLSET),
            on_failure=_either(self.pace.on_failure, OnFailure.STOP),
            calendar=self.pace.calendar(),
            tolerance=self.pace.tolerance(),
            repair=bool(self.pace.repair),
            others=self.pace.others(),
            surge=self.pace.replacing(),
            gates=self.pace.distinct_gates(),
            hooks=self.pace.hooks or (),
            compare=self.pace.compare,
        )


T = TypeVar("T")


def _either(given: T | None, usual: T) -> T:
    return usual if given is None else given


def _members(flags: ImageFlags | ModelFlags | SelectionFlags | PaceFlags) -> dict[str, Any]:
    return {one.name: getattr(flags, one.name) for one in fields(flags)}


def _over(flags: F, below: F) -> F:
    return replace(below, **{name: value for name, value in _members(flags).items() if value is not None})
