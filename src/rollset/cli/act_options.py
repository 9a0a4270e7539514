"""The words of `act`: what is done, to whom, and how it is agreed to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial, wraps
from typing import Any, TypeVar

import click

from rollset.cli.options import OneOf, Sectioned, gathered
from rollset.cli.wish_options import IMAGE_OPTIONS, MODEL_OPTIONS, selection_options
from rollset.core.acts.act import Act, Action, Edit, OnInstances, Scale
from rollset.core.errors import UsageError
from rollset.core.selection import Selection
from rollset.faces.wishes import ImageFlags, ModelFlags, SelectionFlags

R = TypeVar("R")

CAPACITY_MAX = 1_000_000
"""More is a slip of the finger; what Azure allows is told by the price."""


class What(StrEnum):
    """What may be done, as one word of a command."""

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


_whole = partial(click.option, cls=Sectioned, section="The whole set")

WHOLE_OPTIONS = (
    _whole("--all", "whole", is_flag=True, help="Every instance of the set. Without it, some have to be selected."),
    _whole(
        "--to",
        metavar="N",
        type=click.IntRange(0, CAPACITY_MAX),
        help="The new capacity, for scale and edit.  [default: none]",
    ),
)


def act_options(function: Callable[..., R]) -> Callable[..., R]:
    """What is done, and the flags that say to whom or to what, as the argument `asked`, an `Act`."""

    @wraps(function)
    def with_an_act(
        *args: Any,
        what: What,
        whole: WholeFlags,
        select: SelectionFlags,
        image: ImageFlags,
        model: ModelFlags,
        **others: Any,
    ) -> R:
        return function(*args, asked=act_of(what, whole, select, image, model), **others)

    with_model = gathered(ModelFlags, "model", MODEL_OPTIONS)(with_an_act)
    with_image = gathered(ImageFlags, "image", IMAGE_OPTIONS)(with_model)
    with_selection = gathered(SelectionFlags, "select", selection_options("any", "any"))(with_image)
    with_whole = gathered(WholeFlags, "whole", WHOLE_OPTIONS)(with_selection)
    return click.argument("what", metavar="ACT", type=OneOf(What), help=f"What to do: {', '.join(What)}.")(with_whole)


def act_of(what: What, whole: WholeFlags, select: SelectionFlags, image: ImageFlags, model: ModelFlags) -> Act:
    """The act that the words mean.

    Raises:
        UsageError: they do not fit together.
    """
    selection, change = select.selection(), model.change()
    if what.action is not None:
        if whole.to is not None or image.kinds() or change:
            raise UsageError(f"{what} takes a selection, and neither --to nor an image or a member of the model")
        return OnInstances(action=what.action, selection=_selected(what, whole, selection))
    if whole.whole or not selection.everything:
        raise UsageError(f"{what} changes the set itself, so it takes no selection")
    if what is What.EDIT:
        if not image.kinds() and not change and whole.to is None:
            raise UsageError("name what to edit: an image, --vm-size, --set or --to")
        return Edit(image=image.change() if image.kinds() else None, model=change, capacity=whole.to)
    if whole.to is None or image.kinds() or change:
        raise UsageError("scale takes the new capacity alone, such as --to 12")
    return Scale(capacity=whole.to)


def _selected(what: What, whole: WholeFlags, selection: Selection) -> Selection:
    """A selection that was forgotten must not mean the whole set."""
    if whole.whole and not selection.everything:
        raise UsageError("--all means every instance, and a selection some; give one of them")
    if not whole.whole and selection.everything:
        raise UsageError(
            f"name the instances to {what}: --update-domain, --fault-domain, --zone, --placement-group or --instances; "
            "--all means every one"
        )
    return selection
