"""Questions to the fleet: filters, orders and windows, drawn as tables."""

import pytest

from rollset.core.errors import UsageError
from rollset.core.fleet import Power, UpgradeMode
from rollset.core.ids import ScaleSetId
from rollset.fleet.look import Look
from rollset.fleet.offered import Offered
from rollset.fleet.query import WINDOW_MAX, Column, Query, choices_of, parse_tag, select
from rollset.fleet.row import RolloutNote, State, make_row
from tests.fleet.test_row import at, gallery, instances, model


def row(name, *running, subscription="s", group="rg", look=True, rollout=None, power=Power.RUNNING, **members):
    scale_set = model(id=ScaleSetId(subscription=subscription, resource_group=group, name=name), **members)
    seen = Look.of(instances(*running, power=power), at=len(name)) if look else None
    offered = Offered(versions=("1.0.0", "2.0.0", "3.0.0"), at=0)
    return make_row(scale_set, 0, look=seen, offered=offered, rollout=rollout)


ROLLING = RolloutNote(id="r", words="1 of 2", running=True)
FAILED = RolloutNote(id="q", words="failed", running=False, failed=True)
FLEET = [
    row("web-eu", at("1.0.0"), at("2.0.0"), location="westeurope", tags={"team": "Shop", "env": "prod"}),
    row("web-us", at("2.0.0"), at("2.0.0"), tags={"Team": "shop"}, rollout=ROLLING, capacity=30),
    row("Api", at("3.0.0"), image=at("3.0.0"), group="back", upgrade_mode=UpgradeMode.ROLLING, rollout=FAILED),
    row("jobs", gallery("1.0.0"), image=gallery("1.0.0"), subscription="S2", power=Power.STOPPED, capacity=5),
    row("new", look=False, image=None, vm_size="Standard_F8"),
]


def names(**members):
    return " ".join(one.id.name for one in select(FLEET, Query(**members)).rows)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, "Api jobs new web-eu web-us"),
        ({"text": "WEB"}, "web-eu web-us"),
        ({"text": "web shop"}, "web-eu web-us"),
        ({"text": "rg/web"}, "web-eu web-us"),
        ({"text": "env=prod"}, "web-eu"),
        ({"text": "f8"}, "new"),
        ({"text": "galleries"}, ""),
        ({"text": "i:1.0.0"}, "jobs"),
        ({"regions": {"West Europe"}}, "web-eu"),
        ({"regions": {"westeurope", "westus"}}, "Api jobs new web-eu web-us"),
        ({"subscriptions": {"s2"}}, "jobs"),
        ({"tags": {"team": None}}, "web-eu web-us"),
        ({"tags": {"team": "shop"}}, "web-us"),
        ({"tags": {"TEAM": "Shop", "env": "prod"}}, "web-eu"),
        ({"tags": {"team": "Shop", "env": "test"}}, ""),
        ({"images": {"p:o:s"}}, "Api web-eu web-us"),
        ({"images": {"P:O:S:3.0.0"}}, "Api"),
        ({"images": {gallery().resource_id}}, "jobs"),
        ({"states": {State.OUTDATED}}, "web-eu"),
        ({"states": {State.ROLLING, State.FAILED}}, "Api web-us"),
        ({"states": {State.STOPPED}, "text": "web"}, ""),
    ],
)
def test_filters(query, found):
    sets = {name: frozenset(value) for name, value in query.items() if isinstance(value, set)}
    assert names(**query | sets) == found


@pytest.mark.parametrize(
    ("column", "up", "down"),
    [
        (Column.NAME, "Api jobs new web-eu web-us", "web-us web-eu new jobs Api"),
        (Column.GROUP, "Api jobs new web-eu web-us", "jobs new web-eu web-us Api"),
        (Column.LOCATION, "web-eu Api jobs new web-us", "Api jobs new web-us web-eu"),
        (Column.IMAGE, "jobs web-eu web-us Api new", "Api web-eu web-us jobs new"),
        (Column.BEHIND, "Api web-us jobs web-eu new", "jobs web-eu web-us Api new"),
        (Column.CAPACITY, "Api new web-eu jobs web-us", "web-us jobs Api new web-eu"),
        (Column.OUTDATED, "Api jobs web-us web-eu new", "web-eu Api jobs web-us new"),
        (Column.RUNNING, "jobs Api web-eu web-us new", "web-eu web-us Api jobs new"),
        (Column.POLICY, "jobs new web-eu web-us Api", "Api jobs new web-eu web-us"),
        (Column.ROLLOUT, "Api web-us jobs new web-eu", "web-us Api jobs new web-eu"),
        (Column.AGE, "web-eu web-us jobs Api new", "Api jobs web-eu web-us new"),
    ],
)
def test_orders_keep_the_unknown_last_and_equals_by_name(column, up, down):
    assert (names(sort=column), names(sort=column, down=True)) == (up, down)


@pytest.mark.parametrize("column", Column)
def test_every_column_sorts_without_losing_a_row(column):
    assert len(select(FLEET, Query(sort=column, down=True)).rows) == len(FLEET)


@pytest.mark.parametrize(
    ("offset", "limit", "found"),
    [(0, 2, "Api jobs"), (2, 2, "new web-eu"), (4, 9, "web-us"), (9, 9, ""), (-3, 1, "Api"), (0, -1, "")],
)
def test_windows(offset, limit, found):
    window = select(FLEET, Query(offset=offset, limit=limit))
    assert " ".join(one.id.name for one in window.rows) == found
    assert (window.matched, window.total) == (5, 5)


def test_a_window_has_a_bound():
    assert len(select(FLEET * 300, Query(limit=10**9)).rows) == WINDOW_MAX


def test_choices_are_what_filters_find():
    choices = choices_of(FLEET)
    assert choices.states == {State.OUTDATED: 1, State.BEHIND: 3, State.ROLLING: 1, State.FAILED: 1, State.STOPPED: 1}
    for state, count in choices.states.items():
        assert select(FLEET, Query(states=frozenset([state]))).matched == count
    for image, count in choices.images.items():
        assert select(FLEET, Query(images=frozenset([image]))).matched == count
    for region, count in choices.regions.items():
        assert select(FLEET, Query(regions=frozenset([region]))).matched == count
    for subscription, count in choices.subscriptions.items():
        assert select(FLEET, Query(subscriptions=frozenset([subscription]))).matched == count
    assert choices.tags == {"team=Shop": 1, "env=prod": 1, "Team=shop": 1}


@pytest.mark.parametrize(
    ("text", "tag"), [("env=prod", ("env", "prod")), ("env", ("env", None)), ("a=b=c", ("a", "b=c")), ("a=", ("a", ""))]
)
def test_tags_are_read(text, tag):
    assert parse_tag(text) == tag


def test_a_tag_without_a_name_is_refused():
    with pytest.raises(UsageError, match="cannot read '=x' as a tag"):
        parse_tag("=x")
