"""The few pages that whoever is not signed in may see: they tell nothing of scale sets, nor of where Azure is."""

from __future__ import annotations

from dataclasses import dataclass

from rollset.web.render import templates


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """The page to sign in at. `provider` is the name of one, if there is one; `begin` leads there."""

    provider: str | None
    begin: str
    links: bool
    left: bool
    link_command: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """The page that says why not."""

    title: str
    sentence: str
    request: str


def door(template: str, model: SignIn | Closed) -> str:
    """One of these pages."""
    return templates().get_template(f"access/{template}").render(page=model)
