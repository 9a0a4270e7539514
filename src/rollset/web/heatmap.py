"""The heatmap of a scale set: one row per update domain, one column per fault domain, one cell per instance.

What a cell shows can be switched. Each state has a colour, a sign and words, so that it can be read in grey.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rollset.core.decide import survey
from rollset.core.fleet import Health, Instance, Power
from rollset.core.ids import InstanceId, natural
from rollset.core.image import Image, same_image
from rollset.core.pace import Job
from rollset.core.progress import Progress
from rollset.faces.grid import Grid, grids_of, places_of
from rollset.faces.marks import Mark, marks_of
from rollset.web.looks import Look

IMAGES_MAX = 8
"""So many images have a colour and a letter of their own; the rest share the last one."""

SHORT_CHARACTERS = 6

DENSE_FROM = 120
"""With more instances than that, cells are small."""


class Show(StrEnum):
    """What the cells show."""

    STATE = "state"
    POWER = "power"
    HEALTH = "health"
    IMAGE = "image"

    @property
    def words(self) -> str:
        return {"state": "rollout state", "power": "power", "health": "health", "image": "image version"}[self.value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One state: `name` is its style, `sign` its shape, `words` its name."""

    name: str
    sign: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One instance. `about` is all that there is to say of it, for those who cannot see it or point at it."""

    id: InstanceId
    kind: Kind
    about: str
    locked: bool = False
    """Protected from actions of the set."""

    @property
    def style(self) -> str:
        """Its classes."""
        named = " named" if len(self.id) > SHORT_CHARACTERS else ""
        return f"cell tile {self.kind.name}" + named + (" locked" if self.locked else "")

    @property
    def short(self) -> str:
        """As much of the id as fits: names of Flexible sets differ in their last letters."""
        return self.id if len(self.id) <= SHORT_CHARACTERS else f"…{self.id[-SHORT_CHARACTERS:]}"

    @property
    def text(self) -> str:
        """What a screen reader says."""
        return f"instance {self.id}: {self.kind.words}" + (", protected" if self.locked else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One update domain: the cells of each fault domain. An instance without one stands under an empty label."""

    label: str
    places: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Map:
    """One grid, of a zone or a placement group, numbered from 0."""

    number: int
    title: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heatmap:
    """All grids of a set, and what their signs mean, with how many there are of each."""

    show: Show
    cells: Mapping[InstanceId, Cell]
    maps: tuple[Map, ...]
    dense: bool
    """So many that cells have to be small."""
    legend: tuple[tuple[Kind, int], ...]


def heatmap(look: Look, show: Show, marks: Mapping[InstanceId, Mark] | None = None) -> Heatmap:
    """The heatmap of what was seen; `marks` are those of a rollout that goes on."""
    return grids(grids_of(places_of(look.instances)), cells_of(look, show, marks), show)


def grids(drawn: Sequence[Grid], cells: Mapping[InstanceId, Cell], show: Show) -> Heatmap:
    """These cells in these grids."""
    return Heatmap(
        show=show,
        cells=cells,
        dense=len(cells) > DENSE_FROM,
        maps=tuple(_map(number, grid, cells) for number, grid in enumerate(drawn)),
        legend=_legend(cells.values()),
    )


def ids_in(
    maps: Iterable[Map], *, rows: Sequence[str] = (), columns: Sequence[str] = (), whole: Sequence[str] = ()
) -> list[InstanceId]:
    """The instances of whole rows (`0/UD 3`), columns (`0/FD 1`) and grids (`0`), as the page names them."""
    return [
        cell.id
        for one in maps
        for row in one.rows
        for column, place in zip(one.columns, row.places, strict=True)
        if f"{one.number}" in whole or f"{one.number}/{row.label}" in rows or f"{one.number}/{column}" in columns
        for cell in place
    ]


def cells_of(look: Look, show: Show, marks: Mapping[InstanceId, Mark] | None = None) -> dict[InstanceId, Cell]:
    """The cell of every instance."""
    kinds = kinds_of(look, show, marks)
    return {
        one.id: Cell(id=one.id, kind=kinds[one.id], about=_about(one), locked=one.protected)
        for one in sorted(look.instances, key=lambda one: natural(one.id))
    }


def kinds_of(look: Look, show: Show, marks: Mapping[InstanceId, Mark] | None = None) -> dict[InstanceId, Kind]:
    """What each instance is shown as."""
    match show:
        case Show.POWER:
            return {one.id: POWER[one.power] for one in look.instances}
        case Show.HEALTH:
            return {one.id: HEALTH[one.health] for one in look.instances}
        case Show.IMAGE:
            kinds = _image_kinds(look)
            return {one.id: kinds[_image_words(one.image)] for one in look.instances}
        case Show.STATE:
            own = own_marks(look)
            known = own if marks is None else {**own, **{one: marks[one] for one in marks.keys() & own.keys()}}
            return {one: STATE[mark] for one, mark in known.items()}


def own_marks(look: Look) -> Mapping[InstanceId, Mark]:
    """How each instance stands towards the image of the model, without any rollout."""
    if look.exact is None:
        return {one.id: Mark.DONE for one in look.instances}
    return marks_of(survey(look.fleet, Job(image=look.exact), Progress()))


STATE = {mark: Kind(name=mark.name.lower(), sign=mark.sign, words=mark.words) for mark in Mark}

POWER = {
    Power.RUNNING: Kind(name="running", sign="●", words="running"),
    Power.STARTING: Kind(name="starting", sign="◐", words="starting"),
    Power.CREATING: Kind(name="creating", sign="◌", words="creating"),
    Power.STOPPING: Kind(name="stopping", sign="◒", words="stopping"),
    Power.STOPPED: Kind(name="stopped", sign="■", words="stopped, still billed"),
    Power.DEALLOCATING: Kind(name="deallocating", sign="▽", words="deallocating"),
    Power.DEALLOCATED: Kind(name="deallocated", sign="□", words="deallocated"),
    Power.UNKNOWN: Kind(name="unknown", sign="?", words="power unknown"),
}

HEALTH: dict[Health | None, Kind] = {
    Health.HEALTHY: Kind(name="healthy", sign="✓", words="healthy"),
    Health.UNHEALTHY: Kind(name="unhealthy", sign="!", words="unhealthy"),
    Health.INITIALIZING: Kind(name="settling", sign="◐", words="initializing"),
    Health.UNKNOWN: Kind(name="unknown", sign="?", words="health unknown"),
    None: Kind(name="none", sign="-", words="no health source"),
}


def _image_words(image: Image | None) -> str:
    return "an image that Azure does not tell" if image is None else str(image)


def _image_kinds(look: Look) -> dict[str, Kind]:
    """The image of the model first, then the others by how many run them."""
    counts = Counter(_image_words(one.image) for one in look.instances)
    wanted = {_image_words(one.image) for one in look.instances if same_image(one.image, look.exact)}
    others = [words for words, _ in counts.most_common() if words not in wanted]
    kinds = {words: Kind(name="done", sign="●", words=f"{_short(words)}, as the model says") for words in wanted}
    for number, words in enumerate(others):
        letter = chr(ord("A") + min(number, IMAGES_MAX - 1))
        kinds[words] = Kind(name=f"image-{letter.lower()}", sign=letter, words=_short(words))
    return kinds


def _short(words: str) -> str:
    """What tells images of one set apart.

    >>> _short("MicrosoftWindowsServer:WindowsServer:2012-R2-Datacenter:4.0.20160126")
    '2012-R2-Datacenter:4.0.20160126'
    """
    return ":".join(words.split(":")[-2:]) if words.count(":") > 1 and "/" not in words else words.rpartition("/")[2]


def _about(one: Instance) -> str:
    words = [f"image {_short(_image_words(one.image))}", f"power {one.power}"]
    words += [f"health {one.health}"] if one.health is not None else []
    words += [f"provisioning {one.provisioning}"]
    words += ["protected from scale set actions"] if one.protected else []
    words += ["protected from scale-in"] if one.protected_from_scale_in else []
    words += [str(one.error)] if one.error is not None else []
    return "; ".join(words)


def _map(number: int, grid: Grid, cells: Mapping[InstanceId, Cell]) -> Map:
    return Map(
        number=number,
        title=grid.title,
        columns=grid.columns,
        rows=tuple(
            Row(
                label=row,
                places=tuple(tuple(cells[one] for one in grid.cell(row, column)) for column in grid.columns),
            )
            for row in grid.rows
        ),
    )


def _legend(cells: Iterable[Cell]) -> tuple[tuple[Kind, int], ...]:
    counts = Counter(cell.kind for cell in cells)
    order = [*STATE.values(), *POWER.values(), *HEALTH.values()]
    place = {kind: number for number, kind in enumerate(order)}
    return tuple(sorted(counts.items(), key=lambda item: (place.get(item[0], -1), item[0].name)))
