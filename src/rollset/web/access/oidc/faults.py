"""What can go wrong at a provider.

RollsetError          1
└── SignInFailed      1  the provider did not say who it is, or he may nothing here
    └── ProviderAway  1  the provider cannot be asked
"""

from __future__ import annotations

from rollset.core.errors import RollsetError


class SignInFailed(RollsetError):  # noqa: N818 (reads as the fact it states)
    """Nobody was signed in; the sentence says why."""


class ProviderAway(SignInFailed):
    """The provider could not be asked; it may be there again later."""
