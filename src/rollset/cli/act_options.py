"""The words of `act`: what is done, to whom, and how it is agreed to."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from typing import Any, TypeVar

import click

from rollset.cli.options import OneOf, Sectioned, gathered
from rollset.cli.wish_options import IMAGE_OPTIONS, MODEL_OPTIONS, selection_options
from rollset.faces.actwords import ActWords, What, WholeFlags
from rollset.faces.wishes import ImageFlags, ModelFlags, SelectionFlags

R = TypeVar("R")

CAPACITY_MAX = 1_000_000
"""More is a slip of the finger; what Azure allows is told by the price."""


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
        words = ActWords(what=what, whole=whole, select=select, image=image, model=model)
        return function(*args, asked=words.act(), **others)

    with_model = gathered(ModelFlags, "model", MODEL_OPTIONS)(with_an_act)
    with_image = gathered(ImageFlags, "image", IMAGE_OPTIONS)(with_model)
    with_selection = gathered(SelectionFlags, "select", selection_options("any", "any"))(with_image)
    with_whole = gathered(WholeFlags, "whole", WHOLE_OPTIONS)(with_selection)
    return click.argument("what", metavar="ACT", type=OneOf(What), help=f"What to do: {', '.join(What)}.")(with_whole)
