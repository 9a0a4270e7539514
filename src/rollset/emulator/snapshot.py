"""A whole world as bytes, and back: what a state file holds in place of the requests that led to it.

Everything that decides how the world goes on is in it, what is planned included; caches, the log of requests, rate
limits and listeners are not. Python's pickle does the work, held to the emulator's own classes and functions on the way
back: a file that names anything else is refused, before anything of it is called.
"""

import copyreg
import io
import pickle
import zlib
from types import MethodType
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from rollset.emulator.documents import Json
from rollset.emulator.errors import EmulatorError
from rollset.emulator.instance import Instance

if TYPE_CHECKING:
    from rollset.emulator.world import World

PACKAGE = "rollset.emulator"
# What else may be named: containers, times, and the comparisons of autoscale rules.
FOREIGN = frozenset(
    {
        ("builtins", "range"),
        ("functools", "partial"),
        ("collections", "OrderedDict"),
        ("collections", "Counter"),
        ("datetime", "datetime"),
        ("datetime", "date"),
        ("datetime", "time"),
        ("datetime", "timedelta"),
        ("datetime", "timezone"),
        ("zoneinfo", "ZoneInfo"),
        # Calls one of our own classes with members by name: that is how a fault comes back.
        ("msgspec._utils", "rebuild"),
        ("msgspec._core", "rebuild"),
        *(("_operator", name) for name in ("eq", "ne", "lt", "le", "gt", "ge")),
    }
)
KEPT = (
    "now",
    "guids_drawn",
    "schedule",
    "images",
    "resources",
    "locks",
    "autoscale",
    "accepted_terms",
    "quotas",
    "faults",
    "past",
    "groups",
    "sets",
    "operations",
)
# What belongs to the process, and not to the world: its clock and listeners, who may ask, what was asked lately.
LEFT_OUT = (
    "clock",
    "seed",
    "tenant_id",
    "subscription_id",
    "tokens",
    "unknown_paths",
    "requests",
    "rendered",
    "limits",
    "throttles",
    "https_url",
    "admission",
    "journal",
    "ready",
)
THE_WORLD = "world"


def taken(world: "World") -> bytes:
    """The world as it is now."""
    file = io.BytesIO()
    state = {name: getattr(world, name) for name in KEPT}
    _Pickler(file, world).dump((state, world.tokens.terms))
    return zlib.compress(file.getvalue(), level=1)


def restore(world: "World", data: bytes) -> None:
    """Makes the world what it was.

    Raises:
        EmulatorError: these bytes are no world.
    """
    try:
        state, terms = _Unpickler(io.BytesIO(zlib.decompress(data)), world).load()
        for name in KEPT:
            setattr(world, name, state[name])
    except (pickle.UnpicklingError, zlib.error, AttributeError, LookupError, TypeError, ValueError, EOFError) as error:
        raise EmulatorError(f"the world that it holds cannot be read: {error}") from error
    world.tokens.terms = terms


def _of_instance(instance: Instance) -> tuple[Any, ...]:
    """Without what is rendered anew when somebody asks."""
    state: Json = {name: getattr(instance, name) for name in Instance.__slots__}
    state |= {"fragments": {}, "fixed": None}
    return copyreg.__newobj__, (Instance,), (None, state)  # type: ignore[attr-defined]


def _of_method(method: MethodType) -> tuple[Any, ...]:
    return bound, (method.__self__, method.__name__)


def _of_zone(zone: ZoneInfo) -> tuple[Any, ...]:
    return ZoneInfo, (zone.key,)


def bound(owner: object, name: str) -> Any:
    """A method of one of our objects; of anything else, or with a name of Python's own, none."""
    if name.startswith("__") or not type(owner).__module__.startswith(PACKAGE):
        raise pickle.UnpicklingError(f"no method {name!r} of {type(owner).__name__} is expected")
    return getattr(owner, name)


class _Pickler(pickle.Pickler):
    dispatch_table = copyreg.dispatch_table | {Instance: _of_instance, MethodType: _of_method, ZoneInfo: _of_zone}

    def __init__(self, file: io.BytesIO, world: "World") -> None:
        super().__init__(file, protocol=5)
        self._world = world

    def persistent_id(self, value: Any) -> str | None:
        return THE_WORLD if value is self._world else None


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, world: "World") -> None:
        super().__init__(file)
        self._world = world

    def persistent_load(self, name: Any) -> Any:
        if name != THE_WORLD:
            raise pickle.UnpicklingError(f"{name!r} is nothing that a world holds")
        return self._world

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in FOREIGN:
            return super().find_class(module, name)
        if module.startswith(f"{PACKAGE}.") and "." not in name:
            found = super().find_class(module, name)
            if str(getattr(found, "__module__", "")).startswith(PACKAGE):
                return found
        raise pickle.UnpicklingError(f"{module}.{name} is nothing that a world holds")
