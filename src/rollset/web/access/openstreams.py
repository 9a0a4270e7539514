"""How many streams somebody has open: each holds a connection, of which there are so many for all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from rollset.web.access.refusal import Refused
from rollset.web.access.who import Who

EACH_MAX = 100
"""A page has one; a browser that speaks HTTP/1.1 has six at most."""

AGAIN_SECONDS = 15


class OpenStreams:
    """The streams that are open, by who reads them."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()

    @contextmanager
    def one_more(self, who: Who) -> Iterator[None]:
        """Counts one for as long as the block lasts.

        Raises:
            Refused: there are enough.
        """
        if self._open[who.subject] >= EACH_MAX:
            raise Refused(
                HTTPStatus.TOO_MANY_REQUESTS,
                f"{who.name} follows {EACH_MAX} streams already, as open pages do; close some, or try again in "
                f"{AGAIN_SECONDS} s.",
                headers={"retry-after": str(AGAIN_SECONDS)},
            )
        self._open[who.subject] += 1
        try:
            yield
        finally:
            self._open[who.subject] -= 1
            self._open += Counter()  # Whoever has none open any more is forgotten.
