"""PUT of an instance: protection and tags.

Azure documentation: "Instance Protection for Azure Virtual Machine Scale Set instances".
"""

from rollset.emulator import choices, health
from rollset.emulator.api.call import Call, written
from rollset.emulator.api.instances import find_instance
from rollset.emulator.documents import Json, at
from rollset.emulator.http import Reply
from rollset.emulator.instance import Instance
from rollset.emulator.refusal import bad_request, etag_mismatch, invalid_parameter, invalid_value
from rollset.emulator.render import Form, instance_document
from rollset.emulator.tags import tags_of

# Of Uniform sets and of Flexible ones.
PROTECTS_SINCE = {False: "2019-03-01", True: "2023-09-01"}
IN, ACTIONS = "protectFromScaleIn", "protectFromScaleSetActions"


def put_instance(call: Call) -> Reply:
    """Keeps the protection and the tags that are given, passes over what GET gave; the instance goes on serving."""
    world, instance = call.world, find_instance(call)
    _check_etag(call, instance.etag)
    asked = call.request.document()
    tags = tags_of(asked)
    if (protection := at(asked, "properties", "protectionPolicy")) is not None:
        _check_known(call, instance)
        instance.protection = _protection(protection, instance.protection or {})
    if tags is not None:
        instance.tags = tags
    health.changed(world, instance, "written")
    operation = world.start_operation("instance", instance.scale_set.location, choices.POLL_MODEL_WRITE)
    world.release_after(operation, choices.MODEL_WRITE_SECONDS)
    document = instance_document(instance, Form.PLAIN, call.dialect)
    document["properties"]["provisioningState"] = "Updating"
    reply = written(call, document, operation, 200, 1)
    if call.dialect.instance_etag:
        reply.headers["ETag"] = f'"{instance.etag}"'
    return reply


def _protection(asked: object, before: Json) -> Json:
    """Protection from actions of the set includes that from scale-in; only saying that it does not is refused."""
    if not isinstance(asked, dict) or not all(isinstance(asked.get(name, False), bool) for name in (IN, ACTIONS)):
        raise invalid_value("protectionPolicy")
    policy = {name: bool({**before, **asked}.get(name)) for name in (IN, ACTIONS)}
    if policy[ACTIONS] and asked.get(IN) is False:
        raise invalid_parameter(
            "protectionPolicy", f"'{ACTIONS}' includes '{IN}': an instance cannot be protected from set actions alone."
        )
    return {**policy, IN: policy[IN] or policy[ACTIONS]}


def _check_known(call: Call, instance: Instance) -> None:
    """Protection came late, and later still for Flexible sets (the page named above)."""
    if call.request.api_version < PROTECTS_SINCE[instance.vm_name is not None]:
        raise bad_request("Could not find member 'protectionPolicy' on object of type 'properties'")


def _check_etag(call: Call, etag: int) -> None:
    wanted = call.request.headers.get("if-match", "*").strip().removeprefix("W/")
    if wanted not in ("*", f'"{etag}"'):
        raise etag_mismatch(wanted, f'"{etag}"')
