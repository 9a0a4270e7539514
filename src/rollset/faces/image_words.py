"""Images as people name them in flags and files, beyond what the core reads."""

from __future__ import annotations

from urllib.parse import urlsplit

from rollset.core.errors import UsageError
from rollset.core.image import UnmanagedImage, without_secrets


def parse_version(text: str) -> str:
    """Reads a version, or `latest`.

    Raises:
        UsageError: it is none.
    """
    return _word(text, "a version; write it such as 4.0.20160229, or latest")


def parse_sku(text: str) -> str:
    """Reads a SKU.

    Raises:
        UsageError: it is none.
    """
    return _word(text, "a SKU; write it such as 2012-R2-Datacenter")


def parse_blob_uri(text: str) -> UnmanagedImage:
    """Reads the address of a VHD. What may be a secret in it is refused, and not said again.

    Raises:
        UsageError: it is no absolute http or https address of a `.vhd`, or more than that.
    """
    shown = without_secrets(text.strip())
    try:
        parts = urlsplit(shown)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("https", "http") or not parts.hostname or not parts.path.lower().endswith(".vhd"):
        raise UsageError(
            f"cannot read {shown!r} as the address of an image; write it such as "
            "https://ACCOUNT.blob.core.windows.net/CONTAINER/NAME.vhd"
        )
    if shown != text.strip():
        raise UsageError(
            f"the address of {shown} goes on with a signature or other words that may be secret, and what a rollout "
            "writes is kept in its journal; name the blob alone: Azure reads it from a storage account of the "
            "subscription, which needs none"
        )
    return UnmanagedImage(uri=shown)


def _word(text: str, word: str) -> str:
    stripped = text.strip()
    if not stripped or not all(char.isalnum() or char in "._-" for char in stripped):
        raise UsageError(f"cannot read {text!r} as {word}")
    return stripped
