"""Finds the handler of a path: segments without regard to case, variables where a template has braces."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import unquote

from rollset.emulator.api.call import Handler


class Route(NamedTuple):
    """A method and a path template, and who answers."""

    method: str
    template: str
    handler: Handler
    # What the call counts as, in the request log and the rate limits.
    kind: str


class Found(NamedTuple):
    """A route and the values of its variables."""

    route: Route
    variables: dict[str, str]


@dataclass(slots=True)
class _Node:
    children: dict[str, "_Node"] = field(default_factory=dict)
    variable: tuple[str, "_Node"] | None = None
    routes: dict[str, Route] = field(default_factory=dict)


class Router:
    """A tree of path segments. Literal segments come before variables."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._root = _Node()
        for route in routes:
            self._add(route)

    def find(self, method: str, path: str) -> Found | None:
        """The route of a path; doubled, leading and trailing slashes do not count.

        The Azure CLI doubles them where an endpoint was registered with one at its end; azure-identity for JavaScript
        ends with one.
        """
        segments = [unquote(segment) for segment in path.split("/") if segment]
        return _find(self._root, method, segments, 0, {})

    def methods(self, path: str) -> set[str]:
        """The methods that the path knows; empty where it is unknown."""
        return {method for method in _METHODS if self.find(method, path) is not None}

    def _add(self, route: Route) -> None:
        node = self._root
        for segment in route.template.strip("/").split("/"):
            if segment.startswith("{"):
                node.variable = node.variable or (segment[1:-1], _Node())
                node = node.variable[1]
            else:
                node = node.children.setdefault(segment.lower(), _Node())
        node.routes[route.method] = route


_METHODS = ("GET", "PUT", "PATCH", "POST", "DELETE", "HEAD")


def _find(node: _Node, method: str, segments: list[str], at: int, variables: dict[str, str]) -> Found | None:
    if at == len(segments):
        route = node.routes.get(method)
        return None if route is None else Found(route, variables)
    child = node.children.get(segments[at].lower())
    found = None if child is None else _find(child, method, segments, at + 1, variables)
    if found is None and node.variable is not None:
        name, child = node.variable
        found = _find(child, method, segments, at + 1, {**variables, name: segments[at]})
    return found
