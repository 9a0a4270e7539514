"""All that a user asks for, with the words of the command over those of a file."""

from __future__ import annotations

from dataclasses import dataclass

import click

from rollset.cli.options import ConnectionFlags
from rollset.cli.session import scale_set_of
from rollset.core.errors import Misnamed, RollsetError, UsageError
from rollset.core.ids import ScaleSetAddress, ScaleSetId
from rollset.engine.prepare import Wish
from rollset.faces.misnamed import NAMING, flag_of, key_of, placed
from rollset.faces.wishes import PaceFlags, WishFlags


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked for, of which scale set. `notes` tell what the command says otherwise than its file.

    `flags` are both taken together; `in_file` is what the file says by itself.
    """

    address: ScaleSetAddress | None
    flags: WishFlags
    file: str | None = None
    in_file: WishFlags | None = None
    notes: tuple[str, ...] = ()

    @property
    def pace(self) -> PaceFlags:
        return self.flags.pace

    @property
    def nothing(self) -> bool:
        """Whether neither words nor a file say anything."""
        return self.address is None and self.file is None and not any(self.flags.given())

    def scale_set(self, connection: ConnectionFlags) -> ScaleSetId:
        """The scale set that is meant.

        Raises:
            click.UsageError: nothing names it.
            UsageError: nothing names its subscription.
        """
        if self.address is None:
            raise click.UsageError(
                "Missing argument 'RG/NAME': name the scale set, here or as scale_set in a file (-f)"
            )
        return scale_set_of(self.address, connection)

    def wish(self, scale_set: ScaleSetId) -> Wish:
        """The wish for `scale_set`.

        Raises:
            UsageError: what is asked for contradicts itself, or leaves out the image.
        """
        return self.flags.wish(scale_set)

    def placed(self, error: Misnamed) -> UsageError:
        """The error, with the key of the file in front, or the flag, where the name was given."""
        key = key_of(error, self.flags.image.change(may_stay=True))
        if key not in dict(self.flags.given()):
            return error
        return placed(error, flag_of(key) if self._by_flag(key) else key)

    def renamed(self, error: RollsetError) -> UsageError | None:
        """What a dashboard, which knows files alone, tells of a key that a flag has given here; none if it does not."""
        key, colon, words = str(error).partition(": ")
        return UsageError(f"{flag_of(key)}: {words}") if colon and key in NAMING and self._by_flag(key) else None

    def _by_flag(self, key: str) -> bool:
        """Whether the command itself gives what stands under that key in a file."""
        given, in_file = dict(self.flags.given()), {} if self.in_file is None else dict(self.in_file.given())
        return key in given and in_file.get(key) != given[key]


def asked_for(address: ScaleSetAddress | None, flags: WishFlags, file: str | None) -> Asked:
    """What the command asks for, and what its file does where the command is silent.

    Raises:
        FaultyFile: something is wrong with the file.
    """
    if file is None:
        return Asked(address=address, flags=flags)
    from rollset.faces.rolloutfile.reading import read_rollout  # noqa: PLC0415 (pydantic takes its time)

    form = read_rollout(file)
    both = flags.over(form.wish_flags)
    said = [path for path, value in form.wish_flags.given() if dict(both.given()).get(path) != value]
    if address is not None and form.scale_set not in (None, address):
        said.insert(0, "scale_set")
    notes = (f"{', '.join(said)}: as the command says, not as {file} does",) if said else ()
    return Asked(address=address or form.scale_set, flags=both, file=file, in_file=form.wish_flags, notes=notes)
