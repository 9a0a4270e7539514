"""Whether a rollout may be begun by its first step alone, and left there: `--no-wait`, `start_only`."""

from __future__ import annotations

from rollset.core.errors import UsageError
from rollset.core.pace import Engine
from rollset.engine.prepare import Wish


def check_first_step(wish: Wish) -> None:
    """Makes sure that nothing has to be seen to after the first step.

    Raises:
        UsageError: something has, and nobody would.
    """
    needs = {
        "--switch-policy": (wish.switch_policy, "put the policy back"),
        "--surge": (wish.surge is not None, "delete the old instances"),
        "gates and hooks": (bool(wish.gates or wish.hooks), "ask the one or call the other"),
        "--engine azure": (wish.engine is Engine.AZURE, "put Azure's rolling policy back"),
    }
    for words, (is_needed, what) in needs.items():
        if is_needed:
            raise UsageError(f"{words} cannot go with --no-wait (start_only): nobody would {what}")
