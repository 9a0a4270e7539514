"""A whole query: a table, and operators that each turn rows into rows."""

from collections.abc import Callable
from dataclasses import dataclass
from operator import itemgetter

from rollset.emulator.graph.errors import QueryError
from rollset.emulator.graph.functions import AGGREGATES
from rollset.emulator.graph.reading import Evaluate, Expression, Reader, Row
from rollset.emulator.graph.tokens import tokens
from rollset.emulator.graph.values import sort_key, text_of

OPERATORS_MAX = 60
ROWS_MAX = 1_000_000
Step = Callable[[list[Row]], list[Row]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a query."""

    rows: list[Row]
    columns: list[str]
    # It says itself how many rows it wants, so there are no pages.
    limited: bool


@dataclass(frozen=True, slots=True)
class Column:
    """A column and how it is worked out."""

    name: str
    evaluate: Evaluate


@dataclass(frozen=True, slots=True)
class Total:
    """A column of `summarize`."""

    name: str
    work_out: Callable[[list[Row]], object]


def answer(query: str, tables: dict[str, Callable[[], list[Row]]]) -> Answer:
    """Carries out a query over tables, each of which is made only if it is asked."""
    reader = Reader(tokens(query))
    name = reader.name()
    table = next((make for key, make in tables.items() if key == name.lower()), None)
    if table is None:
        raise QueryError(f"Table {name[:60]} is unknown or not supported", 0)
    rows = table()
    reader.columns = list(rows[0]) if rows else list(COLUMNS)
    limited = False
    for _ in range(OPERATORS_MAX):
        if not reader.takes("|"):
            break
        verb = _verb(reader)
        limited = limited or verb in ("take", "limit", "top", "sample", "count")
        rows = OPERATORS[verb](reader)(rows)[:ROWS_MAX]
    if reader.word.kind != "end":
        reader.fail("expected '|' or the end")
    return Answer(rows, reader.columns, limited)


def _verb(reader: Reader) -> str:
    name = reader.name().lower()
    while reader.word.text == "-" and reader.peek().kind == "name":
        reader.next()
        name += f"-{reader.name().lower()}"
    if name not in OPERATORS:
        raise QueryError(f"Unknown operator: '{name[:60]}'", reader.word.at)
    return name


def _where(reader: Reader) -> Step:
    condition = reader.expression().evaluate
    return lambda rows: [row for row in rows if condition(row) is True]


def _columns(reader: Reader) -> list[Column]:
    found: list[Column] = []
    while True:
        given = None
        if reader.word.kind == "name" and reader.peek().text == "=" and reader.peek().kind == "mark":
            given = reader.name()
            reader.next()
        expression = reader.expression()
        found.append(Column(given or expression.name or f"Column{len(found) + 1}", expression.evaluate))
        if not reader.takes(","):
            return found


def _project(reader: Reader) -> Step:
    columns = _columns(reader)
    reader.columns = [one.name for one in columns]
    return lambda rows: [{one.name: one.evaluate(row) for one in columns} for row in rows]


def _extend(reader: Reader) -> Step:
    columns = _columns(reader)
    reader.columns = [*dict.fromkeys([*reader.columns, *(one.name for one in columns)])]
    return lambda rows: [{**row, **{one.name: one.evaluate(row) for one in columns}} for row in rows]


def _names(reader: Reader) -> list[str]:
    found = [reader.column(reader.word.text)]
    reader.next()
    while reader.takes(","):
        found.append(reader.column(reader.word.text))
        reader.next()
    return found


def _project_away(reader: Reader) -> Step:
    gone = _names(reader)
    reader.columns = [one for one in reader.columns if one not in gone]
    return lambda rows: [{name: value for name, value in row.items() if name not in gone} for row in rows]


def _project_keep(reader: Reader) -> Step:
    kept = _names(reader)
    reader.columns = [one for one in reader.columns if one in kept]
    return lambda rows: [{name: value for name, value in row.items() if name in kept} for row in rows]


def _project_rename(reader: Reader) -> Step:
    renamed: dict[str, str] = {}
    while True:
        new = reader.name()
        reader.expect("=")
        renamed[reader.column(reader.word.text)] = new
        reader.next()
        if not reader.takes(","):
            break
    reader.columns = [renamed.get(one, one) for one in reader.columns]
    return lambda rows: [{renamed.get(name, name): value for name, value in row.items()} for row in rows]


def _distinct(reader: Reader) -> Step:
    columns = [Column(name, itemgetter(name)) for name in reader.columns] if reader.takes("*") else _columns(reader)
    reader.columns = [one.name for one in columns]

    def step(rows: list[Row]) -> list[Row]:
        made = [{one.name: one.evaluate(row) for one in columns} for row in rows]
        return list({text_of(row): row for row in made}.values())

    return step


def _order(reader: Reader) -> Step:
    """Descending unless told otherwise, and null last then, as in Kusto."""
    reader.expect("by")
    keys: list[tuple[Expression, bool]] = []
    while True:
        expression = reader.expression()
        ascending = reader.takes("asc")
        if not ascending:
            reader.takes("desc")
        if reader.takes("nulls") and not reader.takes("first", "last"):
            reader.fail("expected 'first' or 'last'")
        keys.append((expression, ascending))
        if not reader.takes(","):
            break

    def step(rows: list[Row]) -> list[Row]:
        for expression, ascending in reversed(keys):
            evaluate = expression.evaluate
            rows = sorted(rows, key=lambda row: sort_key(evaluate(row)), reverse=not ascending)
        return rows

    return step


def _take(reader: Reader) -> Step:
    count = reader.whole_number()
    return lambda rows: rows[:count]


def _top(reader: Reader) -> Step:
    count = reader.whole_number()
    order = _order(reader)
    return lambda rows: order(rows)[:count]


def _count(reader: Reader) -> Step:
    reader.columns = ["Count"]
    return lambda rows: [{"Count": len(rows)}]


def _summarize(reader: Reader) -> Step:
    totals: list[Total] = []
    if not reader.takes("by"):
        totals.append(_total(reader))
        while reader.takes(","):
            totals.append(_total(reader))
        groups = _columns(reader) if reader.takes("by") else []
    else:
        groups = _columns(reader)
    reader.columns = [*(one.name for one in groups), *(one.name for one in totals)]

    def step(rows: list[Row]) -> list[Row]:
        piles: dict[str, tuple[Row, list[Row]]] = {}
        for row in rows:
            key = {one.name: one.evaluate(row) for one in groups}
            piles.setdefault(text_of(key), (key, []))[1].append(row)
        if not groups and not piles:
            piles[""] = ({}, [])
        return [{**key, **{one.name: one.work_out(pile) for one in totals}} for key, pile in piles.values()]

    return step


def _total(reader: Reader) -> Total:
    given = None
    if reader.peek().text == "=" and reader.peek().kind == "mark":
        given = reader.name()
        reader.next()
    name = reader.name().lower()
    aggregate = AGGREGATES.get(name)
    if aggregate is None:
        raise QueryError(f"Unknown aggregate: '{name[:60]}'", reader.word.at)
    reader.expect("(")
    arguments = reader.expressions(")")
    if len(arguments) != (0 if name == "count" else 1):
        raise QueryError(f"{name}(): {len(arguments)} arguments will not do", reader.word.at)
    if not arguments:
        return Total(given or f"{name}_", aggregate)
    evaluate = arguments[0].evaluate
    usual = f"{name}_{arguments[0].name or ''}"
    return Total(given or usual, lambda rows: aggregate([evaluate(row) for row in rows]))


OPERATORS: dict[str, Callable[[Reader], Step]] = {
    "where": _where,
    "filter": _where,
    "project": _project,
    "project-away": _project_away,
    "project-keep": _project_keep,
    "project-rename": _project_rename,
    "extend": _extend,
    "summarize": _summarize,
    "distinct": _distinct,
    "order": _order,
    "sort": _order,
    "top": _top,
    "take": _take,
    "limit": _take,
    "sample": _take,
    "count": _count,
}
# The columns of every table, in the order in which they are shown.
COLUMNS = (
    "id",
    "name",
    "type",
    "tenantId",
    "kind",
    "location",
    "resourceGroup",
    "subscriptionId",
    "managedBy",
    "sku",
    "plan",
    "properties",
    "tags",
    "identity",
    "zones",
    "extendedLocation",
)
