"""5,000 random requests over the whole surface: never a 500, always an error in ARM's form, and a world that stays whole.

`test_hostile.py` draws documents and finds the smallest that fails; this one sends many requests to one world, for
what only shows after others. A failure prints the seed and the number of the request.
"""

import random
import re
from typing import Any

import pytest

from rollset.emulator.api.routes import ARM_ROUTES
from tests.emulator.local import Client
from tests.emulator.test_hostile import VALUES, encoded

SEEDS = range(10)
REQUESTS = 500
WORLD_REQUESTS = 50
ODD = ("nope", "*", "..", "%2e%2e", "%00", "ü", "'", "9" * 40, "Microsoft.Compute", "latest", "-1")
QUERIES = {
    "__expand": ("instanceView", "userData", "x"),
    "__select": ("instanceView", "", "x"),
    "__filter": ("startswith(instanceView/statuses/code, 'PowerState') eq true", "location eq 'westus'", "'"),
    "__top": ("1", "0", "-1", "x"),
    "__orderby": ("name desc", "x"),
    "__skiptoken": ("x", "MA=="),
    "forceDeletion": ("true", "x"),
    "platformUpdateDomain": ("0", "77", "x"),
    "monitor": ("true",),
}
WORDS = (
    "Rolling",
    "Automatic",
    "Manual",
    "latest",
    "westus",
    "*",
    "0",
    "19",
    "PT5M",
    "Windows",
    "Linux",
    "Flexible",
    "",
)
NUMBERS = (0, 1, 3, 20, 101, -1, 2.5, 1e300, 2**63)
MEMBERS = (
    *("location", "tags", "sku", "name", "capacity", "tier", "properties", "zones", "identity", "plan", "instanceIds"),
    *(
        "upgradePolicy",
        "mode",
        "rollingUpgradePolicy",
        "maxBatchInstancePercent",
        "pauseTimeBetweenBatches",
        "maxSurge",
    ),
    *("virtualMachineProfile", "storageProfile", "imageReference", "id", "version", "osDisk", "dataDisks", "osProfile"),
    *("networkProfile", "healthProbe", "extensionProfile", "extensions", "automaticRepairsPolicy", "enabled", "query"),
    *("protectionPolicy", "protectFromScaleIn", "protectFromScaleSetActions", "publishingProfile", "targetRegions"),
    *(
        "orchestrationMode",
        "platformFaultDomainCount",
        "singlePlacementGroup",
        "overprovision",
        "serviceName",
        "action",
    ),
    *("commandId", "level", "options", "subscriptions", "priority", "scaleInPolicy", "rules", "osType", "identifier"),
)


def document(draw: random.Random, depth: int = 4) -> Any:
    """A body whose members are those that a set, an image or an action may have, with values that need not fit."""
    kind = draw.random()
    if depth == 0 or kind < 0.25:
        return draw.choice((None, True, False, draw.choice(WORDS), draw.choice(NUMBERS)))
    if kind < 0.4:
        return [document(draw, depth - 1) for _ in range(draw.randrange(3))]
    return {draw.choice(MEMBERS): document(draw, depth - 1) for _ in range(draw.randrange(4))}


def path(draw: random.Random, subscription: str) -> str:
    """Along a route; one name in twelve is odd."""
    segments = []
    for segment in draw.choice(ARM_ROUTES).template.strip("/").split("/"):
        name = re.fullmatch(r"\{(\w+)\}", segment)
        usual = VALUES.get(name[1], "one").replace("SUBSCRIPTION", subscription) if name else segment
        segments.append(usual if draw.random() < 11 / 12 or not name else draw.choice(ODD))
    return "/" + encoded("/".join(segments))


@pytest.mark.parametrize("seed", SEEDS)
def test_random_requests_are_answered_in_arms_form(seed):
    draw = random.Random(seed)
    for number in range(REQUESTS):
        if number % WORLD_REQUESTS == 0:  # A group that was deleted would leave the rest nothing to ask about.
            azure = Client(seed=seed)
        asked = path(draw, azure.world.subscription_id)
        method = draw.choice(("GET", "GET", "PUT", "PATCH", "POST", "POST", "DELETE"))
        query = {name: draw.choice(QUERIES[name]) for name in draw.sample(sorted(QUERIES), draw.randrange(3))}
        body = document(draw) if draw.random() < 0.7 else None
        api = draw.choice(("2024-07-01", "2024-07-01", "2019-03-01", "2015-06-15", "2026-04-01", "x", None))
        answer = azure.ask(method, asked, body, api=api, **query)
        where = f"seed {seed}, request {number}: {method} {asked} {query} {body}"
        assert answer.status < 500, where
        if answer.status >= 400 and "/oauth2/" not in asked.lower():
            assert isinstance(answer.body["error"]["code"], str), where
            assert isinstance(answer.body["error"]["message"], str), where
        azure.later(draw.choice((0, 1, 30)))
        for scale_set in azure.world.sets.values():
            assert scale_set.account.out_now == sum(one.out for one in scale_set.instances.values()), where
