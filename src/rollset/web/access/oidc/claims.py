"""Who somebody is and which roles he has, from what a provider said of him."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rollset.engine.durable.access.person import Person
from rollset.web.access.oidc.documents import text_of
from rollset.web.access.oidc.faults import SignInFailed
from rollset.web.access.roles import all_of
from rollset.web.access.settings import EVERYBODY, ProviderSettings
from rollset.web.access.who import How

VALUES_MAX = 5000
SHOWN_MAX = 10


def person_of(claims: Mapping[str, Any], settings: ProviderSettings) -> Person:
    """The person whom these claims describe.

    Raises:
        SignInFailed: he has no role here.
    """
    subject = f"{claims['iss']} {claims['sub']}"
    name = next((told for one in settings.name_claims if (told := text_of(claims, one).strip())), str(claims["sub"]))
    values = _values(claims, settings.roles_claim)
    given = [role for role, needed in settings.roles.items() if EVERYBODY in needed or needed & values]
    if not given:
        raise SignInFailed(_no_role(name, claims, settings, values))
    return Person(name=name, subject=subject, how=How.PROVIDER, roles=frozenset(all_of(given)))


def _values(claims: Mapping[str, Any], name: str) -> frozenset[str]:
    """What a claim says, as words; `a.b` is the claim of that name, or `b` within `a`."""
    told: Any = claims.get(name)
    if told is None:
        told = claims
        for step in name.split("."):
            told = told.get(step) if isinstance(told, Mapping) else None
    if isinstance(told, str):
        return frozenset([told])
    return (
        frozenset(one for one in told[:VALUES_MAX] if isinstance(one, str)) if isinstance(told, list) else frozenset()
    )


def _no_role(name: str, claims: Mapping[str, Any], settings: ProviderSettings, values: frozenset[str]) -> str:
    claim = settings.roles_claim
    told = f"{name[:100]} is signed in at the provider, but has no role here: "
    names = claims.get("_claim_names")
    if not values and isinstance(names, Mapping) and claim in names:
        return told + (
            f"there are too many {claim} for the token, so Entra left them out; use app roles, or let it send only the "
            "groups that are assigned to the application"
        )
    if not values:
        return told + f"the token has no claim {claim!r}; give out a role, or correct roles_claim"
    some = ", ".join(sorted(values)[:SHOWN_MAX])[:300]
    return told + f"none of what the claim {claim!r} says stands under roles ({some}); give out a role, or add it there"
