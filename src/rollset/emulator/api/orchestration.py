"""`setOrchestrationServiceState`: suspends and resumes what Azure does to a set by itself."""

from rollset.emulator import choices, repairs
from rollset.emulator.api.call import Call, accepted
from rollset.emulator.http import Reply
from rollset.emulator.refusal import invalid_value, missing_parameter, operation_not_allowed

SERVICE = "AutomaticRepairs"
ACTIONS = {"suspend": True, "resume": False}


def set_service_state(call: Call) -> Reply:
    world, scale_set = call.world, call.scale_set
    asked = call.request.document()
    name, action = asked.get("serviceName"), asked.get("action")
    for member, value in (("serviceName", name), ("action", action)):
        if value is None:
            raise missing_parameter(member)
    if str(name).lower() != SERVICE.lower():
        raise invalid_value("serviceName", name)
    if str(action).lower() not in ACTIONS:
        raise invalid_value("action", action)
    if repairs.RepairPolicy.of(scale_set) is None:
        raise operation_not_allowed(
            f"The state of service '{SERVICE}' cannot be set on Virtual Machine Scale Set '{scale_set.name}' because "
            "automaticRepairsPolicy is not enabled."
        )
    repairs.set_suspended(scale_set, world.now, suspended=ACTIONS[str(action).lower()])
    operation = world.start_operation("orchestration", scale_set.location, choices.POLL_ACTION, scale_set)
    world.release_after(operation, choices.MODEL_WRITE_SECONDS)
    return accepted(call, operation, 0)
