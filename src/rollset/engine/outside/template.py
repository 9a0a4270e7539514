"""Fills in what a call leaves open: `{name}` from facts, `${NAME}` from the environment of this process.

Only names that are known are replaced, so that a query such as `up{job="web"}` stays as it is; `{{word}}` is `{word}`.
What came from the environment may be a secret: it is taken out again of everything that is told.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from rollset.core.errors import RollsetError
from rollset.core.outside.placeholders import PLACEHOLDER

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_LITERAL = re.compile(r"\{(\{[a-z_]+\})\}")
HIDDEN_MIN = 4
"""A shorter value is part of too many words to be hidden, and no secret."""


class Unfilled(RollsetError):  # noqa: N818 (reads as the fact it states)
    """A call names a variable that this process does not have."""


@dataclass(slots=True)
class Filling:
    """Fills templates of one call, and remembers what must not be told."""

    facts: Mapping[str, str]
    environ: Mapping[str, str]
    _hidden: dict[str, str] = field(default_factory=dict)

    def fill(self, template: str) -> str:
        """The text with everything in its place.

        Raises:
            Unfilled: it names a variable that is not set.
        """
        # Variables last: what they hold is a value, not a template.
        facts = PLACEHOLDER.sub(lambda found: self.facts.get(found[1], found[0]), template)
        return _VARIABLE.sub(self._variable, _LITERAL.sub(r"\1", facts))

    def hide(self, words: str) -> str:
        """The words with every value from the environment under its name again."""
        for value, name in self._hidden.items():
            words = words.replace(value, f"${{{name}}}")
        return words

    def _variable(self, found: re.Match[str]) -> str:
        name = found[1]
        value = self.environ.get(name)
        if value is None:
            raise Unfilled(f"the variable {name} is not set where rollset runs")
        if len(value) >= HIDDEN_MIN:
            self._hidden[value] = name
        return value
