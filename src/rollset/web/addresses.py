"""The addresses of all pages, built in one place."""

from __future__ import annotations

from urllib.parse import quote

from rollset.core.ids import ScaleSetId

FLEET = "/"
ROLLOUTS = "/rollouts"
ACTS = "/acts"
AUDIT = "/audit"
SIGN_OUT = "/sign-out"


def of_set(scale_set: ScaleSetId, below: str = "") -> str:
    """The page of a scale set, or one below it.

    >>> of_set(ScaleSetId(subscription="s", resource_group="g", name="n"), "live")
    '/sets/s/g/n/live'
    """
    words = (scale_set.subscription, scale_set.resource_group, scale_set.name)
    return "/".join(["/sets", *(quote(word, safe="") for word in words), *([below] if below else [])])


def of_plan(scale_set: ScaleSetId, draft: str) -> str:
    """The page of the plan that a kept file makes."""
    return of_set(scale_set, f"roll/plans/{quote(draft, safe='')}")


def of_rollout(rollout: str, below: str = "") -> str:
    """The page of a rollout, or one below it."""
    return "/".join([ROLLOUTS, quote(rollout, safe=""), *([below] if below else [])])


def of_act(act: str, below: str = "") -> str:
    """The page of an act, or one below it."""
    return "/".join([ACTS, quote(act, safe=""), *([below] if below else [])])
