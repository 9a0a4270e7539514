"""The options of `plan` and `upgrade` that say which image, which instances, and at what pace."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from typing import Any, TypeVar
from urllib.parse import urlsplit

import click

from rollset.cli.checkpoints import parse_checkpoint
from rollset.cli.durations import parse_bound, parse_duration
from rollset.cli.options import Parsed, Sectioned, gathered
from rollset.cli.wishes import ImageFlags, PaceFlags, SelectionFlags, WishFlags
from rollset.core.amount import Amount
from rollset.core.errors import UsageError
from rollset.core.image import UnmanagedImage, parse_image_id, parse_urn
from rollset.core.pace import DEFAULT_MAX_UNAVAILABLE, OnFailure, Order
from rollset.core.selection import parse_domains, parse_instances, parse_names

R = TypeVar("R")


def parse_blob_uri(text: str) -> UnmanagedImage:
    """Reads the address of a VHD.

    Raises:
        UsageError: it is no absolute http or https address of a `.vhd`.
    """
    try:
        parts = urlsplit(text.strip())
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("https", "http") or not parts.hostname or not parts.path.lower().endswith(".vhd"):
        raise UsageError(
            f"cannot read {text!r} as the address of an image; write it such as "
            "https://ACCOUNT.blob.core.windows.net/CONTAINER/NAME.vhd"
        )
    return UnmanagedImage(uri=text.strip())


def parse_word(text: str, word: str) -> str:
    """Reads a name that cannot be empty or hold blanks.

    Raises:
        UsageError: it is empty, or has characters that no such name has.
    """
    stripped = text.strip()
    if not stripped or not all(char.isalnum() or char in "._-" for char in stripped):
        raise UsageError(f"cannot read {text!r} as {word}")
    return stripped


_image = partial(click.option, cls=Sectioned, section="Image (exactly one kind)")
_selection = partial(click.option, cls=Sectioned, section="Selection (all of what is given must apply)")
_pace = partial(click.option, cls=Sectioned, section="Pace and safety")

IMAGE_OPTIONS = (
    _image(
        "--image-version",
        metavar="VERSION|latest",
        type=Parsed(partial(parse_word, word="a version; write it such as 4.0.20160229, or latest"), "version"),
        help="Another version of the image that the model names. `latest` becomes the newest version offered in the "
        "region, once, when the plan is made.",
    ),
    _image(
        "--image-sku",
        metavar="SKU",
        type=Parsed(partial(parse_word, word="a SKU; write it such as 2012-R2-Datacenter"), "sku"),
        help="Another SKU of the same offer: its newest version, or the one of --image-version.",
    ),
    _image(
        "--image-uri",
        metavar="URI",
        type=Parsed(parse_blob_uri, "uri"),
        help="An unmanaged custom image: the https address of a .vhd.",
    ),
    _image(
        "--image-id",
        metavar="ID",
        type=Parsed(parse_image_id, "id"),
        help="A managed image, a gallery image or one version of it; also of a shared or community gallery.",
    ),
    _image("--image", metavar="URN", type=Parsed(parse_urn, "urn"), help="PUBLISHER:OFFER:SKU:VERSION in full."),
)

SELECTION_OPTIONS = (
    _selection(
        "--update-domain",
        metavar="N[,N...]",
        type=Parsed(partial(parse_domains, word="update domain"), "update domain"),
        help="Only these update domains.  [default: all]",
    ),
    _selection(
        "--fault-domain",
        metavar="N[,N...]",
        type=Parsed(partial(parse_domains, word="fault domain"), "fault domain"),
        help="Only these fault domains.  [default: all]",
    ),
    _selection(
        "--zone",
        metavar="Z[,Z...]",
        type=Parsed(partial(parse_names, word="zone"), "zone"),
        help="Only these zones.  [default: all]",
    ),
    _selection(
        "--placement-group",
        metavar="ID[,ID...]",
        type=Parsed(partial(parse_names, word="placement group"), "placement group"),
        help="Only these placement groups.  [default: all]",
    ),
    _selection(
        "--instances",
        metavar="LIST",
        type=Parsed(parse_instances, "instances"),
        help="Only these instances, such as 1,4,7-12.  [default: all that are not on the image yet]",
    ),
)

PACE_OPTIONS = (
    _pace(
        "--order",
        type=click.Choice([order.value for order in Order]),
        default=Order.UPDATE_DOMAIN.value,
        help="By which domain to go, one after another.",
    ),
    _pace(
        "--max-unavailable",
        metavar="N|P%",
        type=Parsed(Amount.parse, "amount"),
        help="How many instances may be out of service at once, for whatever reason; a percentage is rounded down, but "
        "never below 1. Naming a number that leaves none in service accepts the downtime.  "
        f"[default: {DEFAULT_MAX_UNAVAILABLE}]",
    ),
    _pace(
        "--batch-size",
        metavar="N|P%",
        type=Parsed(Amount.parse, "amount"),
        help="Go batch by batch: the next begins when all of the last are healthy. Slower than the default, a sliding "
        "window, in which one may leave as soon as another is back.",
    ),
    _pace(
        "--pause",
        metavar="TIME",
        type=Parsed(parse_duration, "time"),
        help="Rest between two batches: 30s, 10m, 1h, or a number of seconds.  [default: 0s]",
    ),
    _pace(
        "--canary",
        metavar="N",
        type=click.IntRange(min=1),
        default=1,
        help="So many instances go first, alone, until they are on the image and healthy; 1 or more.",
    ),
    _pace(
        "--across-domains",
        is_flag=True,
        help="Begin with the next domain while the last instances of the one before are still out. Faster; the price: "
        "two domains may have instances out at the same time.",
    ),
    _pace(
        "--bake",
        metavar="TIME",
        type=Parsed(parse_duration, "time"),
        default="0s",
        help="An upgraded instance must stay healthy for so long before its place is given to the next.",
    ),
    _pace(
        "--bake-end",
        metavar="TIME",
        type=Parsed(parse_duration, "time"),
        default="0s",
        help="All must stay healthy for so long after the last one, before the upgrade counts as done.",
    ),
    _pace(
        "--checkpoint",
        metavar="N|P%:approve|TIME",
        multiple=True,
        type=Parsed(parse_checkpoint, "checkpoint"),
        help="Hold when so many of the chosen instances are done, until `rollset approve` (25%:approve) or for a time "
        "(50%:30m). May be given several times.  [default: none]",
    ),
    _pace(
        "--on-failure",
        type=click.Choice([one.value for one in OnFailure]),
        default=OnFailure.STOP.value,
        help="After the first failure: start nothing more, or also bring back what this run has upgraded.",
    ),
    _pace(
        "--health-deadline",
        metavar="TIME",
        type=Parsed(parse_bound, "time"),
        default="10m",
        help="How long an instance may take to become healthy on the new image; after that the upgrade stops.",
    ),
    _pace(
        "--upgrade-deadline",
        metavar="TIME",
        type=Parsed(parse_bound, "time"),
        default="90m",
        help="How long Azure may take to put one instance onto the image; after that the upgrade stops.",
    ),
    _pace(
        "--switch-policy",
        is_flag=True,
        help="If the upgrade policy is Automatic or Rolling, set it to Manual for the upgrade and back at the end. The "
        "price: until then Azure keeps nothing up to date by itself.",
    ),
)


def wish_options(function: Callable[..., R]) -> Callable[..., R]:
    """IMAGE-CHANGE, SELECTION and PACE, as the argument `flags`."""

    @wraps(function)
    def with_wish(*args: Any, image: ImageFlags, selection: SelectionFlags, pace: PaceFlags, **others: Any) -> R:
        return function(*args, flags=WishFlags(image=image, selection=selection, pace=pace), **others)

    with_pace = gathered(PaceFlags, "pace", PACE_OPTIONS)(with_wish)
    with_selection = gathered(SelectionFlags, "selection", SELECTION_OPTIONS)(with_pace)
    return gathered(ImageFlags, "image", IMAGE_OPTIONS)(with_selection)
