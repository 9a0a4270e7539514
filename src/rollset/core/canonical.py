"""Values as one text that is the same wherever and whenever they are written, so that a hash of it means them.

Members that have their default are left out: a newer rollset that knows more of them writes the same text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum
from hashlib import sha256
from typing import Any

from rollset.core.fleet import Setting
from rollset.core.image import CustomImage, Image, PlatformImage, UnmanagedImage

HASH_DIGITS = 64
"""Of a hash in full: sha256, in hexadecimal."""

HASH_DIGITS_SHOWN = 12
"""So many tell one plan from another where people read them."""


def digest(value: object, *, fold_case: bool = False) -> str:
    """The hash of a value; with `fold_case` names in another case are the same, as they are to Azure."""
    text = json.dumps(canonical(value), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return sha256((text.lower() if fold_case else text).encode()).hexdigest()


def canonical(value: object) -> object:  # noqa: PLR0911 (a line for each kind)
    """The value as plain data."""
    match value:
        case Enum():
            return value.value
        case None | str() | bool() | int():
            return value
        case float():
            return int(value) if value.is_integer() else value
        case PlatformImage() | CustomImage() | UnmanagedImage():
            return image_text(value)
        case Setting():
            # By its fingerprint, which no folding of case makes equal to another one's.
            return {"path": value.path, "value": value.value and sha256(value.value.encode()).hexdigest()}
        case Mapping():
            return {str(name): canonical(one) for name, one in value.items()}
        case frozenset() | set():
            return sorted((canonical(one) for one in value), key=lambda one: json.dumps(one, sort_keys=True))
        case list() | tuple():
            return [canonical(one) for one in value]
        case _ if is_dataclass(value):
            return _members(value)
        case _:
            raise AssertionError(f"nothing of a plan is a {type(value).__name__}")


def _members(value: Any) -> dict[str, object]:
    named = ((one, getattr(value, one.name)) for one in fields(value))
    members = {one.name: canonical(member) for one, member in named if member != _default(one)}
    return {"is": type(value).__name__, **members}


def _default(field: Field[Any]) -> object:
    return field.default_factory() if field.default_factory is not MISSING else field.default


def image_text(image: Image | None) -> str | None:
    """An image in full: texts that differ in more than case are different images to Azure."""
    match image:
        case None:
            return None
        case PlatformImage():
            return str(image)
        case CustomImage():
            named = image.gallery_image or image.resource_id
            return named.rstrip("/") + (f"/versions/{image.version}" if image.gallery_image else "")
        case UnmanagedImage():
            return image.uri
