"""An act in the words of a command or of a document, made into the act that is meant."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from rollset.core.acts.act import Act, Action, Edit, OnInstances, Scale
from rollset.core.errors import UsageError
from rollset.core.fleet import Setting
from rollset.core.selection import Selection
from rollset.faces.wishes import ImageFlags, ModelFlags, SelectionFlags


class What(StrEnum):
    """What may be done, as one word."""

    START = "start"
    RESTART = "restart"
    POWER_OFF = "power-off"
    DEALLOCATE = "deallocate"
    REDEPLOY = "redeploy"
    REIMAGE = "reimage"
    UPGRADE = "upgrade"
    DELETE = "delete"
    PROTECT = "protect"
    PROTECT_FROM_SCALE_IN = "protect-from-scale-in"
    UNPROTECT = "unprotect"
    SCALE = "scale"
    EDIT = "edit"

    @property
    def action(self) -> Action | None:
        """What it is on instances; none where the set itself is changed."""
        return Action.__members__.get(self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeFlags:
    """What concerns the set as a whole."""

    whole: bool = False
    to: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActWords:
    """What was asked for; `read` is what the author of a change of the set was shown, if anything."""

    what: What
    whole: WholeFlags = field(default_factory=WholeFlags)
    select: SelectionFlags = field(default_factory=SelectionFlags)
    image: ImageFlags = field(default_factory=ImageFlags)
    model: ModelFlags = field(default_factory=ModelFlags)
    read: tuple[Setting, ...] = ()

    def act(self) -> Act:
        """The act that the words mean.

        Raises:
            UsageError: they do not fit together.
        """
        match self.what:
            case What.SCALE:
                return self._scale()
            case What.EDIT:
                return self._edit()
            case _:
                return self._on_instances()

    def _on_instances(self) -> OnInstances:
        action = self.what.action
        assert action is not None, "all others are actions on instances"
        if self.whole.to is not None or self.image.kinds() or self.model.change():
            raise UsageError(f"{self.what} takes a selection, and neither a capacity nor an image nor a model")
        return OnInstances(action=action, selection=self._selected())

    def _selected(self) -> Selection:
        """A selection that was forgotten must not mean the whole set."""
        selection = self.select.selection()
        if self.whole.whole and not selection.everything:
            raise UsageError("all means every instance, and a selection some; give one of them")
        if not self.whole.whole and selection.everything:
            raise UsageError(
                f"name the instances to {self.what}: by update domain, fault domain, zone, placement group or id, or "
                "say all (--all) for every one"
            )
        return selection

    def _scale(self) -> Scale:
        self._check_unselected()
        if self.whole.to is None or self.image.kinds() or self.model.change():
            raise UsageError("scale takes the new capacity (--to) alone, such as 12")
        return Scale(capacity=self.whole.to, read=self.read)

    def _edit(self) -> Edit:
        self._check_unselected()
        image, model = self.image.change() if self.image.kinds() else None, self.model.change()
        if image is None and not model and self.whole.to is None:
            raise UsageError(
                "name what to edit: an image, the VM size (--vm-size), a member (--set) or the capacity (--to)"
            )
        return Edit(image=image, model=model, capacity=self.whole.to, read=self.read)

    def _check_unselected(self) -> None:
        if self.whole.whole or not self.select.selection().everything:
            raise UsageError(f"{self.what} changes the set itself, so it takes no selection")
