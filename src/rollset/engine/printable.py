"""What others have written, fit to be shown: on a terminal, in a log, in a row."""

from __future__ import annotations


def printable(text: str) -> str:
    r"""On one line, and without what moves a cursor, changes a title, or how the rest is read.

    >>> printable("fine \x1b[2J\n now")
    'fine [2J now'
    """
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
