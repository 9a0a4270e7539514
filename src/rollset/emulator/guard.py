"""Who may ask: hosts that mean this machine, and no pages of other sites."""

from urllib.parse import urlsplit

from rollset.emulator.authority import LED
from rollset.emulator.http import Request
from rollset.emulator.refusal import refuse

HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]", "::1", *LED})


def check_host(host: str) -> None:
    """Refuses a Host that is not this machine's: a page elsewhere whose name was made to lead here (DNS rebinding).

    Azure's own names are let through for clients that know no other address (see `leading.py`).
    """
    if not _is_ours(host):
        raise refuse(421, "MisdirectedRequest", f"This emulator does not answer for the host '{host[:100]}'.")


def check_origin(request: Request, *, beyond: bool = False) -> None:
    """Refuses a change that a page of another site asks a browser for; `beyond` loopback, ours is the host asked."""
    origin = request.headers.get("origin")
    if origin is None or request.method == "GET":
        return
    site = urlsplit(origin).netloc
    if site.lower() != request.host.lower() if beyond else not _is_ours(site):
        raise refuse(403, "CrossSiteRequest", "A page of another site may not change the emulator.")


def _is_ours(host: str) -> bool:
    name = host.lower()
    if not name.startswith("["):
        name = name.partition(":")[0] if name.count(":") <= 1 else name
    else:
        name = name.partition("]")[0] + "]"
    return name in HOSTS or name.endswith(".localhost")
