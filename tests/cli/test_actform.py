"""Unit: an act as a JSON document, as the dashboard's API takes it."""

import pytest

from rollset.core.acts.act import Action, Edit, OnInstances, Scale
from rollset.core.change import VersionChange
from rollset.core.errors import UsageError
from rollset.core.fleet import Setting
from rollset.core.model.change import ModelChange
from rollset.core.selection import Selection
from rollset.faces.actform import read_act


@pytest.mark.parametrize(
    ("document", "act"),
    [
        (
            {"act": "restart", "selection": {"update_domains": [2]}},
            OnInstances(action=Action.RESTART, selection=Selection(update_domains=frozenset({2}))),
        ),
        ({"act": "power-off", "all": True}, OnInstances(action=Action.POWER_OFF)),
        (
            {"act": "protect-from-scale-in", "selection": {"instances": ["3", 4, "web_a"], "zones": "1,2"}},
            OnInstances(
                action=Action.PROTECT_FROM_SCALE_IN,
                selection=Selection(instances=frozenset({"3", "4", "web_a"}), zones=frozenset({"1", "2"})),
            ),
        ),
        ({"act": "scale", "to": 0}, Scale(capacity=0)),
        (
            {"act": "scale", "to": 12, "read": [{"path": "sku.capacity", "value": "8"}]},
            Scale(capacity=12, read=(Setting(path="sku.capacity", value="8"),)),
        ),
        (
            {
                "act": "edit",
                "image": {"version": "1.2.3"},
                "vm_size": "Standard_D4s_v5",
                "set": {"overprovision": False},
            },
            Edit(
                image=VersionChange(version="1.2.3"),
                model=ModelChange(vm_size="Standard_D4s_v5", settings=(Setting(path="overprovision", value="false"),)),
            ),
        ),
    ],
)
def test_what_a_document_means(document, act):
    assert read_act(document) == act


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ([], "cannot read an act: it has to be a JSON object, and is []"),
        ({}, "cannot read act: it has to be a text, and is None"),
        ({"act": "dance"}, "cannot read act: 'dance' is none of start, restart"),
        ({"act": "restart", "who": 1}, "cannot read an act: there is no 'who' in it; there are act, all"),
        ({"act": "restart"}, "name the instances to restart"),
        ({"act": "restart", "selection": {}}, "name the instances to restart"),
        ({"act": "restart", "selection": {"instances": []}}, "an item is empty, and empty never means all"),
        ({"act": "restart", "selection": {"instances": ["*"]}}, "cannot read '*' as an instance id"),
        ({"act": "restart", "selection": {"instances": [True]}}, "it has to be a list of ids"),
        ({"act": "restart", "selection": {"racks": [1]}}, "there is no 'racks' in it"),
        ({"act": "restart", "all": "yes"}, "cannot read all: it has to be true or false, and is 'yes'"),
        ({"act": "restart", "all": True, "selection": {"zones": ["1"]}}, "give one of them"),
        ({"act": "restart", "all": True, "to": 3}, "neither a capacity nor an image nor a model"),
        ({"act": "scale", "to": "3"}, "cannot read to: it has to be a whole number, and is '3'"),
        ({"act": "scale", "to": 1.5}, "cannot read to: it has to be a whole number"),
        ({"act": "scale", "all": True, "to": 3}, "scale changes the set itself, so it takes no selection"),
        ({"act": "edit"}, "name what to edit"),
        ({"act": "edit", "set": {"sku.capacity": 3}}, "that is scaling"),
        ({"act": "edit", "set": [1]}, "cannot read set: it has to be a JSON object"),
        ({"act": "edit", "image": {"version": "1", "urn": "a:b:c:d"}}, "name the image twice"),
        ({"act": "edit", "to": 3, "read": [{"path": "x", "value": "{"}]}, "cannot read read.value: '{' is no JSON"),
        ({"act": "x" * 500}, "..."),
    ],
)
def test_what_is_no_act_is_told_in_a_sentence(document, why):
    with pytest.raises(UsageError) as refused:
        read_act(document)
    assert why in str(refused.value)
    assert len(str(refused.value)) < 400
