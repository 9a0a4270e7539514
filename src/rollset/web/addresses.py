"""The addresses of all pages, built in one place."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote, urlencode

from rollset.core.ids import ScaleSetId

FLEET = "/"
SETS = "/sets"
ROLLOUTS = "/rollouts"
ACTS = "/acts"
AUDIT = "/audit"
SIGN_OUT = "/sign-out"
SIGNED_OUT = "/sign-in?out=1"
API = "/api"


def of_set(scale_set: ScaleSetId, below: str = "") -> str:
    """The page of a scale set, or one below it.

    >>> of_set(ScaleSetId(subscription="s", resource_group="g", name="n"), "edit")
    '/sets/s/g/n/edit'
    """
    words = (scale_set.subscription, scale_set.resource_group, scale_set.name)
    return "/".join([SETS, *(quote(word, safe="") for word in words), *([below] if below else [])])


def of_plan(scale_set: ScaleSetId, draft: str) -> str:
    """The page of the plan that a kept file makes."""
    return of_set(scale_set, f"roll/plans/{quote(draft, safe='')}")


def of_rollout(rollout: str, below: str = "") -> str:
    """The page of a rollout, or one below it."""
    return "/".join([ROLLOUTS, quote(rollout, safe=""), *([below] if below else [])])


def of_act(act: str, below: str = "") -> str:
    """The page of an act, or one below it."""
    return "/".join([ACTS, quote(act, safe=""), *([below] if below else [])])


def of_stream(address: str, asked: Iterable[tuple[str, str]] = ()) -> str:
    """Where a page listens for what changes on it: an operation of the API, which sends its parts as HTML.

    >>> of_stream("/acts/3k2x"), of_stream("/sets/s/g/n", [("show", "power")])
    ('/api/acts/3k2x/stream?form=html', '/api/sets/s/g/n/stream?form=html&show=power')
    """
    return f"{API}{address}/stream?{urlencode([('form', 'html'), *asked])}"
