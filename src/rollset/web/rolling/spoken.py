"""Sentences of the command line as pages and the API say them: a flag by its key in the file and the form."""

from __future__ import annotations

import re
from functools import cache

from rollset.web.rolling.fields import Field, Widget, all_fields

FLAG = re.compile(r"(?P<tick>`?)--(?P<name>[a-z]+(?:-[a-z]+)*)(?:[ =](?P<value>[\w%.:-]*[\w%]))?")

OTHER_NAMES = {"image_version": "version", "image_sku": "sku", "image_id": "id", "image_uri": "uri", "image": "urn"}
"""Flags whose key is called otherwise; a key with several values has the name of its flag with an `s`."""

NESTED = {"surge": "policy.surge.add", "surge_fallback": "policy.surge.fallback"}

SET = "model"
"""Further members of a model, `--set PATH=VALUE`, are keys of their own there."""

QUANTITY = re.compile(r"\d+(\.\d+)?[%smh]?|\d+[%]?:\w+")

BESIDE_KEYS = re.compile(r" \(--[a-z-]+(?:, --[a-z-]+)*\)")
"""Flags beside the word that forms and files have for the same."""

OF_FILES = re.compile(r" \(in a file: [^)]*\)|; in a file: [^;]*|, in a file \w+")

COMMANDS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        (r"until `rollset resume`", "until it is resumed"),
        (r"`rollset approve`", "an approval"),
        (r"`rollset undo`", "an undo"),
        (r"`rollset upgrade`", "another rollout"),
        (r": rollset upgrade$", ": roll the set again"),
        (r"`rollset list` shows", "the fleet shows"),
        (r"`rollset show` lists", "the page of the set shows"),
        (r"`rollset images` shows what is offered there", "the form of a rollout lists what is offered there"),
        (r" \(look with: rollset show [^)]*\)", ""),
        (r"name one that is offered: rollset images \S+", "choose one that is offered"),
        (r"\brollset (?:status|watch|events) ([\w-]+)(?: --(?:state|server) [\w/.:~-]+)?", r"the page of \1"),
        (r"\brollset (stop|undo) ([\w-]+)(?: --(?:state|server) [\w/.:~-]+)?", r"\1 \2"),
        (r"--[a-z-]+ \(([a-z]+_[a-z]+)\)", r"\1"),
        (r"\bwith --accept (?=\S)", "by ticking --accept "),
    )
)
"""What has a place on pages is called by that; other commands can only be typed, and stay."""


def in_fields(text: str) -> str:
    """The same with keys for flags; those of other programs stay as they are.

    >>> in_fields("accept the downtime with --max-unavailable 2, or add --switch-policy to have it set")
    'accept the downtime with policy.max_unavailable: 2, or add policy.switch_policy: true to have it set'
    >>> in_fields("az vm image terms accept --publisher P --plan Q; or accept it with --accept locked")
    'az vm image terms accept --publisher P --plan Q; or accept it by ticking locked'
    >>> in_fields("checkpoint 1 reached: waiting for `rollset approve`")
    'checkpoint 1 reached: waiting for an approval'
    >>> in_fields("policy.pause (--pause) is a rest; add --batch-size (in a file: batch_size), or leave it out")
    'policy.pause is a rest; add policy.batch_size, or leave it out'
    """
    told = OF_FILES.sub("", BESIDE_KEYS.sub("", text))
    for pattern, words in COMMANDS:
        told = pattern.sub(words, told)
    return FLAG.sub(_key, told)


def _key(found: re.Match[str]) -> str:
    name, value = found["name"].replace("-", "_"), found["value"]
    rest = "" if value is None else found[0][len(found["tick"]) + len(found["name"]) + 2 :]
    if name == "accept":
        return value or "its box"
    if name == "set" and value is None:
        return f"{found['tick']}{SET}{rest}"
    field = _fields().get(name)
    if field is None:
        return found[0]
    if field.widget is Widget.CHECK:
        return f"{found['tick']}{field.name}: true{rest}"
    is_value = value is not None and (value in field.choices or QUANTITY.fullmatch(value))
    return f"{found['tick']}{field.name}{f': {value}' if is_value else rest}"


@cache
def _fields() -> dict[str, Field]:
    """By the names of their flags."""
    known = {field.name: field for field in all_fields() if field.name not in NESTED.values()}
    named = {str(field.path[-1]): field for field in known.values()}
    several = {name.removesuffix("s"): field for name, field in named.items() if name.endswith("s")}
    other = {flag: named[key] for flag, key in OTHER_NAMES.items() if key in named}
    nested = {flag: field for flag, path in NESTED.items() for field in all_fields() if field.name == path}
    # Other programs have flags of these short names.
    return {name: field for name, field in {**several, **named}.items() if name not in OTHER_NAMES.values()} | {
        **other,
        **nested,
    }
