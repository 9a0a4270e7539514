"""A rollout that is held, perhaps for days: packed small while it sleeps, so that one process can keep hundreds.

Packed are its own values, for itself and for no longer than this process lives; nothing from outside is ever unpacked.
"""

from __future__ import annotations

import pickle
import zlib

from rollset.engine.state import State


class Case:
    """The state of one rollout in the hands of its run: awake, or packed."""

    def __init__(self, state: State) -> None:
        self._state: State | None = state
        self._packed = b""

    @property
    def state(self) -> State:
        """The state, unpacked if need be."""
        if self._state is None:
            self._state, self._packed = pickle.loads(zlib.decompress(self._packed)), b""  # noqa: S301 (our own)
        return self._state

    @state.setter
    def state(self, state: State) -> None:
        self._state = state

    def sleep(self) -> None:
        """Packs it."""
        self._packed = zlib.compress(pickle.dumps(self.state), 1)
        self._state = None
