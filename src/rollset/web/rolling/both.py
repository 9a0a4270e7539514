"""The form and the file side by side, after either was changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rollset.core.ids import ScaleSetId
from rollset.faces.rolloutfile.faulty import TOLD_MAX, Fault, FaultyFile, spoken_path
from rollset.web.access.commands import Commands
from rollset.web.rolling.fields import all_fields
from rollset.web.rolling.file import NAME, Meant, Read, read_file, too_long
from rollset.web.rolling.filled import as_sent, filled, with_form
from rollset.web.rolling.spoken import in_fields

Sent = Mapping[str, Sequence[str]]

FILE, WAS = "file", "was"
"""Fields of the form that hold the file as it is now, and as it was when the page was made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Both:
    """`was` is the file that the fields show; while that which stands there cannot be read, it is an older one."""

    text: str
    was: str
    values: Mapping[str, str | None]
    meant: Meant | None
    faults: tuple[Fault, ...]

    @property
    def faults_by_field(self) -> dict[str, list[str]]:
        """What is wrong, under the name of the field that shows it; under nothing what no field shows."""
        found: dict[str, list[str]] = defaultdict(list)
        names = {field.name for field in all_fields()}
        for fault in self.faults[:TOLD_MAX]:
            ways = (spoken_path(fault.path[:length]) for length in range(len(fault.path), 0, -1))
            found[next((way for way in ways if way in names), "")].append(in_fields(fault.why))
        return dict(found)

    @property
    def told(self) -> list[str]:
        """Every fault with its line and its path, or the first of many."""
        told = [f"{'' if one.line is None else f'line {one.line}: '}{one}" for one in self.faults[:TOLD_MAX]]
        more = len(self.faults) - TOLD_MAX
        return [*map(in_fields, told), *([f"and {more} faults more"] if more > 0 else [])]


def both_of(text: str, scale_set: ScaleSetId, *, commands: Commands) -> Both:
    """The form beside a file that nobody has changed yet."""
    read = read_file(text, scale_set, commands=commands)
    return _both(read, text, filled(NAME, text))


def both_sent(sent: Sent, scale_set: ScaleSetId, *, commands: Commands) -> Both:
    """What a browser sent, with each side brought into line with the other."""
    was, text = _text(sent, WAS), _text(sent, FILE)
    if (fault := too_long(text) or too_long(was)) is not None:
        return Both(text=text, was=was, values=as_sent(sent), meant=None, faults=(fault,))
    try:
        text = with_form(NAME, was, text, sent)
        values = filled(NAME, text)
    except FaultyFile as error:
        return Both(text=text, was=was, values=as_sent(sent), meant=None, faults=error.faults)
    return _both(read_file(text, scale_set, commands=commands), text, values)


def _both(read: Read, was: str, values: Mapping[str, str | None]) -> Both:
    return Both(text=read.text, was=was, values=values, meant=read.meant, faults=read.faults)


def _text(sent: Sent, name: str) -> str:
    """As it was before a browser made the ends of its lines those of a form."""
    return "".join(sent.get(name, ())[:1]).replace("\r\n", "\n")
