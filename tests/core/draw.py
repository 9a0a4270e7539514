"""Fleets drawn a letter an instance, so that a test shows what it is about.

    o  outdated, healthy            n  new, healthy
    u  asked for by us, under way   b  new, still starting (settling)
    x  outdated, unhealthy          f  outdated, provisioning failed
    p  outdated, protected          s  outdated, deallocated
    w  being worked on by others    d  being deleted
    h  on the new disk, but its upgrade failed there; healthy all the same

Instances are numbered from 0. Five update domains in turn, unless `domains` names one an instance.
"""

from dataclasses import replace

from rollset.core.fleet import (
    AzureError,
    Fleet,
    Health,
    HealthSource,
    Instance,
    Orchestration,
    Place,
    Power,
    Provisioning,
    ScaleSet,
    UpgradeMode,
)
from rollset.core.ids import InstanceId, ScaleSetId
from rollset.core.image import PlatformImage
from rollset.core.pace import Job, Pace
from rollset.core.progress import Attempt, Progress, Took

OLD = PlatformImage(publisher="Contoso", offer="Server", sku="2012", version="1.0.0")
NEW = PlatformImage(publisher="Contoso", offer="Server", sku="2012", version="2.0.0")


def a_scale_set(capacity, **changes):
    facts = {
        "id": ScaleSetId(subscription="sub", resource_group="rg", name="web"),
        "location": "westus",
        "vm_size": "Standard_D2s_v5",
        "capacity": capacity,
        "image": NEW,
        "upgrade_mode": UpgradeMode.MANUAL,
        "orchestration": Orchestration.UNIFORM,
        "provisioning": Provisioning.SUCCEEDED,
        "health_source": HealthSource.PROBE,
        "etag": '"1"',
    }
    return ScaleSet(**{**facts, **changes})


LETTERS = {
    "o": {},
    "n": {"image": NEW},
    "u": {"provisioning": Provisioning.UPDATING, "health": Health.UNHEALTHY},
    "b": {"image": NEW, "health": Health.INITIALIZING},
    "x": {"health": Health.UNHEALTHY},
    "f": {
        "provisioning": Provisioning.FAILED,
        "health": Health.UNHEALTHY,
        "error": AzureError(code="OSProvisioningTimedOut", message="the guest did not report"),
    },
    "p": {"protected": True},
    "s": {"power": Power.DEALLOCATED, "health": None},
    "w": {"provisioning": Provisioning.UPDATING, "health": Health.UNHEALTHY},
    "d": {"provisioning": Provisioning.DELETING},
    "h": {"image": NEW, "provisioning": Provisioning.FAILED},
}


def an_instance(number, letter="o", *, domain=None, **changes):
    facts = {
        "id": InstanceId(str(number)),
        "place": Place(update_domain=number % 5 if domain is None else domain, fault_domain=number % 5),
        "image": OLD,
        "latest_model_applied": letter in "nb",
        "provisioning": Provisioning.SUCCEEDED,
        "power": Power.RUNNING,
        "health": Health.HEALTHY,
    }
    return Instance(**{**facts, **LETTERS[letter], **changes})


def a_fleet(letters, *, domains=None, **model):
    instances = tuple(
        an_instance(number, letter, domain=int(domains[number]) if domains else None)
        for number, letter in enumerate(letters)
    )
    return Fleet(scale_set=a_scale_set(len(letters), **model), instances=instances)


def asked_for(letters, at=0.0):
    """The progress of a run that asked for every `u`."""
    return Progress(
        asked={InstanceId(str(n)): Attempt(at=at, out_at=at) for n, letter in enumerate(letters) if letter == "u"}
    )


def upgraded(at):
    """The progress of a run whose upgrades of these were proven at these moments."""
    proven = {InstanceId(one): moment for one, moment in at.items()}
    return Progress(proven=proven, took=dict.fromkeys(proven, Took(300.0, 300.0)))


def seasoned(progress):
    """The same, with a canary that has proven itself long ago."""
    before = upgraded({"canary": -1000.0})
    return replace(progress, proven=before.proven, took=before.took)


def a_job(**pace):
    return Job(image=NEW, pace=Pace(**pace))


def drawn(fleet, chosen):
    """`^` under each chosen instance."""
    return "".join("^" if one.id in chosen else " " for one in fleet.instances).rstrip()
