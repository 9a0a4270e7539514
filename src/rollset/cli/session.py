"""From flags to an open line to Azure."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine
from typing import TypeVar

import click

from rollset.arm.azure import Azure
from rollset.arm.endpoint import PUBLIC, Endpoint
from rollset.arm.pauses import OnPause, Pause
from rollset.arm.subscription import current_subscription
from rollset.cli import faults
from rollset.cli.options import ConnectionFlags
from rollset.core.ids import ScaleSetAddress, ScaleSetId, check_subscription

T = TypeVar("T")


def open_azure(flags: ConnectionFlags, on_pause: OnPause | None = None) -> Azure:
    """Azure at the endpoint that the flags name; whoever names no listener has waits told on stderr.

    Raises:
        UsageError: the endpoint cannot be used.
    """
    return Azure.open(endpoint_of(flags), on_pause=on_pause or _tell)


def endpoint_of(flags: ConnectionFlags) -> Endpoint:
    """Where Azure answers.

    Raises:
        UsageError: the endpoint cannot be used.
    """
    # An empty word is a variable that was not set, and must not lead to the public cloud instead.
    return PUBLIC if flags.endpoint is None else Endpoint.parse(flags.endpoint)


def subscription_of(flags: ConnectionFlags) -> str:
    """The subscription that is meant.

    Raises:
        UsageError: nothing names one, or it cannot be one.
    """
    named = current_subscription(os.environ) if flags.subscription is None else flags.subscription
    return check_subscription(named)


def scale_set_of(address: ScaleSetAddress, flags: ConnectionFlags) -> ScaleSetId:
    """The scale set that is meant.

    Raises:
        UsageError: nothing names a subscription.
        click.UsageError: the address and `--subscription` name different ones.
    """
    named, flag = address.subscription, flags.subscription
    if named is not None and flag is not None and named.lower() != flag.lower():
        raise click.UsageError(
            f"the address names subscription {named}, and --subscription names {flag}; leave one out"
        )
    return address.within(named or subscription_of(flags))


def run(work: Coroutine[object, object, T]) -> T:
    """Runs the asynchronous part of a command."""
    return asyncio.run(work)


def _tell(pause: Pause) -> None:
    faults.say(str(pause))
