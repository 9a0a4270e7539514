"""How a rolling pass judges instances.

Where there is no health source, Azure looks at the power state and at the provisioning (documentation, "Automatic OS
image upgrades"). That a machine that is off counts as unhealthy in every set is a choice of ours.
"""

from collections.abc import Sequence

from rollset.emulator.healthsettings import HealthState
from rollset.emulator.instance import Instance, Power, Provisioning


def is_unhealthy(instance: Instance) -> bool:
    """Unhealthy or unknown; an application that is still initializing is neither healthy nor unhealthy."""
    if instance.provisioning is Provisioning.FAILED or instance.power is not Power.RUNNING:
        return True
    return instance.has_verdict and instance.health in (HealthState.UNHEALTHY, HealthState.UNKNOWN)


def still_starting(instance: Instance) -> bool:
    """The application says that it is initializing."""
    return instance.has_verdict and instance.power is Power.RUNNING and instance.health is HealthState.INITIALIZING


def is_healthy(instance: Instance) -> bool:
    return instance.in_service


def judged(instances: Sequence[Instance]) -> list[Instance]:
    """Those that count for the shares: not new ones that are still coming up, nor those that go."""
    return [one for one in instances if one.provisioning not in (Provisioning.CREATING, Provisioning.DELETING)]
