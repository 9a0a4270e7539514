"""What can go wrong between a command and the dashboard that it asks. Each is one sentence, with what to do.

RollsetError                 1
└── ServerError              1
    ├── Away                 1  nobody answers, for now: a look may be repeated
    │   └── NoListener       1  nobody has taken the connection, so nothing was sent: anything may be repeated
    ├── Lost                 1  the answer was lost: nobody knows whether it was done
    ├── NotAdmitted          5  no token, a wrong one, or one without the role
    ├── Stranger             1  something answers, and it is no dashboard that this rollset understands
    └── Refusal              *  the dashboard refused, in its own words and with the status of its own fault
"""

from __future__ import annotations

from typing import ClassVar

from rollset.core.errors import RollsetError


class ServerError(RollsetError):
    """A dashboard did not do what it was asked for."""


class Away(ServerError):  # noqa: N818 (reads as the fact it states)
    """Nobody answers there, or not now. Nothing was done."""


class NoListener(Away):
    """The port is shut, as it is while a server restarts."""


class Lost(ServerError):  # noqa: N818 (reads as the fact it states)
    """It was sent, and the answer was lost."""


class NotAdmitted(ServerError):  # noqa: N818 (reads as the fact it states)
    """The token does not open what was asked for."""

    exit_status: ClassVar[int] = 5


class Stranger(ServerError):  # noqa: N818 (reads as the fact it states)
    """Whoever answers speaks otherwise than this rollset."""


class Refusal(ServerError):  # noqa: N818 (reads as the fact it states)
    """What the dashboard itself says. `code` and `request_id` are Azure's, where it was Azure that refused."""

    def __init__(self, words: str, exit_status: int, code: str | None = None, request_id: str | None = None) -> None:
        super().__init__(words, exit_status, code, request_id)
        self.words = words
        self.exit_status = exit_status  # type: ignore[misc]
        self.code = code
        self.request_id = request_id

    def __str__(self) -> str:
        return self.words
