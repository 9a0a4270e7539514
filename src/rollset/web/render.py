"""Pages from templates. A view builds one frozen model, the template only prints it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from rollset import __version__
from rollset.core.selection import spoken_ids
from rollset.faces.telling import clock_time
from rollset.web import addresses
from rollset.web.fingerprints import STATIC, fingerprinted
from rollset.web.rolling.spoken import in_fields
from rollset.web.site import Site

HERE = Path(__file__).parent


@cache
def templates() -> Environment:
    """All templates; everything that they print is escaped, and a name that is not there is an error."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["moment"] = clock_time
    made.filters["in_fields"] = in_fields
    made.globals.update(addresses=addresses, static=fingerprinted, version=__version__, spoken_ids=spoken_ids)
    return made


def page(request: Request, template: str, model: object, *, status: int = 200) -> HTMLResponse:
    """A whole page that shows `model`."""
    site: Site = request.app.state.site
    text = templates().get_template(template).render(page=model, request=request, site=site)
    return HTMLResponse(text, status_code=status)


def part(template: str, model: object) -> str:
    """A part of a page, as it stands in the whole; streams send it anew when it has changed."""
    return templates().get_template(f"parts/{template}").render(page=model)


def self_contained(template: str, model: object, **others: object) -> str:
    """A page that is kept as a file: its style is in it, and it asks for nothing."""
    style = (STATIC / "rollset.css").read_text(encoding="utf-8")
    return templates().get_template(template).render(page=model, style=Markup(style), **others)  # noqa: S704 (ours)
