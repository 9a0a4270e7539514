"""Terms of marketplace images: read, and accepted for the subscription.

Documentation of `Microsoft.MarketplaceOrdering`: the agreement of a plan that nobody has accepted is answered too, with
`accepted: false`.
"""

from rollset.emulator.api.call import Call
from rollset.emulator.documents import Json, section
from rollset.emulator.http import Reply
from rollset.emulator.refusal import invalid_value
from rollset.emulator.timestamps import azure_time

TYPE = "Microsoft.MarketplaceOrdering/offertypes"


def get_terms(call: Call) -> Reply:
    return Reply.json(_document(call))


def put_terms(call: Call) -> Reply:
    """Accepts them, or takes that back."""
    accepted = section(call.request.document(), "properties").get("accepted")
    if not isinstance(accepted, bool):
        raise invalid_value("properties.accepted", accepted)
    (call.world.accepted_terms.add if accepted else call.world.accepted_terms.discard)(_key(call))
    return Reply.json(_document(call))


def _key(call: Call) -> tuple[str, ...]:
    return tuple(call.path[name].lower() for name in ("publisher", "offer", "plan"))


def _document(call: Call) -> Json:
    publisher, offer, plan = (call.path[name] for name in ("publisher", "offer", "plan"))
    properties: Json = {
        "publisher": publisher,
        "product": offer,
        "plan": plan,
        "retrieveDatetime": azure_time(call.world.now),
        "signature": call.world.guid("terms", *_key(call)).replace("-", "").upper(),
        "accepted": _key(call) in call.world.accepted_terms,
    }
    return {"id": "/" + call.request.path.strip("/"), "name": plan, "type": TYPE, "properties": properties}
