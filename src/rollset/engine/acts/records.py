"""Orders, facts and results of acts as text.

The form outlives the program, as that of rollouts does (`engine.records`): whoever adds a field gives it a default, and
a class or field that was released keeps its name.
"""

from __future__ import annotations

import msgspec
from cattrs import Converter
from cattrs.strategies import configure_tagged_union

from rollset.core.acts.act import Act
from rollset.core.change import ImageChange
from rollset.core.image import Image
from rollset.engine.acts.facts import Fact
from rollset.engine.acts.order import ActOrder
from rollset.engine.acts.result import ActResult
from rollset.engine.records import pack, unpack

TAG = "is"


def _converter() -> Converter:
    converter = Converter(omit_if_default=True, prefer_attrib_converters=False)
    for union in (Image, ImageChange, Act, Fact):
        configure_tagged_union(union, converter, tag_name=TAG)
    return converter


_CONVERTER = _converter()


def encode_act_order(order: ActOrder) -> str:
    """The order as text, packed as that of a rollout is: the instances of a set are much alike."""
    return pack(msgspec.json.encode(_CONVERTER.unstructure(order)))


def decode_act_order(text: str) -> ActOrder:
    """What `encode_act_order` wrote."""
    return _CONVERTER.structure(msgspec.json.decode(unpack(text)), ActOrder)


def encode_fact(fact: Fact) -> str:
    return msgspec.json.encode(_CONVERTER.unstructure(fact, unstructure_as=Fact)).decode()


def decode_fact(text: str) -> Fact:
    """What `encode_fact` wrote."""
    fact: Fact = _CONVERTER.structure(msgspec.json.decode(text), Fact)  # type: ignore[arg-type]
    return fact


def encode_act_result(result: ActResult) -> str:
    """With `exit_status`, which whoever closes the act reads."""
    told = _CONVERTER.unstructure(result)
    return msgspec.json.encode({**told, "exit_status": result.ending.exit_status}).decode()


def decode_act_result(text: str) -> ActResult:
    """What `encode_act_result` wrote."""
    return _CONVERTER.structure(msgspec.json.decode(text), ActResult)
