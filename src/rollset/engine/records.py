"""How orders and entries become text, and text becomes orders and entries again.

The form outlives the program: a rollout that is in flight while rollset is upgraded is read by the new one. So: unions
carry the name of their member, members that a writer did not know get their defaults, and unknown ones are passed over.
Whoever adds a field gives it a default; whoever renames a class or a field breaks `tests/engine/journals`.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeVar

import msgspec
from cattrs import Converter
from cattrs.strategies import configure_tagged_union

from rollset.core.change import ImageChange
from rollset.core.decide import Blocked, Hold, Wait
from rollset.core.fleet import Fleet
from rollset.core.ground import Ground
from rollset.core.image import Image
from rollset.core.outside.calls import Call
from rollset.core.outside.gates import Question
from rollset.core.pace import Batches, Window
from rollset.core.standing import Standing
from rollset.engine import events
from rollset.engine.entry import Entry
from rollset.engine.order import Order
from rollset.engine.prepare import Wish

T = TypeVar("T")

FORM = "1:"
"""What every order begins with."""

ORDER_BYTES_MAX = 64 * 1024 * 1024
"""No set has an order larger than this; a text that says so is not ours."""

TAG = "is"


def _converter() -> Converter:
    converter = Converter(omit_if_default=True, prefer_attrib_converters=False)
    for union in (Image, ImageChange, Window | Batches, Wait | Blocked | Hold, Call, Question, events.Kept):
        configure_tagged_union(union, converter, tag_name=TAG)
    converter.register_unstructure_hook(Standing, lambda one: one.name)
    converter.register_structure_hook(Standing, lambda name, _: Standing[name])
    return converter


_CONVERTER = _converter()


class Unreadable(ValueError):  # noqa: N818 (reads as the fact it states)
    """Data that no rollset has written so."""


def write_exact(wish: Wish, ground: Ground) -> dict[str, object]:
    """A wish and the ground that its plan stands on, as plain data."""
    plain = {"wish": _CONVERTER.unstructure(wish), "ground": _CONVERTER.unstructure(ground)}
    return dict(msgspec.to_builtins(plain, order="deterministic"))


def read_exact(document: Mapping[str, object]) -> tuple[Wish, Ground]:
    """What `write_exact` wrote.

    Raises:
        Unreadable: it did not.
    """
    try:
        return _CONVERTER.structure(document["wish"], Wish), _CONVERTER.structure(document["ground"], Ground)
    except Exception as error:  # cattrs raises what it meets, in groups
        raise Unreadable("no wish and no ground") from error


def pack(raw: bytes) -> str:
    """Compressed, as text, with the form in front."""
    return FORM + base64.b64encode(zlib.compress(raw, 6)).decode()


def unpack(text: str) -> bytes:
    """What `pack` has packed."""
    assert text.startswith(FORM), "an order begins with its form"
    return zlib.decompressobj().decompress(base64.b64decode(text.removeprefix(FORM)), ORDER_BYTES_MAX)


def encode(value: object) -> str:
    """Any value of ours as text, packed."""
    return pack(msgspec.json.encode(_CONVERTER.unstructure(value)))


def decode(text: str, kind: type[T]) -> T:
    """What `encode` wrote.

    Raises:
        Unreadable: it did not.
    """
    with _readable(kind.__name__):
        return _CONVERTER.structure(msgspec.json.decode(unpack(text)), kind)


@contextmanager
def _readable(what: str) -> Iterator[None]:
    """Within, a text is read that may be none of ours; `what` it should be."""
    try:
        yield
    except Exception as error:  # cattrs raises what it meets, in groups
        raise Unreadable(f"no {what}") from error


def encode_order(order: Order) -> str:
    """The order as text: compressed, for instances of a set are much alike."""
    return encode(order)


def decode_order(text: str) -> Order:
    """What `encode_order` wrote.

    Raises:
        Unreadable: it did not.
    """
    order = decode(text, Order)
    return replace(order, fleet=_sharing(order.fleet))


def _sharing(fleet: Fleet) -> Fleet:
    """The same fleet, with each place and each image kept once: instances of a set are much alike in memory too."""
    known: dict[object, object] = {}

    def one(value: T) -> T:
        return known.setdefault(value, value)  # type: ignore[return-value]

    instances = tuple(replace(each, place=one(each.place), image=one(each.image)) for each in fleet.instances)
    return Fleet(scale_set=fleet.scale_set, instances=instances)


def encode_entry(entry: Entry) -> str:
    """The entry as text, readable by people too."""
    return msgspec.json.encode(_CONVERTER.unstructure(entry)).decode()


def decode_entry(text: str) -> Entry:
    """What `encode_entry` wrote.

    Raises:
        Unreadable: it did not.
    """
    with _readable("entry of a journal"):
        return _CONVERTER.structure(msgspec.json.decode(text), Entry)


def encode_result(result: events.Result) -> str:
    return msgspec.json.encode(_CONVERTER.unstructure(result)).decode()


def decode_result(text: str) -> events.Result:
    return _CONVERTER.structure(msgspec.json.decode(text), events.Result)
