"""The rollout file beside the form: what it asks for, or everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass

from rollset.core.errors import UsageError
from rollset.core.ids import ScaleSetId
from rollset.core.outside.calls import Command
from rollset.engine.prepare import Wish
from rollset.faces.rolloutfile.faulty import Fault, FaultyFile
from rollset.faces.rolloutfile.reading import BYTES_MAX, form_of
from rollset.faces.wishes import WishFlags
from rollset.web.access.commands import Commands

NAME = "rollout.yaml"
"""What the file is called where it is told of, and saved."""

VARIABLE = "${"

REMEDY = (
    "begin it with `rollset upgrade -f` there, or allow it under commands in the configuration of `rollset serve` "
    "(docs/dashboard-access.md)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """A file that can be used."""

    flags: WishFlags
    wish: Wish


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A file, and what it means unless something is wrong with it."""

    text: str
    meant: Meant | None
    faults: tuple[Fault, ...] = ()


def read_file(text: str, scale_set: ScaleSetId, *, commands: Commands) -> Read:
    """What the file asks for, of this set and no other."""
    try:
        if (fault := too_long(text)) is not None:
            return Read(text=text, meant=None, faults=(fault,))
        form = form_of(NAME, text)
        named = scale_set if form.scale_set is None else form.scale_set.within(scale_set.subscription)
        if named != scale_set:
            why = f"names {named.subscription}/{named.short}, and this is the page of {scale_set.short}"
            return _faulty(text, ("scale_set",), why)
        meant = Meant(flags=form.wish_flags, wish=form.wish_flags.wish(scale_set))
    except FaultyFile as error:
        return Read(text=text, meant=None, faults=error.faults)
    except UsageError as error:
        return _faulty(text, (), str(error))
    if faults := tuple(_of_the_machine(meant.wish, commands)):
        return Read(text=text, meant=None, faults=faults)
    return Read(text=text, meant=meant)


def too_long(text: str) -> Fault | None:
    """What is wrong with a text of which not a word is read."""
    if len(text) <= BYTES_MAX and len(text.encode("utf-8", "surrogatepass")) <= BYTES_MAX:
        return None
    why = f"longer than {BYTES_MAX // 1024} KiB, which no description of a rollout is"
    return Fault(path=(), line=None, why=why)


def _faulty(text: str, path: tuple[str | int, ...], why: str) -> Read:
    return Read(text=text, meant=None, faults=(Fault(path=path, line=None, why=why),))


def _of_the_machine(wish: Wish, commands: Commands) -> Iterator[Fault]:
    """What would be run or read on the machine where a worker runs, and may not be."""
    if commands.everything:
        return
    called = [("hooks", number, one.call) for number, one in enumerate(wish.hooks)]
    asked = [("gates", number, one.question) for number, one in enumerate(wish.gates)]
    for key, number, what in (*called, *asked):
        if isinstance(what, Command):
            if not commands.allow(what.argv):
                why = f"would run a command where the worker runs, which is not allowed from here; {REMEDY}"
                yield Fault(path=("policy", key, number), line=None, why=why)
        elif VARIABLE in "".join(_texts(astuple(what))):
            why = f"names a variable of the machine where the worker runs, which is not allowed from here; {REMEDY}"
            yield Fault(path=("policy", key, number), line=None, why=why)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Iterable):
        for one in value:
            yield from _texts(one)
