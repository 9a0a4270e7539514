"""Whether an instance carries traffic, as far as Azure tells: for prices and looks that belong to no rollout."""

from __future__ import annotations

from rollset.core.fleet import Health, Instance, Power, Provisioning

UNDER_WAY = frozenset({Provisioning.CREATING, Provisioning.UPDATING, Provisioning.DELETING, Provisioning.MIGRATING})


def serves(seen: Instance) -> bool:
    """A running instance that nobody works on and that nothing calls unhealthy; without a verdict it is taken to serve.

    A failed operation leaves an instance serving where its health says so.
    """
    if seen.power is not Power.RUNNING or seen.provisioning in UNDER_WAY:
        return False
    if seen.health is None:
        return seen.provisioning is Provisioning.SUCCEEDED
    return seen.health is Health.HEALTHY
