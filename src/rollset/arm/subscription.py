"""Which subscription is meant when the user names none."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from rollset.core.errors import UsageError


class _Subscription(msgspec.Struct, rename="camel"):
    id: str | None = None
    is_default: bool | None = None


class _Profile(msgspec.Struct):
    subscriptions: list[_Subscription] | None = None


def current_subscription(environ: Mapping[str, str]) -> str:
    """`AZURE_SUBSCRIPTION_ID`, or else the Azure CLI's current subscription.

    The CLI keeps it in `azureProfile.json`, in UTF-8 with a byte order mark, in the folder `AZURE_CONFIG_DIR` (by
    default `~/.azure`); exactly one entry there has `isDefault`.

    Raises:
        UsageError: neither names one.
    """
    if named := environ.get("AZURE_SUBSCRIPTION_ID", "").strip():
        return named
    folder = environ.get("AZURE_CONFIG_DIR") or Path(environ.get("HOME") or Path.home(), ".azure")
    profile = Path(folder, "azureProfile.json")
    try:
        found = msgspec.json.decode(profile.read_text("utf-8-sig"), type=_Profile)
    except OSError:
        found = _Profile()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(
            f"cannot read the Azure CLI's {profile} ({error}); name the subscription with --subscription, "
            "or set AZURE_SUBSCRIPTION_ID"
        ) from error
    for subscription in found.subscriptions or ():
        if subscription.is_default and subscription.id:
            return subscription.id
    raise UsageError(
        "no subscription is named; use --subscription, set AZURE_SUBSCRIPTION_ID, or choose one with `az account set`"
    )
