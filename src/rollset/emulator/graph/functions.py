"""Functions of a query, of one row and of many."""

from collections.abc import Callable, Sequence
from typing import Any

import orjson

from rollset.emulator.graph.values import Value, bounded, is_number, long, sort_key, text_of

Scalar = Callable[..., Value]
Aggregate = Callable[[Sequence[Value]], Value]
TEXT_MAX = 100_000


def _whole(value: Value) -> int | None:
    try:
        return long(int(float(text_of(value))))
    except (ValueError, OverflowError):
        return None


def _real(value: Value) -> float | None:
    try:
        return float(text_of(value))
    except ValueError:
        return None


def _flag(value: Value) -> bool | None:
    return {"true": True, "1": True, "false": False, "0": False}.get(text_of(value).lower())


def _parsed(value: Value) -> Value:
    if not isinstance(value, str):
        return value
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return value


def _case(*parts: Value) -> Value:
    pairs = zip(parts[:-1:2], parts[1::2], strict=False)
    return next((value for condition, value in pairs if condition is True), parts[-1])


def _substring(text: Value, start: Value, length: Value = None) -> str:
    begin = max(0, _whole(start) or 0)
    return text_of(text)[begin:] if length is None else text_of(text)[begin : begin + max(0, _whole(length) or 0)]


SCALARS: dict[str, tuple[Scalar, range]] = {
    "tolower": (lambda value: text_of(value).lower(), range(1, 2)),
    "toupper": (lambda value: text_of(value).upper(), range(1, 2)),
    "tostring": (text_of, range(1, 2)),
    "toint": (_whole, range(1, 2)),
    "tolong": (_whole, range(1, 2)),
    "todouble": (_real, range(1, 2)),
    "toreal": (_real, range(1, 2)),
    "tobool": (_flag, range(1, 2)),
    "not": (lambda value: value is not True, range(1, 2)),
    "isempty": (lambda value: text_of(value) == "", range(1, 2)),
    "isnotempty": (lambda value: text_of(value) != "", range(1, 2)),
    "isnull": (lambda value: value is None, range(1, 2)),
    "isnotnull": (lambda value: value is not None, range(1, 2)),
    "strlen": (lambda value: len(text_of(value)), range(1, 2)),
    "strcat": (lambda *values: "".join(map(text_of, values))[:TEXT_MAX], range(1, 65)),
    "split": (lambda text, mark: text_of(text).split(text_of(mark) or None), range(2, 3)),
    "substring": (_substring, range(2, 4)),
    "replace_string": (lambda text, old, new: text_of(text).replace(text_of(old), text_of(new)), range(3, 4)),
    "coalesce": (lambda *values: next((one for one in values if one is not None), None), range(1, 65)),
    "iff": (lambda condition, yes, no: yes if condition is True else no, range(3, 4)),
    "iif": (lambda condition, yes, no: yes if condition is True else no, range(3, 4)),
    "case": (_case, range(3, 65)),
    "array_length": (lambda value: len(value) if isinstance(value, list) else None, range(1, 2)),
    "bag_keys": (lambda value: list(value) if isinstance(value, dict) else None, range(1, 2)),
    "parse_json": (_parsed, range(1, 2)),
    "todynamic": (_parsed, range(1, 2)),
}


def _distinct(values: Sequence[Value]) -> list[Value]:
    return list({text_of(one): one for one in values if one is not None}.values())


def _numbers(values: Sequence[Value]) -> list[Any]:
    return [one for one in values if is_number(one)]


def _mean(values: Sequence[Value]) -> float | None:
    numbers = _numbers(values)
    return sum(numbers) / len(numbers) if numbers else None


def _least(values: Sequence[Value]) -> Value:
    return min((one for one in values if one is not None), key=sort_key, default=None)


def _most(values: Sequence[Value]) -> Value:
    return max((one for one in values if one is not None), key=sort_key, default=None)


AGGREGATES: dict[str, Aggregate] = {
    "count": len,
    "countif": lambda values: sum(one is True for one in values),
    "dcount": lambda values: len(_distinct(values)),
    "sum": lambda values: bounded(sum(_numbers(values))),
    "avg": _mean,
    "min": _least,
    "max": _most,
    "make_list": lambda values: [one for one in values if one is not None],
    "make_set": _distinct,
    "any": lambda values: values[0] if values else None,
    "take_any": lambda values: values[0] if values else None,
}
