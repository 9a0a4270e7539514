"""`/emulator/guests/RG/NAME/INSTANCE`: what the application of an instance says to whoever asks it for its health."""

from rollset.emulator.api.call import Call
from rollset.emulator.api.instances import find_instance
from rollset.emulator.http import Reply


def get_guest(call: Call) -> Reply:
    """200 where its probe endpoint would answer so, else 503: nobody is there, it is sick, or it drains."""
    instance = find_instance(call)
    words = "Healthy" if instance.passes_probe else "Draining" if instance.answers else "No answer"
    return Reply.json({"id": instance.id, "status": words}, 200 if instance.passes_probe else 503)
