"""What is shown where something fails: one sentence, and a way on."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

TITLES = {
    HTTPStatus.BAD_REQUEST: "That cannot be done",
    HTTPStatus.NOT_FOUND: "There is no such thing",
    HTTPStatus.CONFLICT: "Not as things are now",
    HTTPStatus.UNPROCESSABLE_ENTITY: "That cannot be read",
    HTTPStatus.BAD_GATEWAY: "Azure says no",
    HTTPStatus.GATEWAY_TIMEOUT: "Azure does not answer",
}
"""What an operator reads first; for others the words of HTTP do."""

SET_PARTS = 4
"""`sets`, subscription, group and name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """`sentence` says what was tried, on what, what came back, and what to do."""

    status: HTTPStatus
    sentence: str
    path: str = ""
    """What was asked for."""

    @property
    def title(self) -> str:
        return TITLES.get(self.status, self.status.phrase)

    @property
    def set_address(self) -> str | None:
        """The page of the scale set, where something below it was asked for."""
        first, *rest = self.path.strip("/").split("/")
        return "/".join(["", first, *rest[: SET_PARTS - 1]]) if first == "sets" and len(rest) >= SET_PARTS else None
