"""The audit log: who did what in the dashboard, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field

from rollset.engine.durable.access.audit import PAGE_MAX, AuditEntry, Filter
from rollset.faces.documents import moment
from rollset.web import addresses
from rollset.web.access.asking import access_of, audit_log
from rollset.web.render import page

router = APIRouter()

PAGE = 50
TEXT_MAX = 200
NUMBER_MAX = 2**53

Text = Annotated[str, Field(max_length=TEXT_MAX)]


class AuditQuery(BaseModel):
    """Which entries are meant; for older ones ask for those `before` the number of the last."""

    by: Text = ""
    verb: Text = ""
    on: Text = ""
    before: Annotated[int | None, Field(ge=1, le=NUMBER_MAX)] = None
    limit: Annotated[int, Field(ge=1, le=PAGE_MAX - 1)] = PAGE

    @property
    def which(self) -> Filter:
        return Filter(name=self.by, verb=self.verb, target=self.on)


Asked = Annotated[AuditQuery, Query()]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPage:
    """One page of it, and what it was filtered by."""

    entries: tuple[AuditEntry, ...]
    which: Filter
    older: str | None
    """Where the next page is; none where this is the last."""

    @staticmethod
    def when(at: float) -> str:
        """By the world's clock, as in the log of a provider or of Azure, which it will be held against."""
        return (moment(at) or "")[:19].replace("T", " ")


@router.get(addresses.AUDIT, include_in_schema=False)
async def audit(request: Request, asked: Asked) -> HTMLResponse:
    """What was done, the newest first."""
    found = await audit_log(access_of(request), asked.limit + 1, before=asked.before, which=asked.which)
    entries, older = tuple(found[: asked.limit]), None
    if len(found) > asked.limit:
        older = (
            f"{addresses.AUDIT}?{urlencode(asked.model_dump(exclude_defaults=True) | {'before': entries[-1].number})}"
        )
    return page(request, "audit.html", AuditPage(entries=entries, which=asked.which, older=older))
