"""How much rendered JSON is kept: that of the sets that were listed last, within a bound.

An instance keeps its own JSON until something about it changes (`Instance.fragments`), which makes a page of instances
cheap to answer again. What 200,000 instances would keep is bounded here: the sets that nobody has listed for longest
lose theirs, and render it anew when they are listed again.
"""

from collections import OrderedDict
from dataclasses import dataclass, field

from rollset.emulator.scaleset import ScaleSet

BYTES_MAX = 256 * 1024 * 1024


@dataclass(slots=True)
class Rendered:
    """The sets whose instances keep JSON, those listed last at the end, and about how much it is."""

    bytes_max: int = BYTES_MAX
    _sizes: OrderedDict[ScaleSet, int] = field(default_factory=OrderedDict)
    _total: int = 0

    def note(self, scale_set: ScaleSet, size: int) -> None:
        """A page of that size has been answered; counted once more when another form of it is kept beside."""
        before = self._sizes.pop(scale_set, 0)
        self._sizes[scale_set] = max(before, size)
        self._total += self._sizes[scale_set] - before
        while self._total > self.bytes_max and len(self._sizes) > 1:
            oldest, freed = self._sizes.popitem(last=False)
            self._total -= freed
            for instance in oldest.instances.values():
                instance.fragments.clear()
                instance.fixed = None
