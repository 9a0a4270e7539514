"""Management locks: what they hold, from the subscription down to one resource, and whom they refuse.

Azure documentation: "Lock your Azure resources to protect your infrastructure". A lock holds for everything under its
scope; ReadOnly also refuses actions, for those are writes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from rollset.emulator.documents import Json
from rollset.emulator.refusal import Refusal, refuse

LEVELS = ("CanNotDelete", "ReadOnly")
PLACE = "/providers/Microsoft.Authorization/locks"
NAME_MAX_CHARACTERS = 260


@dataclass(frozen=True, slots=True)
class Lock:
    """One lock."""

    scope: str
    name: str
    level: str
    notes: str | None = None

    def document(self) -> Json:
        notes = {} if self.notes is None else {"notes": self.notes}
        return {
            "properties": {"level": self.level, **notes},
            "id": f"{self.scope}{PLACE}/{self.name}",
            "type": "Microsoft.Authorization/locks",
            "name": self.name,
        }

    def holds(self, path: str) -> bool:
        """Whether what stands at the path is under the lock's scope."""
        return is_under(path, self.scope)


@dataclass(slots=True)
class Locks:
    """Every lock, by scope and name without regard to case."""

    _by_key: dict[tuple[str, str], Lock] = field(default_factory=dict)

    def put(self, lock: Lock) -> bool:
        """Keeps a lock; says whether it is a new one."""
        key = (lock.scope.lower(), lock.name.lower())
        is_new = key not in self._by_key
        self._by_key[key] = lock
        return is_new

    def get(self, scope: str, name: str) -> Lock | None:
        return self._by_key.get((scope.lower(), name.lower()))

    def remove(self, scope: str, name: str) -> Lock | None:
        return self._by_key.pop((scope.lower(), name.lower()), None)

    def remove_under(self, scope: str) -> None:
        """What is gone needs no lock."""
        for key in [key for key, lock in self._by_key.items() if is_under(lock.scope, scope)]:
            del self._by_key[key]

    def seen_from(self, scope: str) -> Iterator[Lock]:
        """The locks at a scope, above it and below it, as a list of the scope shows them."""
        return (lock for lock in self._by_key.values() if lock.holds(scope) or is_under(lock.scope, scope))

    def check(self, method: str, path: str) -> None:
        """Refuses a write or a deletion that a lock holds off; the locks themselves are always within reach."""
        if not self._by_key or method in ("GET", "HEAD") or PLACE.lower() in path.lower():
            return
        deletes = method == "DELETE"
        held = [lock for lock in self._by_key.values() if _refuses(lock, path, deletes=deletes)]
        if held:
            raise _scope_locked(path, "delete" if deletes else "write", held)


def is_under(path: str, scope: str) -> bool:
    """Whether a path is the scope itself or within it.

    >>> is_under("/subscriptions/s/resourceGroups/G", "/Subscriptions/s/resourcegroups/g")
    True
    >>> is_under("/subscriptions/s/resourceGroups/good", "/subscriptions/s/resourceGroups/g")
    False
    """
    path, scope = path.strip("/").lower(), scope.strip("/").lower()
    return path == scope or path.startswith(f"{scope}/")


def _refuses(lock: Lock, path: str, *, deletes: bool) -> bool:
    if deletes and is_under(lock.scope, path):
        return True  # A group cannot go while something in it is locked.
    return lock.holds(path) and (deletes or lock.level == "ReadOnly")


def _scope_locked(path: str, what: str, locks: list[Lock]) -> Refusal:
    scopes = ",".join(f"'{lock.scope}'" for lock in locks)
    return refuse(
        409,
        "ScopeLocked",
        f"The scope '{path[:300]}' cannot perform {what} operation because following scope(s) are locked: {scopes}. "
        "Please remove the lock and try again.",
    )
