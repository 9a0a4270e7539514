"""Expressions of a query, read into functions of a row.

Precedence, loosest first: `or`, `and`, comparisons, sums, products, signs, paths. Names of columns and members are
found in their own case first, then in any.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NoReturn

from rollset.emulator.graph.errors import QueryError
from rollset.emulator.graph.functions import SCALARS
from rollset.emulator.graph.tokens import Token
from rollset.emulator.graph.values import COMPARISONS, NEGATED, Value, bounded, equal, folded, is_number, long, text_of

Row = dict[str, Value]
Evaluate = Callable[[Row], Value]
DEPTH_MAX = 60
# Of a whole number; more are none of 64 bits.
DIGITS_MAX = 20
KEYWORDS = {"true": True, "false": False, "null": None}
MEMBERSHIP = {"in": (False, False), "in~": (True, False), "!in": (False, True), "!in~": (True, True)}


@dataclass(frozen=True, slots=True)
class Expression:
    """Something to be worked out for a row, and the name of its column where it is given none."""

    evaluate: Evaluate
    name: str | None = None


class Reader:
    """Reads words one after the other; knows the columns that there are at this point of the query."""

    def __init__(self, words: Sequence[Token]) -> None:
        self._words = words
        self._at = 0
        self._depth = 0
        self.columns: list[str] = []

    @property
    def word(self) -> Token:
        return self._words[self._at]

    def next(self) -> Token:
        word = self.word
        self._at += word.kind != "end"
        return word

    def peek(self, ahead: int = 1) -> Token:
        return self._words[min(self._at + ahead, len(self._words) - 1)]

    def takes(self, *texts: str) -> bool:
        """Goes on if the next word is one of these, which are no quoted texts."""
        if self.word.kind == "text" or self.word.text.lower() not in texts:
            return False
        self.next()
        return True

    def expect(self, text: str) -> None:
        if not self.takes(text):
            self.fail(f"expected {text!r}")

    def fail(self, message: str) -> NoReturn:
        raise QueryError(f"{message}, got {self.word.text[:40]!r}", self.word.at)

    def name(self) -> str:
        if self.word.kind != "name":
            self.fail("expected a name")
        return self.next().text

    def whole_number(self) -> int:
        if self.word.kind != "number" or not self.word.text.isdigit():
            self.fail("expected a whole number")
        return min(int(self.next().text[:12]), 10**9)

    def expression(self) -> Expression:
        self._depth += 1
        if self._depth > DEPTH_MAX:
            self.fail("too deep")
        left = self._both()
        while self.takes("or"):
            left = _joined(left, self._both(), lambda one, other: one is True or other is True)
        self._depth -= 1
        return left

    def expressions(self, end: str) -> list[Expression]:
        """Expressions with commas between them, up to the mark that ends them."""
        found: list[Expression] = []
        if self.takes(end):
            return found
        while True:
            found.append(self.expression())
            if self.takes(end):
                return found
            self.expect(",")

    def _both(self) -> Expression:
        left = self._comparison()
        while self.takes("and"):
            left = _joined(left, self._comparison(), lambda one, other: one is True and other is True)
        return left

    def _comparison(self) -> Expression:
        left = self._sum()
        name = self.word.text.lower() if self.word.kind in ("name", "mark") else ""
        if name in COMPARISONS:
            self.next()
            return _joined(left, self._sum(), COMPARISONS[name])
        if name in NEGATED:
            self.next()
            compare = COMPARISONS[NEGATED[name]]
            return _joined(left, self._sum(), lambda one, other: not compare(one, other))
        if name in MEMBERSHIP:
            self.next()
            any_case, negated = MEMBERSHIP[name]
            return self._membership(left, any_case=any_case, negated=negated)
        if name == "between":
            self.next()
            return self._between(left)
        return left

    def _membership(self, left: Expression, *, any_case: bool, negated: bool) -> Expression:
        self.expect("(")
        choices = self.expressions(")")

        def evaluate(row: Row) -> bool:
            value = left.evaluate(row)
            wanted = _flat(choice.evaluate(row) for choice in choices)
            same = any(folded(value) == folded(one) if any_case else equal(value, one) for one in wanted)
            return same is not negated

        return Expression(evaluate)

    def _between(self, left: Expression) -> Expression:
        self.expect("(")
        low = self._sum()
        self.expect("..")
        high = self._sum()
        self.expect(")")
        at_least = COMPARISONS[">="]

        def evaluate(row: Row) -> bool:
            value = left.evaluate(row)
            return at_least(value, low.evaluate(row)) and at_least(high.evaluate(row), value)

        return Expression(evaluate)

    def _sum(self) -> Expression:
        left = self._product()
        while self.word.text in ("+", "-") and self.word.kind == "mark":
            left = _counted(left, self.next().text, self._product())
        return left

    def _product(self) -> Expression:
        left = self._signed()
        while self.word.text in ("*", "/", "%") and self.word.kind == "mark":
            left = _counted(left, self.next().text, self._signed())
        return left

    def _signed(self) -> Expression:
        if self.takes("-"):
            return _counted(_constant(0), "-", self._path())
        return self._path()

    def _path(self) -> Expression:
        found = self._primary()
        while True:
            if self.word.text == "." and self.word.kind == "mark":
                self.next()
                member = self.name()
                found = _member(found, _constant(member), member)
            elif self.word.text == "[" and self.word.kind == "mark":
                self.next()
                key = self.expression()
                self.expect("]")
                found = _member(found, key, None)
            else:
                return found

    def _primary(self) -> Expression:
        word = self.word
        if self.takes("("):
            inner = self.expression()
            self.expect(")")
            return inner
        if word.kind == "name" and self.peek().text == "(" and self.peek().kind == "mark":
            return self._call()
        if word.kind == "name" and word.text.lower() not in KEYWORDS:
            return self._column()
        return _constant(self._literal())

    def _literal(self) -> Value:
        word = self.next()
        if word.kind == "text":
            return word.text
        if word.kind == "number":
            return float(word.text) if "." in word.text else _whole(word)
        if word.kind != "name":
            raise QueryError(f"expected a value, got {word.text[:40]!r}", word.at)
        return KEYWORDS[word.text.lower()]

    def _column(self) -> Expression:
        asked = self.word.text
        column = self.column(asked)
        self.next()
        return Expression(lambda row: row.get(column), asked)

    def column(self, asked: str) -> str:
        """The column of that name, in its own case or any."""
        in_any_case = (one for one in self.columns if one.lower() == asked.lower())
        found = asked if asked in self.columns else next(in_any_case, None)
        if found is None:
            raise QueryError(f"Failed to resolve scalar expression named '{asked[:60]}'", self.word.at)
        return found

    def _call(self) -> Expression:
        at, name = self.word.at, self.name().lower()
        self.expect("(")
        if name == "dynamic":
            return self._dynamic()
        arguments = self.expressions(")")
        known = SCALARS.get(name)
        if known is None:
            raise QueryError(f"Unknown function: '{name[:60]}'", at)
        function, counts = known
        if len(arguments) not in counts:
            raise QueryError(f"{name}(): {len(arguments)} arguments will not do", at)
        return Expression(lambda row: function(*(one.evaluate(row) for one in arguments)))

    def _dynamic(self) -> Expression:
        """A literal list, the only dynamic that lists of choices need."""
        self.expect("[")
        members = self.expressions("]")
        self.expect(")")
        return Expression(lambda row: [one.evaluate(row) for one in members])


def _whole(word: Token) -> int:
    found = long(int(word.text)) if len(word.text) <= DIGITS_MAX else None
    if found is None:
        raise QueryError(f"a number beyond 64 bits, {word.text[:40]!r}", word.at)
    return found


def _constant(value: Value) -> Expression:
    return Expression(lambda _: value)


def _joined(left: Expression, right: Expression, join: Callable[[Value, Value], bool]) -> Expression:
    return Expression(lambda row: join(left.evaluate(row), right.evaluate(row)))


def _counted(left: Expression, sign: str, right: Expression) -> Expression:
    def evaluate(row: Row) -> Value:
        one, other = left.evaluate(row), right.evaluate(row)
        if not (is_number(one) and is_number(other)) or (sign in "/%" and other == 0):
            return None
        whole = isinstance(one, int) and isinstance(other, int)
        if sign == "/":
            return bounded(one // other) if whole else one / other
        return bounded({"+": one + other, "-": one - other, "*": one * other}.get(sign, one % other if other else None))

    return Expression(evaluate)


def _member(owner: Expression, key: Expression, member: str | None) -> Expression:
    name = None if owner.name is None or member is None else f"{owner.name}_{member}"
    return Expression(lambda row: _within(owner.evaluate(row), key.evaluate(row)), name)


def _within(value: Value, key: Value) -> Value:
    if isinstance(value, list) and isinstance(key, int) and not isinstance(key, bool):
        return value[key] if -len(value) <= key < len(value) else None
    if not isinstance(value, dict):
        return None
    text = text_of(key)
    if text in value:
        return value[text]
    return next((inner for name, inner in value.items() if name.lower() == text.lower()), None)


def _flat(values: Iterable[Value]) -> Iterable[Value]:
    for value in values:
        yield from value if isinstance(value, list) else (value,)
