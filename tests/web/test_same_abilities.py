"""Whatever a page can do, the API can: each route of a page has its counterpart, and a new one without fails here."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest

from rollset.web.access import paths
from rollset.web.access.access import Access
from rollset.web.access.settings import AccessSettings
from rollset.web.app import create_app
from rollset.web.site import Site
from tests.web.test_door import leaves

SET, ROLLOUT, ACT = "/sets/{subscription}/{group}/{name}", "/rollouts/{rollout}", "/acts/{act}"

COUNTERPARTS: dict[tuple[str, str], tuple[str, ...]] = {
    ("GET", "/"): ("GET /sets", "GET /sets/filters", "GET /sets/stream"),
    ("GET", SET): (f"GET {SET}", f"GET {SET}/rollouts", f"GET {SET}/acts", f"GET {SET}/stream"),
    ("POST", f"{SET}/act"): (f"POST {SET}/acts/price", f"GET {SET}/form"),
    ("POST", f"{SET}/act/yes"): (f"POST {SET}/acts",),
    ("GET", f"{SET}/edit"): (f"GET {SET}/choices",),
    ("POST", f"{SET}/edit"): (f"POST {SET}/acts/price",),
    ("GET", f"{SET}/roll"): (f"GET {SET}/form", f"GET {SET}/choices"),
    ("POST", f"{SET}/roll"): (f"POST {SET}/form",),
    ("POST", f"{SET}/roll/plan"): (f"POST {SET}/drafts",),
    ("GET", f"{SET}/roll/plans/{{draft}}"): (f"GET {SET}/drafts/{{draft}}", f"POST {SET}/plan"),
    ("POST", f"{SET}/roll/start"): (f"POST {SET}/rollouts",),
    ("GET", "/rollouts"): ("GET /rollouts", "GET /rollouts/stream"),
    ("GET", f"{ROLLOUT}.json"): (f"GET {ROLLOUT}", f"GET {ROLLOUT}/events"),
    ("GET", ROLLOUT): (f"GET {ROLLOUT}", f"GET {ROLLOUT}/events", f"GET {ROLLOUT}/orders", f"GET {ROLLOUT}/stream"),
    ("GET", f"{ROLLOUT}/tables"): (f"GET {ROLLOUT}/timeline", f"GET {ROLLOUT}/availability"),
    ("GET", f"{ROLLOUT}/report.html"): (f"GET {ROLLOUT}/report",),
    ("GET", f"{ROLLOUT}/{{verb}}"): (f"GET {ROLLOUT}/orders", f"GET {ROLLOUT}/way-back"),
    ("POST", f"{ROLLOUT}/{{verb}}"): (f"POST {ROLLOUT}/orders",),
    ("GET", "/acts"): ("GET /acts",),
    ("GET", ACT): (f"GET {ACT}", f"GET {ACT}/stream"),
    ("POST", f"{ACT}/stop"): (f"POST {ACT}/stop",),
    ("GET", "/audit"): ("GET /audit",),
    ("POST", "/sign-out"): ("POST /sign-out",),
}


@pytest.fixture(scope="module")
def routes() -> set[tuple[str, str]]:
    """Every method and template of the application."""
    access = cast("Access", SimpleNamespace(settings=AccessSettings.of_loopback(1)))
    app = create_app(cast("Site", SimpleNamespace()), access)
    return {(method, prefix + route.path) for prefix, route in leaves(app.routes) for method in route.methods}


def test_each_page_has_its_counterpart(routes: set[tuple[str, str]]):
    pages = {one for one in routes if not one[1].startswith("/api/") and one[1] not in paths.OPEN}
    assert pages == set(COUNTERPARTS)


def test_each_counterpart_is_there(routes: set[tuple[str, str]]):
    known = {f"{method} {path.removeprefix('/api')}" for method, path in routes if path.startswith("/api/")}
    assert {one for several in COUNTERPARTS.values() for one in several} - known == set()
