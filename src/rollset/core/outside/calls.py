"""What a rollout may call outside of Azure: a command or an address, as the user wrote it.

Words in braces stand for facts about the instance, such as `{id}` and `{ip}`; `${NAME}` stands for a variable of the
process that makes the call. Both are filled in when the call is made, and never kept: what is kept holds no secret.
"""

from __future__ import annotations

from dataclasses import dataclass

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A program and its arguments, each one word of its own; no shell reads them unless the program is one."""

    argv: tuple[str, ...]

    def __str__(self) -> str:
        return " ".join(self.argv)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebCall:
    """One HTTP request; any answer from 200 to 299 is a yes."""

    url: str
    method: str = "GET"
    headers: Headers = ()
    body: str | None = None
    verify: bool = True
    """Whether a certificate must be good; few are made out to the private address of an instance."""

    def __str__(self) -> str:
        return f"{self.method} {self.url}"


Call = Command | WebCall
