"""How sets and instances read: JSON as in the recorded tests of Azure's own clients, made from the state.

Rendering an instance costs far more than asking for it, so the bytes are kept with it until something changes.
"""

from enum import StrEnum

import orjson

from rollset.emulator import views
from rollset.emulator.dialect import Dialect
from rollset.emulator.documents import Json, kept_json, section, without
from rollset.emulator.fixedparts import fixed_parts
from rollset.emulator.instance import Instance
from rollset.emulator.resourcetypes import INSTANCE_TYPE, SET_TYPE
from rollset.emulator.scaleset import ScaleSet


class Form(StrEnum):
    """How much of an instance is asked for."""

    PLAIN = "plain"
    WITH_VIEW = "with view"
    # `$select=instanceView`: four members, with defaults for what was not selected.
    VIEW_ONLY = "view only"
    # `$select=instanceView/statuses`: the same with less of a view.
    STATUSES_ONLY = "statuses only"


def set_document(scale_set: ScaleSet, dialect: Dialect, *, user_data: bool = False) -> Json:
    """A scale set, as GET, PUT and PATCH answer it; its user data only where that is asked for."""
    properties = scale_set.properties
    profile = section(properties, "virtualMachineProfile")
    if "userData" in profile and not user_data:
        properties = {**properties, "virtualMachineProfile": without(profile, "userData")}
    body = {
        "name": scale_set.name,
        "id": scale_set.id,
        "type": SET_TYPE,
        **without(scale_set.document, "properties"),
        **({"etag": scale_set.etag_text} if dialect.set_etag else {}),
        "properties": {**properties, "provisioningState": scale_set.provisioning_state},
    }
    return dialect.known(body)


def fragment(instance: Instance, form: Form, dialect: Dialect) -> bytes:
    """An instance as one element of a list, as bytes that are made once."""
    key = (form, dialect)
    rendered = instance.fragments.get(key)
    if rendered is None:
        document = _document(instance, form, dialect)
        if dialect.instance_list_shouts:
            document["id"] = in_upper_case_group(document["id"])
        rendered = instance.fragments[key] = _rendered(document, dialect)
    return rendered


def _rendered(document: Json, dialect: Dialect) -> bytes:
    """Looking for a member that this version has not is faster than copying what has none."""
    rendered = kept_json(document)
    return orjson.dumps(dialect.known(orjson.loads(rendered))) if dialect.finds_unknown(rendered) else rendered


def in_upper_case_group(resource_id: str) -> str:
    """The id as some lists of Azure show it.

    >>> in_upper_case_group("/subscriptions/s/resourceGroups/shop/providers/Microsoft.Compute/images/i")
    '/subscriptions/s/resourceGroups/SHOP/providers/Microsoft.Compute/images/i'
    """
    parts = resource_id.split("/")
    return "/".join([*parts[:4], parts[4].upper(), *parts[5:]])


def instance_document(instance: Instance, form: Form, dialect: Dialect) -> Json:
    """An instance, as GET and PUT answer it, or one element of a list."""
    document: Json = orjson.loads(_rendered(_document(instance, form, dialect), dialect))
    return document


def _document(instance: Instance, form: Form, dialect: Dialect) -> Json:
    """The same with every member that any version has; parts of it may be bytes already."""
    if form in (Form.VIEW_ONLY, Form.STATUSES_ONLY):
        return _view_only(instance, form)
    if instance.vm_name is not None:
        return _bare(instance)
    body = {**fixed_parts(instance).resource, "properties": _properties(instance, form)}
    if resources := extension_resources(instance):
        body["resources"] = resources
    if dialect.instance_etag:
        body["etag"] = f'"{instance.etag}"'
    return body


def _bare(instance: Instance) -> Json:
    """A member of a Flexible set, as its set lists it: the virtual machine itself tells the rest."""
    properties: Json = {"virtualMachineResourceId": instance.machine_id}
    if instance.protection is not None:
        properties["protectionPolicy"] = instance.protection
    return {
        "name": instance.name,
        "id": instance.resource_id,
        "type": INSTANCE_TYPE,
        "location": instance.scale_set.location,
        "instanceId": instance.id,
        "properties": properties,
    }


def _view_only(instance: Instance, form: Form) -> Json:
    view = views.instance_view(instance)
    return {
        "id": instance.resource_id,
        "instanceId": instance.id,
        "properties": {
            "latestModelApplied": False,
            "instanceView": view if form is Form.VIEW_ONLY else {"statuses": view["statuses"]},
            "provisioningState": instance.provisioning.value,
            "hardwareProfile": {},
        },
    }


def _properties(instance: Instance, form: Form) -> Json:
    properties: Json = {
        "latestModelApplied": instance.latest_model_applied,
        "modelDefinitionApplied": "VirtualMachine" if instance.customised else "VirtualMachineScaleSet",
        "provisioningState": instance.provisioning.value,
    }
    if form is Form.WITH_VIEW:
        properties["instanceView"] = views.instance_view(instance)
    properties |= fixed_parts(instance).properties
    if instance.protection is not None:
        properties["protectionPolicy"] = instance.protection
    return properties


def extension_resources(instance: Instance) -> list[Json]:
    state = instance.provisioning.value
    return [
        {**resource, "properties": {**properties, "provisioningState": state}}
        for resource, properties in fixed_parts(instance).extensions
    ]
