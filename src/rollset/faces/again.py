"""A rollout that ended before it was done, asked for once more: in the words that began it, as a rollout file."""

from __future__ import annotations

from dataclasses import replace

from rollset.core.change import UNCHANGED, ImageChange, VersionChange
from rollset.core.errors import UsageError
from rollset.core.image import CustomImage, Image, PlatformImage
from rollset.engine.events import Ending
from rollset.engine.prepare import Wish
from rollset.faces.account import Account
from rollset.faces.rewording import flags_for
from rollset.faces.rolloutfile.writing import brief_text, naming
from rollset.faces.wishes import ImageFlags


def can_go_again(account: Account) -> bool:
    """Whether it makes sense: it has ended, with something left to do, and its words are known."""
    return account.ended and account.row.ending != Ending.DONE and _wish(account) is not None


def again_text(account: Account) -> str:
    """The file that asks for the same, at the exact image that was meant then.

    Raises:
        UsageError: nobody asked for it in such words, as for an undo.
    """
    wish, state = _wish(account), account.state
    if wish is None or state is None:
        raise UsageError(f"what {account.id} was asked for cannot be told as a rollout file: fill in the form anew")
    flags = flags_for(wish)
    return brief_text(wish.scale_set, replace(flags, image=_pinned(wish.change, state.order.job.image)))


def may_hold_secrets(account: Account) -> bool:
    """Whether the file may say what nothing else tells: what gates and hooks send along, and hidden members."""
    wish = _wish(account)
    return wish is not None and bool(wish.gates or wish.hooks or wish.model.hidden)


def _wish(account: Account) -> Wish | None:
    return None if account.state is None else account.state.order.wish


def _pinned(change: ImageChange, image: Image) -> ImageFlags:
    """The image in the words that were used, at its exact version: the newest may be another by now."""
    if change == UNCHANGED:
        return ImageFlags()
    if isinstance(change, VersionChange) and isinstance(image, PlatformImage | CustomImage):
        return ImageFlags(version=image.version, sku=change.sku)
    return naming(image)
