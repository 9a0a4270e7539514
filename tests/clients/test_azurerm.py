"""The library of the article's author, `azurerm` 0.10.0, doing what the article's script does."""

import json
from pathlib import Path

from tests.clients.installed import FOLDER, needs, run
from tests.clients.running import NEW, OLD

PYTHON = FOLDER / "azurerm" / "bin" / "python"
ARTICLE = Path(__file__).with_name("article.py")

pytestmark = needs("azurerm", "bin/python")


def test_one_update_domain_moves_and_no_other(azure, tmp_path):
    subscription = azure.ready.subscription_id
    arguments = [azure.ready.tenant_id, subscription, "myrg", "myvmss", NEW, "1"]
    saw = json.loads(run([PYTHON, ARTICLE, *arguments], azure.env("azurerm"), tmp_path))
    assert saw["before"] == OLD
    assert saw["chosen"] == ["1", "11", "16", "6"]
    assert (saw["put"], saw["upgrade"], saw["listed"]) == (200, 202, ["myvmss"])
    assert saw["looks"] > 1, "the set says that it is updating from the moment that the upgrade is accepted"
    assert azure.version == NEW
    assert azure.running_version(NEW) == set(saw["chosen"])
    assert {key for key, one in azure.instances().items() if one["properties"]["latestModelApplied"]} == {
        *saw["chosen"]
    }
    assert azure.own("/sets/myrg/myvmss")["most_out_at_once"] == 4
