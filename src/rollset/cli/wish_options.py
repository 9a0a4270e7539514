"""The words of `plan` and `upgrade` that say which scale set, which image, which instances, and at what pace."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from typing import Any, TypeVar

import click

from rollset.cli.asked import asked_for
from rollset.cli.options import Decorator, OneOf, Parsed, Sectioned, gathered, optional_scale_set_argument
from rollset.core.amount import Amount
from rollset.core.care import Protected, Stopped
from rollset.core.errors import Misnamed, RollsetError
from rollset.core.failing import OnFailure
from rollset.core.ids import ScaleSetAddress
from rollset.core.image import parse_image_id, parse_urn
from rollset.core.model.change import parse_setting, parse_vm_size
from rollset.core.order import Order
from rollset.core.others import WhileRolling
from rollset.core.pace import DEFAULT_MAX_UNAVAILABLE, Engine
from rollset.core.selection import parse_domains, parse_instances, parse_line, parse_names
from rollset.core.surging.surge import Fallback
from rollset.faces.checkpoints import parse_checkpoint
from rollset.faces.comparing import parse_compare
from rollset.faces.durations import parse_bound, parse_duration
from rollset.faces.gates import parse_gate, parse_hook
from rollset.faces.hours import parse_freeze, parse_window
from rollset.faces.image_words import parse_blob_uri, parse_sku, parse_version
from rollset.faces.wishes import ImageFlags, ModelFlags, PaceFlags, SelectionFlags, WishFlags

R = TypeVar("R")

file_option = click.option(
    "-f",
    "--file",
    metavar="FILE",
    help="A rollout file that says all of it: docs/policies/README.md. Flags beside it override it; `-` is standard "
    "input.",
)
"""The rollout file, as the argument `file`."""


_image = partial(click.option, cls=Sectioned, section="Image (one kind; may be left out where the model is changed)")
_model = partial(click.option, cls=Sectioned, section="Model (in place of an image, or beside it)")
_selection = partial(click.option, cls=Sectioned, section="Selection (all of what is given must apply)")
_pace = partial(click.option, cls=Sectioned, section="Pace and safety")

IMAGE_OPTIONS = (
    _image(
        "--image-version",
        "version",
        metavar="VERSION|latest",
        type=Parsed(parse_version, "version"),
        help="Another version of the image that the model names. `latest` becomes the newest version offered in the "
        "region, once, when the plan is made.",
    ),
    _image(
        "--image-sku",
        "sku",
        metavar="SKU",
        type=Parsed(parse_sku, "sku"),
        help="Another SKU of the same offer: its newest version, or the one of --image-version.",
    ),
    _image(
        "--image-uri",
        "uri",
        metavar="URI",
        type=Parsed(parse_blob_uri, "uri"),
        help="An unmanaged custom image: the https address of a .vhd.",
    ),
    _image(
        "--image-id",
        "id",
        metavar="ID",
        type=Parsed(parse_image_id, "id"),
        help="A managed image, a gallery image or one version of it; also of a shared or community gallery.",
    ),
    _image("--image", "urn", metavar="URN", type=Parsed(parse_urn, "urn"), help="PUBLISHER:OFFER:SKU:VERSION in full."),
)

MODEL_OPTIONS = (
    _model(
        "--vm-size",
        metavar="SIZE",
        type=Parsed(parse_vm_size, "size"),
        help="Another size of machine, such as Standard_D4s_v5.  [default: the model's own]",
    ),
    _model(
        "--set",
        "settings",
        metavar="PATH=VALUE",
        multiple=True,
        type=Parsed(parse_setting, "setting"),
        callback=lambda _ctx, _parameter, given: tuple(one for each in given for one in each) or None,
        help="Another member of the model by its path in ARM's form, without `properties.`: "
        "virtualMachineProfile.licenseType=RHEL_BYOS, tags.owner=ops. VALUE is text or JSON. May be given several "
        "times.  [default: none]",
    ),
)


def selection_options(default: str, instances_default: str) -> tuple[Decorator[Any], ...]:
    """The flags of a selection; what it means to leave one out is told."""
    return (
        _selection(
            "--update-domain",
            "update_domains",
            metavar="N[,N...]",
            type=Parsed(partial(parse_domains, word="update domain"), "update domain"),
            help=f"Only these update domains.  [default: {default}]",
        ),
        _selection(
            "--fault-domain",
            "fault_domains",
            metavar="N[,N...]",
            type=Parsed(partial(parse_domains, word="fault domain"), "fault domain"),
            help=f"Only these fault domains.  [default: {default}]",
        ),
        _selection(
            "--zone",
            "zones",
            metavar="Z[,Z...]",
            type=Parsed(partial(parse_names, word="zone"), "zone"),
            help=f"Only these zones.  [default: {default}]",
        ),
        _selection(
            "--placement-group",
            "placement_groups",
            metavar="ID[,ID...]",
            type=Parsed(partial(parse_names, word="placement group"), "placement group"),
            help=f"Only these placement groups.  [default: {default}]",
        ),
        _selection(
            "--instances",
            metavar="LIST",
            type=Parsed(parse_instances, "instances"),
            help=f"Only these instances, such as 1,4,7-12.  [default: {instances_default}]",
        ),
    )


SELECTION_OPTIONS = selection_options("all", "all that are not on the image yet")

PACE_OPTIONS = (
    _pace(
        "--order",
        type=OneOf(Order),
        help="By which domain to go, one after another; or the oldest image first, whatever the domain.  "
        f"[default: {Order.UPDATE_DOMAIN}]",
    ),
    _pace(
        "--first",
        metavar="LIST",
        type=Parsed(parse_line, "instances"),
        help="These instances before all others, in this order, such as 7,3,12-15.  [default: none]",
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
        "--min-healthy",
        metavar="N|P%",
        type=Parsed(Amount.parse, "amount"),
        help="How many instances must stay in service and healthy; a percentage is rounded up. The stricter of this "
        "and --max-unavailable holds.  [default: none]",
    ),
    _pace(
        "--repair/--no-repair",
        default=None,
        help="The fleet is sick already and the image is the cure: who is out of service before goes first, and does "
        "not count as out; only those newly out do. The price: of a sick fleet, even fewer serve meanwhile.",
    ),
    _pace(
        "--batch-size",
        metavar="N|P%[,...]",
        type=Parsed(Amount.parse_sizes, "amount"),
        help="Go batch by batch: the next begins when all of the last are healthy. Several sizes, such as 1,5%,20%, "
        "are those of the first batches; the last one repeats. Slower than the default, a sliding window, in which one "
        "may leave as soon as another is back.",
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
        help="So many instances go first, alone, until they are on the image and healthy; 1 or more.  [default: 1]",
    ),
    _pace(
        "--across-domains/--no-across-domains",
        default=None,
        help="Begin with the next domain while the last instances of the one before are still out. Faster; the price: "
        "two domains may have instances out at the same time.",
    ),
    _pace(
        "--bake",
        metavar="TIME",
        type=Parsed(parse_duration, "time"),
        help="An upgraded instance must stay healthy for so long before its place is given to the next.  [default: 0s]",
    ),
    _pace(
        "--bake-end",
        metavar="TIME",
        type=Parsed(parse_duration, "time"),
        help="All must stay healthy for so long after the last one, before the upgrade counts as done.  [default: 0s]",
    ),
    _pace(
        "--checkpoint",
        "checkpoints",
        metavar="N|P%:approve|TIME",
        multiple=True,
        type=Parsed(parse_checkpoint, "checkpoint"),
        callback=lambda _ctx, _parameter, given: given or None,
        help="Hold when so many of the chosen instances are done, until `rollset approve` (25%:approve) or for a time "
        "(50%:30m). May be given several times.  [default: none]",
    ),
    _pace(
        "--window",
        "windows",
        metavar="'CRON TIME ZONE'",
        multiple=True,
        type=Parsed(parse_window, "window"),
        callback=lambda _ctx, _parameter, given: given or None,
        help="Batches start only while a window is open, and only if they are expected to end inside: "
        "'0 22 * * 1-5 4h Europe/Berlin' opens at 22:00 from Monday to Friday, for four hours. May be given several "
        "times; any of them will do.  [default: any time]",
    ),
    _pace(
        "--freeze",
        "freezes",
        metavar="'FROM/UNTIL ZONE'",
        multiple=True,
        type=Parsed(parse_freeze, "freeze"),
        callback=lambda _ctx, _parameter, given: given or None,
        help="Nothing starts during a freeze, whatever window is open: "
        "'2026-12-18T18:00/2027-01-04 Europe/Berlin', or a day: '2026-12-24 Europe/Berlin'. May be given several "
        "times.  [default: none]",
    ),
    _pace(
        "--gate",
        "gates",
        metavar="URL|tcp://HOST:PORT|azure:health|'command: ...'",
        multiple=True,
        type=Parsed(parse_gate, "gate"),
        callback=lambda _ctx, _parameter, given: given or None,
        help="What must say yes to an upgraded instance, twice in a row, before it counts as healthy: "
        "http://{ip}:8080/healthz. May be given several times; all must agree. Numbers and other kinds: in a file.  "
        "[default: none]",
    ),
    _pace(
        "--hook",
        "hooks",
        metavar="WHEN=COMMAND|URL",
        multiple=True,
        type=Parsed(parse_hook, "hook"),
        callback=lambda _ctx, _parameter, given: given or None,
        help="What to call before or after the rollout, a batch or an instance, with 300 s for it: "
        "'before-instance=./drain.sh {id}'. An instance whose hook fails is parked. May be given several times.  "
        "[default: none]",
    ),
    _pace(
        "--compare",
        metavar="P%",
        type=Parsed(parse_compare, "share"),
        help="Compare the upgraded with the outdated instances, once there are 5 of each: how often they fall from "
        "healthy to unhealthy, and whose extensions fail; a file may name gates besides. Worse than chance explains is "
        "a failure of the upgrade. P% is how often an image as good as the old one may be called worse: 5%.  "
        "[default: no comparison]",
    ),
    _pace(
        "--on-failure",
        type=OneOf(OnFailure),
        help="When more have failed than --max-failures: start nothing more, or also bring back what this run has "
        "upgraded; or never mind how many, and go on with the rest as far as the budget reaches.  "
        f"[default: {OnFailure.STOP}]",
    ),
    _pace(
        "--max-failures",
        metavar="N|P%",
        type=Parsed(Amount.parse_tolerance, "amount"),
        help="So many failed instances, of those chosen, do not end the upgrade; a percentage is rounded down. They "
        "hold their places in the budget, and the upgrade fails at its end all the same. A failed canary always ends "
        "it.  [default: 0]",
    ),
    _pace(
        "--retries",
        metavar="N",
        type=click.IntRange(min=0),
        help="How often an instance that has failed is tried again with the same image before it counts.  [default: 0]",
    ),
    _pace(
        "--protected",
        type=OneOf(Protected),
        help="Outdated instances that are protected from scale set actions: skip and list them; wait at the end until "
        "somebody lifts the protection; or force: lift it for the time of their upgrade.  "
        f"[default: {Protected.SKIP}]",
    ),
    _pace(
        "--protected-deadline",
        metavar="TIME",
        type=Parsed(parse_bound, "time"),
        help="How long to wait for protections to be lifted; after that the upgrade fails.  [default: 1h]",
    ),
    _pace(
        "--stopped",
        type=OneOf(Stopped),
        help="Outdated instances that are stopped or deallocated: skip and list them, or upgrade them after all others "
        f"and leave them stopped.  [default: {Stopped.SKIP}]",
    ),
    _pace(
        "--health-deadline",
        metavar="TIME",
        type=Parsed(parse_bound, "time"),
        help="How long an instance may take to become healthy on the new image; after that the upgrade stops.  "
        "[default: 10m]",
    ),
    _pace(
        "--upgrade-deadline",
        metavar="TIME",
        type=Parsed(parse_bound, "time"),
        help="How long Azure may take to put one instance onto the image; after that the upgrade stops.  "
        "[default: 90m]",
    ),
    _pace(
        "--automatic-repairs",
        type=OneOf(WhileRolling),
        help="Automatic repairs that are on: suspended for the time of the upgrade and resumed at the end, or left "
        "alone. The price of leaving them: Azure may replace an instance that is still starting.  [default: suspend]",
    ),
    _pace(
        "--automatic-os-upgrade",
        type=OneOf(WhileRolling),
        help="Automatic OS upgrade that is on: left alone, or switched off for the time of the upgrade and on again at "
        "the end.  [default: leave]",
    ),
    _pace(
        "--engine",
        type=OneOf(Engine),
        help="Who sends the instances off: rollset, or Azure's own rolling upgrade under a policy that rollset writes, "
        "watches over and puts back. Azure knows no canary, pausing, checkpoint or selection.  "
        f"[default: {Engine.ROLLSET}]",
    ),
    _pace(
        "--switch-policy/--no-switch-policy",
        default=None,
        help="If the upgrade policy is Automatic or Rolling, set it to Manual for the upgrade and back at the end. The "
        "price: until then Azure keeps nothing up to date by itself.",
    ),
    _pace(
        "--surge",
        metavar="N|P%",
        type=Parsed(Amount.parse, "amount"),
        help="Replace instead of upgrading: add so many new instances, and delete as many old ones when the new are "
        "healthy. No capacity is missing meanwhile. The price: new ids and addresses, the disks of the old are lost, "
        "and there must be quota for so many more.  [default: upgrade in place]",
    ),
    _pace(
        "--surge-fallback",
        type=OneOf(Fallback),
        help="Where Azure has no room for more instances: end there, or upgrade the rest in place within "
        f"--max-unavailable.  [default: {Fallback.STOP}]",
    ),
)


def wish_options(function: Callable[..., R]) -> Callable[..., R]:
    """The scale set, FILE, IMAGE-CHANGE, SELECTION and PACE, as the argument `asked`."""

    @wraps(function)
    def with_asked(
        *args: Any,
        address: ScaleSetAddress | None,
        file: str | None,
        image: ImageFlags,
        model: ModelFlags,
        select: SelectionFlags,
        pace: PaceFlags,
        **others: Any,
    ) -> R:
        flags = WishFlags(image=image, model=model, select=select, pace=pace)
        asked = asked_for(address, flags, file)
        try:
            return function(*args, asked=asked, **others)
        except Misnamed as error:
            raise asked.placed(error) from error
        except RollsetError as error:
            if (renamed := asked.renamed(error)) is None:
                raise
            raise renamed from error

    with_pace = gathered(PaceFlags, "pace", PACE_OPTIONS)(with_asked)
    with_selection = gathered(SelectionFlags, "select", SELECTION_OPTIONS)(with_pace)
    with_model = gathered(ModelFlags, "model", MODEL_OPTIONS)(with_selection)
    with_image = gathered(ImageFlags, "image", IMAGE_OPTIONS)(with_model)
    return optional_scale_set_argument(file_option(with_image))
