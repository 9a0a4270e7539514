"""Scale sets: a row of the fleet, one set with its instances, and what its region offers."""

from __future__ import annotations

from typing import Any

from rollset.web.api.documents.base import AzureError, Document, Image, Moment, Setting


class Model(Document):
    """The model of a set."""

    id: str
    subscription: str
    resource_group: str
    name: str
    location: str
    zones: list[str]
    vm_size: str
    capacity: int
    os_type: str | None
    orchestration: str
    provisioning: str
    upgrade_policy: str
    automatic_os_upgrade: bool
    health_source: str
    image: Image | None
    tags: dict[str, str]


class FleetRow(Model):
    """A set as the inventory knows it. What is not known yet, or cannot be known, is null."""

    exact_image: Image | None
    outdated: int | None
    behind: int | None
    oldest_version: str | None
    oldest_behind: int | None
    instances: int | None
    running: int | None
    unhealthy: int | None
    states: list[str]
    rollout: str | None
    remark: str | None
    looked_at: Moment | None


class Trouble(Document):
    """Why something is older than it should be."""

    text: str


class FleetWindow(Document):
    """The sets from `offset` on; `matched` of `total` meet the query."""

    scale_sets: list[FleetRow]
    offset: int
    matched: int
    total: int
    troubles: list[str]


class Filters(Document):
    """How many sets have each value; tags stand here as `name=value`."""

    subscriptions: dict[str, int]
    regions: dict[str, int]
    images: dict[str, int]
    tags: dict[str, int]
    states: dict[str, int]


class Instance(Document):
    """One instance as it was seen."""

    id: str
    update_domain: int | None
    fault_domain: int | None
    zone: str | None
    placement_group: str | None
    image: Image | None
    latest_model_applied: bool
    provisioning: str
    power: str
    health: str | None
    protected: bool
    error: AzureError | None
    outdated: bool | None


class ScaleSet(Model):
    """What `rollset show -o json` prints. `properties` are further members of the model."""

    properties: dict[str, Any]
    exact_image: Image | None
    remark: str | None
    images: dict[str, int]
    instances: list[Instance]


class Version(Document):
    """One version of the image of a set."""

    version: str
    instances: int
    in_model: bool
    offered: bool
    published: str | None
    replicated: bool | None
    excluded_from_latest: bool | None
    end_of_life: str | None


class Offer(Document):
    """What `rollset images -o json` prints."""

    scale_set: str
    location: str
    image: Image | None
    versions: list[Version]


class Choice(Document):
    """One value, and what is to be said of it."""

    value: str
    text: str


class Sighted(Document):
    """A set and its instances as rollset keeps them, packed."""

    sight: str


class Choices(Document):
    """What can be chosen, by the path of the key of a rollout file; and `read`, what an edit of the model stands on."""

    choices: dict[str, list[Choice]]
    troubles: list[str]
    read: list[Setting]
