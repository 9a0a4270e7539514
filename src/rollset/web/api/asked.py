"""What every operation asks for: who may, the rollout file of a body, and what it answers where it fails."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from fastapi import Depends, Request

from rollset.core.ids import ScaleSetId
from rollset.faces.rolloutfile.faulty import Fault
from rollset.web.access.asking import commands_of, needs
from rollset.web.access.roles import Role
from rollset.web.access.who import Who
from rollset.web.api.documents.problem import Problem
from rollset.web.api.problems import FaultyBody
from rollset.web.pages.asked import read_aside
from rollset.web.rolling.file import NAME, Meant, read_file

Viewer = Annotated[Who, Depends(needs(Role.VIEWER))]
Operator = Annotated[Who, Depends(needs(Role.OPERATOR))]

FILE_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "A rollout file, as `rollset plan -f` takes it; `rollset schema` prints its JSON schema.",
        "content": {
            "application/yaml": {
                "schema": {"type": "string"},
                "example": "image:\n  version: latest\npolicy:\n  max_unavailable: 1\n",
            },
            "application/json": {
                "schema": {"type": "object"},
                "example": {"image": {"version": "latest"}, "policy": {"max_unavailable": "1"}},
            },
        },
    }
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """How an operation answers where it fails: those of every operation, and `statuses` besides."""
    content = {"application/problem+json": {"schema": {"$ref": f"#/components/schemas/{Problem.__name__}"}}}
    told = {
        400: "What was asked makes no sense here.",
        401: "Nobody is signed in, or the token opens nothing.",
        403: "The role is missing.",
        404: "There is none of that name.",
        409: "It is not as it was, may not be done now, or somebody else was faster.",
        422: "What was sent cannot be read; `faults` says where.",
        429: "Whoever may only look has had Azure asked too much, or there were too many attempts to sign in.",
        502: "Azure did not do it; `azure` has its words.",
        504: "Azure has not answered in time.",
    }
    wanted = {400, 401, 403, 422, 429, 502, *statuses}
    return {status: {"description": told[status], "content": content} for status in sorted(wanted)}


def example(value: object, status: int = 200) -> dict[int | str, dict[str, Any]]:
    """What an operation answers, by example."""
    return {status: {"content": {"application/json": {"example": value}}}}


async def file_meant(request: Request, scale_set: ScaleSetId) -> Meant:
    """The rollout file that was sent.

    Raises:
        FaultyBody: something is wrong with it; every fault is named.
    """
    text = await file_sent(request)
    read = await read_aside(request, partial(read_file, text, scale_set, commands=commands_of(request)))
    if read.meant is None:
        raise FaultyBody(NAME, read.faults)
    return read.meant


async def file_sent(request: Request) -> str:
    """Its text.

    Raises:
        FaultyBody: it is none.
    """
    try:
        return (await request.body()).decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        why = f"not UTF-8 (the byte {error.object[error.start]:#04x}); send it as UTF-8"
        raise FaultyBody(NAME, [Fault(path=(), line=None, why=why)]) from error
