"""Puts the API below `/api` of the dashboard, with its description at `/api/openapi.json`."""

from __future__ import annotations

from functools import cache, partial
from typing import Any

from fastapi import Depends, FastAPI, Response
from fastapi.openapi.utils import get_openapi

from rollset import __version__
from rollset.faces.journals import VERSION_HEADER
from rollset.web.access.asking import needs
from rollset.web.access.roles import Role
from rollset.web.api import acts, forms, planning, rollouts, scalesets, streams, who
from rollset.web.api.documents.problem import Problem
from rollset.web.api.problems import tell_problems

PATH = "/api"

TAGS = [
    {"name": "scale sets", "description": "The fleet, one set with its instances, and what its region offers."},
    {"name": "acts", "description": "What is done to instances and models: first the price, then yes to it."},
    {"name": "rollouts", "description": "Plan, begin exactly that plan, look on, give orders."},
    {"name": "streams", "description": "What changes, as server-sent events."},
    {"name": "who", "description": "Who asks, and what was done."},
]

DESCRIPTION = (
    "Moves scale sets onto a new OS image without downtime. Answers are the documents of `rollset ... -o json`."
)


def mount_api(app: FastAPI) -> None:
    """It shares the state of `app`, and stands behind the same guard."""
    api = FastAPI(
        title="rollset",
        version=__version__,
        description=DESCRIPTION,
        openapi_tags=TAGS,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
        dependencies=[Depends(needs(Role.VIEWER)), Depends(_tell_version)],
    )
    api.state = app.state
    # Streams first: `/rollouts/stream` is no rollout.
    for one in (who, streams, scalesets, acts, planning, forms, rollouts):
        api.include_router(one.router)
    tell_problems(api)
    described = cache(partial(describe, api))

    @api.get("/openapi.json", include_in_schema=False)
    async def openapi() -> dict[str, Any]:
        return described()

    app.mount(PATH, api)


def _tell_version(response: Response) -> None:
    """So that a `rollset` of another version can say why it does not understand an answer."""
    response.headers[VERSION_HEADER] = __version__


def describe(api: FastAPI) -> dict[str, Any]:
    """The description of the API, as OpenAPI 3.1."""
    found = get_openapi(
        title=api.title,
        version=api.version,
        description=DESCRIPTION,
        routes=api.routes,
        tags=TAGS,
        servers=[{"url": PATH}],
    )
    parts = found["components"]
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    parts["schemas"] |= {**problem.pop("$defs"), "Problem": problem}
    parts["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "description": "A token of `rollset serve token add`."},
        "session": {"type": "apiKey", "in": "cookie", "name": "rollset", "description": "The session of a browser."},
    }
    return {**found, "security": [{"token": []}, {"session": []}]}
