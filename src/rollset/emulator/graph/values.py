"""What values are to a query: comparisons, texts, order. What is missing is null, and null is less than anything."""

import re
from collections.abc import Callable
from typing import Any

import orjson

Value = Any
Compare = Callable[[Value, Value], bool]
_WORD = re.compile(r"[a-z0-9]+", re.IGNORECASE)


def text_of(value: Value) -> str:
    """`tostring`: null is empty, objects and lists are JSON."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return orjson.dumps(value).decode() if isinstance(value, dict | list) else str(value)


def folded(value: Value) -> str:
    return text_of(value).lower()


def is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def long(value: int) -> int | None:
    """A whole number as far as Resource Graph and JSON have such: 64 bits; null beyond."""
    return value if -(2**63) <= value < 2**63 else None


def bounded(value: Value) -> Value:
    """The value, where it is no whole number beyond 64 bits."""
    return long(value) if isinstance(value, int) else value


def equal(left: Value, right: Value) -> bool:
    """Numbers by value, everything else by its text."""
    if left is None or right is None:
        return left is right
    if is_number(left) and is_number(right):
        return bool(left == right)
    return text_of(left) == text_of(right)


def less(left: Value, right: Value) -> bool:
    if left is None or right is None:
        return False
    if is_number(left) and is_number(right):
        return bool(left < right)
    return text_of(left) < text_of(right)


def has_word(left: Value, right: Value) -> bool:
    """`has`: the right side stands in the left one as a whole word.

    >>> has_word("web-front 2", "front"), has_word("webfront", "front")
    (True, False)
    """
    wanted, text = folded(right), folded(left)
    places = (match.start() for match in re.finditer(re.escape(wanted), text)) if wanted else iter(())
    return any(_is_edge(text, place - 1) and _is_edge(text, place + len(wanted)) for place in places)


def _is_edge(text: str, place: int) -> bool:
    return not 0 <= place < len(text) or _WORD.fullmatch(text[place]) is None


def sort_key(value: Value) -> tuple[int, float, str]:
    """An order among values of all kinds: null, numbers, texts."""
    if value is None:
        return (0, 0.0, "")
    if is_number(value):
        return (1, float(value), "")
    return (2, 0.0, text_of(value))


# Comparisons by name; those of texts ignore case unless they end in `_cs`.
COMPARISONS: dict[str, Compare] = {
    "==": equal,
    "=~": lambda left, right: folded(left) == folded(right),
    "<": less,
    "<=": lambda left, right: less(left, right) or equal(left, right),
    ">": lambda left, right: less(right, left),
    ">=": lambda left, right: less(right, left) or equal(left, right),
    "contains": lambda left, right: folded(right) in folded(left),
    "contains_cs": lambda left, right: text_of(right) in text_of(left),
    "startswith": lambda left, right: folded(left).startswith(folded(right)),
    "startswith_cs": lambda left, right: text_of(left).startswith(text_of(right)),
    "endswith": lambda left, right: folded(left).endswith(folded(right)),
    "endswith_cs": lambda left, right: text_of(left).endswith(text_of(right)),
    "has": has_word,
}
NEGATED = {"!=": "==", "!~": "=~"} | {f"!{name}": name for name in COMPARISONS if name[0].isalpha()}
