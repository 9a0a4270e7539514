"""Scripts and styles: kept for good by browsers where the address names the content, and asked about elsewhere."""

import asyncio

import pytest
from starlette.responses import Response

from rollset.web.app import _Static
from rollset.web.fingerprints import STATIC, fingerprinted


def answer(address: str) -> Response:
    path, _, query = address.removeprefix("/static/").partition("?")
    scope = {"type": "http", "method": "GET", "headers": [], "query_string": query.encode(), "path": f"/{path}"}
    return asyncio.run(_Static(directory=STATIC).get_response(path, scope))


@pytest.mark.parametrize("name", sorted(one.name for one in STATIC.iterdir()))
def test_an_address_that_names_its_content_is_kept_for_good(name: str):
    assert "immutable" in answer(fingerprinted(name)).headers["Cache-Control"]


@pytest.mark.parametrize("address", ["/static/live.js", "/static/live.js?0123456789ab", "/static/live.js?b"])
def test_any_other_address_is_asked_about_each_time(address: str):
    found = answer(address)
    assert found.headers["Cache-Control"] == "no-cache"
    assert found.headers["ETag"], "so that what has not changed is not sent again"
