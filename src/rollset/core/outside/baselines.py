"""What a new instance is held against, since it has no past of its own: those of the set that are not upgraded yet.

A surge makes an instance before it is known which old one goes in its place, and that one may be the odd one out. So
some of those that serve on the old image, its peers, are measured right before instances are added, and of each gate's
numbers the median is the baseline of all that are added then.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from statistics import median

PEERS_MAX = 5
"""Each costs a question, or a request to Azure; the median of so many is no odd one."""


def median_of(measured: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """The baseline, by gate, that these measurements make.

    >>> median_of([{"cpu": 10.0}, {"cpu": 90.0, "load": 2.0}, {"cpu": 12.0}])
    {'cpu': 12.0, 'load': 2.0}
    """
    numbers: dict[str, list[float]] = {}
    for one in measured:
        for gate, number in one.items():
            numbers.setdefault(gate, []).append(number)
    return {gate: median(several) for gate, several in numbers.items()}
