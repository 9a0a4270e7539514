"""`demo`: the whole story in one command, and its account of itself."""

from __future__ import annotations

import os

import pytest

from tests.cli.driver import run


@pytest.fixture
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same demo, ten times as fast: a client still sends requests all the time."""
    monkeypatch.setattr("rollset.cli.demo.TIME_SCALE", 1500.0)


@pytest.mark.usefixtures("_quick")
def test_demo_upgrades_twenty_instances_and_loses_no_request():
    before = dict(os.environ)
    ran = run("demo", "-o", "json")
    assert ran.status == 0, ran.err
    document = ran.document
    assert list(document) == [
        "instances",
        "upgraded",
        "seconds",
        "arm_requests",
        "requests_served",
        "requests_failed",
        "most_out_at_once",
    ]
    assert (document["instances"], document["upgraded"], document["requests_failed"]) == (20, 20, 0)
    assert document["most_out_at_once"] == 2
    assert document["requests_served"] > 0
    assert "20 of 20 done; " in ran.err
    assert dict(os.environ) == before


@pytest.mark.usefixtures("_quick")
def test_demo_never_uses_the_accounts_of_the_user():
    ran = run("demo", AZURE_CLIENT_ID="mine", AZURE_CLIENT_SECRET="mine", AZURE_TENANT_ID="mine")
    assert ran.status == 0, ran.err
    assert "instances upgraded  20 of 20, each read back" in ran.out
