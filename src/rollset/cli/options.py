"""Options that several commands share, each group of them gathered into one value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import click

from rollset.core.errors import UsageError
from rollset.core.ids import ScaleSetAddress

P = ParamSpec("P")
R = TypeVar("R")
Decorator = Callable[[Callable[..., R]], Callable[..., R]]


class Parsed(click.ParamType[Any]):
    """A value that one of the core's parsers reads; what it refuses is said under the name of the option."""

    def __init__(self, parse: Callable[[str], object], name: str) -> None:
        self.parse = parse
        self.name = name

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> object:
        if not isinstance(value, str):
            return value
        try:
            return self.parse(value)
        except UsageError as error:
            self.fail(str(error), param, ctx)


class OneOf(click.Choice[str]):
    """One word out of a few, as the value that it stands for."""

    def __init__(self, words: type[StrEnum]) -> None:
        super().__init__([word.value for word in words])
        self._words = words

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return self._words(super().convert(value, param, ctx))


class Sectioned(click.Option):
    """An option that stands under a heading of its own in the help."""

    def __init__(self, *args: Any, section: str, **attrs: Any) -> None:
        super().__init__(*args, **attrs)
        self.section = section


class SectionedCommand(click.Command):
    """A command whose help groups its options by their section; those without one come last."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        sections: dict[str, list[tuple[str, str]]] = {}
        others: list[tuple[str, str]] = []
        for parameter in self.get_params(ctx):
            record = None if isinstance(parameter, click.Argument) else parameter.get_help_record(ctx)
            if record:
                own = sections.setdefault(parameter.section, []) if isinstance(parameter, Sectioned) else others
                own.append(record)
        for heading, records in [*sections.items(), ("Other options", others)]:
            with formatter.section(heading):
                formatter.write_dl(records)


def gathered(into: type[Any], name: str, options: Sequence[Decorator[Any]]) -> Decorator[Any]:
    """Adds `options` to a command, whose function gets them as one argument `name`, a dataclass of type `into`."""
    members = [field.name for field in fields(into)]

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def with_one_value(*args: P.args, **flags: P.kwargs) -> R:
            flags[name] = into(**{member: flags.pop(member) for member in members})
            return function(*args, **flags)

        decorated: Callable[P, R] = with_one_value
        for option in reversed(options):
            decorated = option(decorated)
        return decorated

    return decorate


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionFlags:
    """Where to ask, and in which subscription, as far as the user said."""

    subscription: str | None
    endpoint: str | None


endpoint_option = click.option(
    "--endpoint",
    metavar="URL",
    envvar="ROLLSET_ENDPOINT",
    show_envvar=True,
    help="Azure Resource Manager of a sovereign cloud, or an emulator; plain HTTP on this machine only.  "
    "[default: https://management.azure.com]",
)
"""Where to ask, as the argument `endpoint`."""


def connection_options(function: Callable[..., R]) -> Callable[..., R]:
    """`--subscription` and `--endpoint`, as the argument `connection`."""
    return gathered(
        ConnectionFlags,
        "connection",
        [
            click.option(
                "--subscription",
                metavar="ID",
                help="The subscription, unless the scale set's address names it.  "
                "[default: AZURE_SUBSCRIPTION_ID, or the Azure CLI's current one]",
            ),
            endpoint_option,
        ],
    )(function)


def output_option(*forms: str) -> Decorator[Any]:
    """`-o FORM`, the first form being the default, as the argument `output`."""
    return click.option(
        "-o",
        "--output",
        type=click.Choice(forms),
        default=forms[0],
        help="Form of the output; json is one document on stdout, and everything else goes to stderr.",
    )


SCALE_SET = "The scale set: RG/NAME, SUBSCRIPTION/RG/NAME, or its full resource id."

scale_set_argument = click.argument(
    "address", metavar="RG/NAME", type=Parsed(ScaleSetAddress.parse, "scale set"), help=SCALE_SET
)
"""The scale set, as the argument `address`."""

optional_scale_set_argument = click.argument(
    "address",
    metavar="[RG/NAME]",
    required=False,
    type=Parsed(ScaleSetAddress.parse, "scale set"),
    help=f"{SCALE_SET} Left out where a file names it.",
)
"""The same where something else may name it; then it is `None`."""

rollout_argument = click.argument(
    "rollout",
    metavar="ID",
    help="The rollout: its id, as much of its beginning as is its alone, or RG/NAME for the latest one of that set.",
)
"""The rollout, as the argument `rollout`."""
