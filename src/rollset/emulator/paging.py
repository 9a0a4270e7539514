"""Pages of lists, and the tokens that lead from one to the next.

Instances come 120 a page. Ids are cut into pages in the order of their text, and ordered as numbers within a page: a
list of 180, recorded by the tests of Azure PowerShell, read 0-4, 10-44, 100-179 first, and 5-9, 45-99 then, its token
naming instance 45.
"""

import base64
import binascii
from collections.abc import Sequence

from rollset.emulator import choices
from rollset.emulator.http import Request, query_text
from rollset.emulator.instance import Instance
from rollset.emulator.refusal import refuse
from rollset.emulator.scaleset import ScaleSet

_TOKEN = "$skiptoken"  # noqa: S105  A place in a list, no secret.
_KEPT = ("api-version", "$expand", "$select", "$filter", "statusonly")


def page_of_instances(
    request: Request, scale_set: ScaleSet, instances: Sequence[Instance] | None = None
) -> tuple[list[Instance], str | None]:
    """The page that the request asks for, and the link to the next."""
    start = _start(request, "VMs")
    if instances is None:
        pages = scale_set.pages
        if pages is None:
            pages = scale_set.pages = _cut(list(scale_set.instances.values()))
    else:
        pages = _cut(list(instances))
    if start is not None:
        pages = _cut([one for page in pages for one in page if one.id >= start])
    if not pages:
        return [], None
    following = min((one.id for one in pages[1]), default=None) if len(pages) > 1 else None
    return pages[0], _link(request, scale_set.id, "VMs", following)


def page_of_sets(request: Request, scale_sets: Sequence[ScaleSet]) -> tuple[list[ScaleSet], str | None]:
    start = _start(request, "VMScaleSets")
    ordered = sorted((one for one in scale_sets if start is None or one.key >= start), key=lambda one: one.key)
    page, rest = ordered[: choices.SET_PAGE], ordered[choices.SET_PAGE :]
    return page, _link(request, "", "VMScaleSets", rest[0].key if rest else None)


def page_of_machines(request: Request, machines: Sequence[Instance]) -> tuple[list[Instance], str | None]:
    """A page of virtual machines, in the order of their ids."""
    start = _start(request, "VMs")
    ordered = sorted((one for one in machines if start is None or one.machine_id >= start), key=_machine_id)
    page, rest = ordered[: choices.MACHINE_PAGE], ordered[choices.MACHINE_PAGE :]
    return page, _link(request, "", "VMs", rest[0].machine_id if rest else None)


def _machine_id(instance: Instance) -> str:
    return instance.machine_id


def _cut(instances: list[Instance]) -> list[list[Instance]]:
    by_text = sorted(instances, key=lambda one: one.id)
    size = choices.INSTANCE_PAGE
    return [sorted(by_text[at : at + size], key=lambda one: one.number) for at in range(0, len(by_text), size)]


def _link(request: Request, place: str, kind: str, following: str | None) -> str | None:
    if following is None:
        return None
    token = base64.b64encode(f"{place}!/{kind}/{following}".encode()).decode()
    kept = {name: request.query[name] for name in _KEPT if name in request.query}
    return f"{request.base_url}{request.path}?{query_text(**kept, **{_TOKEN: token})}"


def _start(request: Request, kind: str) -> str | None:
    """Where the page begins, from the token; a token that is none of ours is refused."""
    token = request.query.get(_TOKEN)
    if token is None:
        return None
    try:
        text = base64.b64decode(token, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        text = ""
    _, found, start = text.partition(f"!/{kind}/")
    if not found or not start:
        raise refuse(400, "InvalidParameter", "The request URL is not valid.", _TOKEN)
    return start
