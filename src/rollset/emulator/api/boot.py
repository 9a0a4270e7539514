"""What a machine's boot diagnostics lead to: its serial log and a screenshot."""

import struct

from rollset.emulator.api.call import Call
from rollset.emulator.fixedparts import computer_name
from rollset.emulator.http import Reply
from rollset.emulator.instance import Instance
from rollset.emulator.refusal import entity_not_found
from rollset.emulator.timestamps import azure_time

# A bitmap of one black pixel, 24 bits: header, its own length, and four bytes of picture.
_BMP = struct.pack("<2sIHHIIiiHHIIiiII", b"BM", 58, 0, 0, 54, 40, 1, 1, 1, 24, 0, 4, 0, 0, 0, 0) + bytes(4)


def get_serial_log(call: Call) -> Reply:
    """One line for each boot."""
    instance = _instance(call)
    ended = (one.ended_at for one in instance.upgrades)
    boots = [instance.created_at, *(moment for moment in ended if moment is not None)]
    lines = (f"[{azure_time(moment)}] {computer_name(instance)} booted\n" for moment in boots)
    return Reply(200, "".join(lines).encode(), {"Content-Type": "text/plain; charset=utf-8"})


def get_screenshot(call: Call) -> Reply:
    """A dark screen, where a machine is."""
    _instance(call)
    return Reply(200, _BMP, {"Content-Type": "image/bmp"})


def _instance(call: Call) -> Instance:
    instance = call.scale_set.find(call.path["instance"])
    if instance is None:
        raise entity_not_found()
    return instance
