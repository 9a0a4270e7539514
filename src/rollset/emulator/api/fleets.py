"""The fleet as a file: given away, taken in; and where the emulator can be reached."""

from rollset.emulator.api.call import Call
from rollset.emulator.errors import EmulatorError
from rollset.emulator.fleet import parse_fleet
from rollset.emulator.fleetexport import fleet_of, fleet_text
from rollset.emulator.fleetimport import bring_in
from rollset.emulator.http import Reply
from rollset.emulator.refusal import bad_request, refuse

YAML_TYPE = "application/yaml; charset=utf-8"


def export_fleet(call: Call) -> Reply:
    text = fleet_text(fleet_of(call.world))
    return Reply(200, text.encode(), {"Content-Type": YAML_TYPE})


def import_fleet(call: Call) -> Reply:
    """Takes a fleet file, YAML or JSON, and adds what is in it."""
    before = set(call.world.sets)
    try:
        bring_in(call.world, parse_fleet(call.request.body.decode("utf-8")))
    except UnicodeDecodeError as error:
        raise bad_request("the fleet is no text") from error
    except EmulatorError as error:
        raise bad_request(str(error)) from error
    added = [one for key, one in call.world.sets.items() if key not in before]
    instances = sum(one.capacity for one in added)
    return Reply.json({"sets": [f"{one.group}/{one.name}" for one in added], "instances": instances})


def get_ready(call: Call) -> Reply:
    """What the ready file holds: addresses, and the environment that leads clients here."""
    if call.world.ready is None:
        raise refuse(404, "NotFound", "This emulator has no listeners of its own: it serves one process.")
    return Reply.json(call.world.ready)
