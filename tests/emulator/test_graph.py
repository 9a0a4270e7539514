"""Resource Graph over sets, machines and instances: operators, paths, pages, refusals."""

import pytest

FLEET = """
location: westus
scale_sets:
  - {resource_group: shop, name: web, capacity: 3, tags: {team: a, env: prod}}
  - {resource_group: shop, name: api, capacity: 2, os: Linux, location: eastus, tags: {team: b}}
  - {resource_group: Back, name: jobs, capacity: 1, os: Linux, instances: {0: {power: deallocated}}}
"""


@pytest.fixture
def ask(azure_with):
    azure = azure_with(FLEET)

    def ask(query, **more):
        body = {"subscriptions": [azure.world.subscription_id], "query": query, **more}
        return azure.post("/providers/Microsoft.ResourceGraph/resources", body, api="2024-04-01")

    ask.azure = azure
    return ask


SETS = "resources | where type =~ 'Microsoft.Compute/virtualMachineScaleSets'"


def rows(answer):
    assert answer.status == 200, answer.body
    return answer.body["data"]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        (f"resources | extend a = {'1+' * 20_000}1", 400),
        (f"resources | extend a = {'9' * 5000}", 400),
        ("resources | extend a = 9223372036854775808", 400),
        ("resources | project a = 9223372036854775807 * 9223372036854775807", 200),
        ("resources | project a = toint('9999999999999999999999999999')", 200),
        ("resources | project a = tolong('inf')", 200),
        ("computeresources | extend b = 9223372036854775807 | summarize a = sum(b)", 200),
        ("resources | project a = todouble('inf') * 0", 200),
        ("resources | project a = tostring(substring(id, 'x', 'y'))", 200),
        ("resources | project a = substring(id, todouble('1e300'), -4)", 200),
    ],
)
def test_numbers_beyond_64_bits_and_endless_sums_break_nothing(azure, query, status):
    answer = azure.post("/providers/Microsoft.ResourceGraph/resources", {"query": query}, api="2024-04-01")
    assert answer.status == status
    assert status == 400 or answer.body["data"] in ([{"a": None}], [{"a": ""}])


def test_a_set_is_a_row(ask):
    row = rows(ask(f"{SETS} and name == 'web'"))[0]
    assert (row["type"], row["resourceGroup"]) == ("microsoft.compute/virtualmachinescalesets", "shop")
    assert row["sku"]["capacity"] == 3
    assert row["properties"]["provisioningState"] == "Succeeded"
    assert row["subscriptionId"] == ask.azure.world.subscription_id


@pytest.mark.parametrize(
    ("condition", "names"),
    [
        ("name == 'web'", ["web"]),
        ("name == 'WEB'", []),
        ("name =~ 'WEB'", ["web"]),
        ("name != 'web'", ["api", "jobs"]),
        ("name !~ 'WEB'", ["api", "jobs"]),
        ("name contains 'B'", ["web", "jobs"]),
        ("name !contains 'b'", ["api"]),
        ("name contains_cs 'B'", []),
        ("name startswith 'J'", ["jobs"]),
        ("name endswith 'i'", ["api"]),
        ("name in ('web', 'JOBS')", ["web"]),
        ("name in~ ('web', 'JOBS')", ["web", "jobs"]),
        ("name !in ('web')", ["api", "jobs"]),
        ("id has 'shop'", ["web", "api"]),
        ("id has 'sho'", []),
        ("tags.team == 'a'", ["web"]),
        ("tags['env'] == 'prod'", ["web"]),
        ("isempty(tags.env)", ["api", "jobs"]),
        ("sku.capacity >= 2 and sku.capacity < 3", ["api"]),
        ("sku.capacity between (2 .. 3)", ["web", "api"]),
        ("toint(sku.capacity) * 2 == 6 or location == 'eastus'", ["web", "api"]),
        ("not(name == 'web')", ["api", "jobs"]),
        ("isnotnull(properties.upgradePolicy.mode)", ["web", "api", "jobs"]),
        ("properties.virtualMachineProfile.storageProfile.osDisk.osType == 'Windows'", ["web"]),
        ("properties.VirtualMachineProfile.StorageProfile.imageReference.publisher =~ 'canonical'", ["api", "jobs"]),
        ("resourceGroup == 'back'", ["jobs"]),
    ],
)
def test_conditions(ask, condition, names):
    assert [row["name"] for row in rows(ask(f"{SETS} | where {condition}"))] == names


@pytest.mark.parametrize(
    ("rest", "found"),
    [
        ("count", [{"Count": 3}]),
        ("summarize count()", [{"count_": 3}]),
        ("summarize n = count() by location | order by n desc", [{"location": "westus", "n": 2}, {"location": "eastus", "n": 1}]),
        ("summarize sum(toint(sku.capacity)), max(name), groups = dcount(resourceGroup)", [{"sum_": 6, "max_name": "web", "groups": 2}]),
        ("summarize make_set(name) by resourceGroup | where resourceGroup == 'back'", [{"resourceGroup": "back", "make_set_name": ["jobs"]}]),
        ("project name, cap = toint(sku.capacity) | order by cap desc, name asc | take 1", [{"name": "web", "cap": 3}]),
        ("project name | sort by name asc", [{"name": "api"}, {"name": "jobs"}, {"name": "web"}]),
        ("top 1 by name | project name, sku.name", [{"name": "web", "sku_name": "Standard_D2s_v3"}]),
        ("extend os = tostring(properties.virtualMachineProfile.storageProfile.osDisk.osType) | distinct os", [{"os": "Windows"}, {"os": "Linux"}]),
        ("project kind1 = iff(name == 'web', 'front', 'back') | distinct kind1 | limit 5", [{"kind1": "front"}, {"kind1": "back"}]),
        ("where name == 'web' | project-rename n = name | project-keep n", [{"n": "web"}]),
        ("where name == 'web' | project name, location | project-away location", [{"name": "web"}]),
        ("where name == 'web' | project a = split(id, '/')[4], b = strcat(toupper(name), '-', 1)", [{"a": "shop", "b": "WEB-1"}]),
        ("summarize by location | order by location asc", [{"location": "eastus"}, {"location": "westus"}]),
    ],
)  # fmt: skip
def test_operators(ask, rest, found):
    assert rows(ask(f"{SETS} | {rest}")) == found


def test_instances_of_uniform_sets_are_in_a_table_of_their_own(ask):
    query = """
        ComputeResources  // The one with the instances.
        | where type == 'microsoft.compute/virtualmachinescalesets/virtualmachines'
        | extend power = tostring(properties.extended.instanceView.powerState.code)
        | summarize count() by power
        | order by power asc
    """
    assert rows(ask(query)) == [
        {"power": "PowerState/deallocated", "count_": 1},
        {"power": "PowerState/running", "count_": 5},
    ]


def test_members_of_a_flexible_set_are_virtual_machines(ask, set_document):
    azure = ask.azure
    azure.follow(azure.put(azure.set_path("flex", "shop"), set_document(2, orchestrationMode="Flexible")))
    found = rows(
        ask(
            "Resources | where type =~ 'Microsoft.Compute/virtualMachines' "
            "| where properties.virtualMachineScaleSet.id contains 'flex' "
            "| project name, version = properties.storageProfile.imageReference.exactVersion, "
            "power = properties.extended.instanceView.powerState.displayStatus"
        )
    )
    assert {(row["version"], row["power"]) for row in found} == {("22.04.202408080", "VM running")}
    assert sorted(row["name"] for row in found) == sorted(one["instanceId"] for one in _listed(azure))


def _listed(azure):
    return azure.get(f"{azure.set_path('flex', 'shop')}/virtualMachines").body["value"]


def test_groups_and_the_subscription_are_containers(ask):
    found = rows(ask("resourcecontainers | where type endswith 'resourcegroups' | project name | order by name asc"))
    assert found == [{"name": "Back"}, {"name": "shop"}]


def test_pages_follow_a_token(ask):
    query = f"{SETS} | order by name asc | project id, name"
    first = ask(query, options={"$top": 2}).body
    assert (first["totalRecords"], first["count"], first["resultTruncated"]) == (3, 2, "false")
    second = ask(query, options={"$top": 2, "$skipToken": first["$skipToken"]}).body
    assert [one["name"] for one in (*first["data"], *second["data"])] == ["api", "jobs", "web"]
    assert "$skipToken" not in second
    assert [one["name"] for one in rows(ask(query, options={"$skip": 2}))] == ["web"]
    bad = ask(query, options={"$skipToken": "x"})
    assert (bad.status, bad.code) == (400, "InvalidParameter")


def test_there_is_no_token_where_the_query_limits_itself_or_shows_no_id(ask):
    for query in (f"{SETS} | take 3", f"{SETS} | project name"):
        body = ask(query, options={"$top": 1}).body
        assert "$skipToken" not in body
        assert body["resultTruncated"] == "true"


def test_a_table_can_be_asked_for(ask):
    query = f"{SETS} | where name == 'web' | project name, n = toint(sku.capacity), tags"
    assert ask(query, options={"resultFormat": "table"}).body["data"] == {
        "columns": [
            {"name": "name", "type": "string"},
            {"name": "n", "type": "integer"},
            {"name": "tags", "type": "object"},
        ],
        "rows": [["web", 3, {"team": "a", "env": "prod"}]],
    }


def test_another_subscription_has_nothing_here(ask):
    azure = ask.azure
    body = {"subscriptions": ["00000000-0000-0000-0000-000000000000"], "query": "resources"}
    answer = azure.post("/providers/Microsoft.ResourceGraph/resources", body, api="2022-10-01")
    assert answer.body["totalRecords"] == 0
    assert answer.headers["x-ms-user-quota-remaining"] == "14"


@pytest.mark.parametrize(
    "query",
    [
        "",
        "nowhere",
        "resources |",
        "resources | fly",
        "resources | where",
        "resources | where nothing == 1",
        "resources | where name ==",
        "resources | where name == 'x",
        "resources | where fly(name)",
        "resources | where tolower() == 'x'",
        "resources | project",
        "resources | take many",
        "resources | order name",
        "resources | summarize fly(name)",
        "resources | where " + "(" * 100 + "1" + ")" * 100,
        "resources ; drop",
        "resources" + " | count" * 100,
        "x" * 60_000,
    ],
)
def test_a_query_that_cannot_be_read(ask, query):
    refused = ask(query)
    assert (refused.status, refused.code) == (400, "BadRequest")
    assert [one["code"] for one in refused.body["error"]["details"]] == ["InvalidQuery", "ParserFailure"]
