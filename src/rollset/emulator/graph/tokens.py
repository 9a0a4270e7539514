"""The words of a query."""

import re
from typing import NamedTuple

from rollset.emulator.graph.errors import QueryError

QUERY_CHARACTERS_MAX = 50_000
_TOKEN = re.compile(
    r"""
    (?P<space>\s+|//[^\n]*)
  | (?P<number>\d+(?:\.\d+)?)
  | (?P<text>@?'(?:[^'\\\n]|\\.)*'|@?"(?:[^"\\\n]|\\.)*")
  | (?P<name>!?[A-Za-z_$][A-Za-z0-9_]*(?:~(?!=))?)
  | (?P<mark>==|!=|=~|!~|<=|>=|\.\.|[|()\[\].,=<>+\-*/%:{}])
    """,
    re.VERBOSE,
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r"}


class Token(NamedTuple):
    """One word: `number`, `text`, `name`, `mark` or `end`."""

    kind: str
    text: str
    at: int


def tokens(query: str) -> list[Token]:
    """The words in their order, without space and comments, and an `end`.

    >>> [token.text for token in tokens("resources | where name =~ 'A' // all")]
    ['resources', '|', 'where', 'name', '=~', 'A', '']
    """
    if len(query) > QUERY_CHARACTERS_MAX:
        raise QueryError("the query is too long", 0)
    found, place = [], 0
    while place < len(query):
        match = _TOKEN.match(query, place)
        if match is None or match.lastgroup is None:
            raise QueryError(f"unexpected {query[place]!r}", place)
        if match.lastgroup == "text":
            found.append(Token("text", _unquoted(match[0]), place))
        elif match.lastgroup != "space":
            found.append(Token(match.lastgroup, match[0], place))
        place = match.end()
    return [*found, Token("end", "", len(query))]


def _unquoted(text: str) -> str:
    """What a quoted text says; `@` before the quotes takes backslashes as they are."""
    if text.startswith("@"):
        return text[2:-1]
    return _ESCAPE.sub(lambda match: _ESCAPED.get(match[1], match[1]), text[1:-1])
