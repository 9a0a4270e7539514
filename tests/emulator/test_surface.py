"""What holds for every path: sign-in, versions, cases and slashes, 404s, hosts, sizes, headers, the request log."""

import logging

import pytest

from rollset.emulator.identity import LIFETIME_SECONDS


def test_the_error_of_a_missing_group_a_missing_set_and_a_missing_instance(azure):
    group = azure.get(azure.set_path(group="nope"))
    one = azure.get(azure.set_path("nope"))
    instance = azure.get(f"{azure.set_path()}/virtualMachines/77")
    assert (group.status, group.code) == (404, "ResourceGroupNotFound")
    assert group.body["error"]["message"] == "Resource group 'nope' could not be found."
    assert (one.status, one.code, one.headers["x-ms-failure-cause"]) == (404, "ResourceNotFound", "gateway")
    assert one.body["error"]["message"].startswith(
        "The Resource 'Microsoft.Compute/virtualMachineScaleSets/nope' under resource group 'myrg' was not found."
    )
    assert (instance.status, instance.code) == (404, "NotFound")
    assert "x-ms-failure-cause" not in instance.headers


def test_another_subscription(azure):
    answer = azure.get("/subscriptions/00000000-0000-0000-0000-000000000000/resourcegroups")
    assert (answer.status, answer.code) == (404, "SubscriptionNotFound")


def test_an_unknown_path_is_answered_in_arms_form_and_logged(azure, caplog):
    with caplog.at_level(logging.WARNING, logger="rollset.emulator"):
        answer = azure.get(f"{azure.compute}/disks")
    assert (answer.status, answer.code) == (404, "NotFound")
    assert f"unknown path: GET {azure.compute}/disks api-version=2024-07-01" in caplog.text
    log = azure.get("/emulator/requests").body
    assert log["by_kind"]["unknown"] == 1
    assert log["unknown"] == [{"method": "GET", "path": f"{azure.compute}/disks", "times": 1}]


def test_a_method_that_a_path_does_not_know(azure):
    answer = azure.patch(f"{azure.set_path()}/virtualMachines/0", {})
    assert (answer.status, answer.headers["allow"]) == (405, "DELETE, GET, PUT")


@pytest.mark.parametrize("authorization", [None, "", "Basic abc", "Bearer", "Bearer x", "Bearer a.b.c", "Bearer ."])
def test_a_bad_token_is_refused_with_a_challenge(azure, authorization):
    headers = {} if authorization is None else {"Authorization": authorization}
    answer = azure.get(azure.set_path(), token=None, headers=headers)
    assert answer.status == 401
    assert answer.code in ("AuthenticationFailed", "InvalidAuthenticationToken")
    assert answer.headers["www-authenticate"].startswith("Bearer authorization_uri=")


def test_an_expired_token_is_refused(azure):
    now = [1000.0]
    azure.world.tokens.clock = lambda: now[0]
    token, _ = azure.world.tokens.issue()
    assert azure.get(azure.set_path(), token=token).status == 200
    now[0] += LIFETIME_SECONDS + 1
    refused = azure.get(azure.set_path(), token=token)
    assert (refused.status, refused.code) == (401, "ExpiredAuthenticationToken")


def test_the_emulators_own_paths_need_no_token(azure):
    for path in ("", "/health", "/requests", "/faults", "/sets/myrg/myvmss", "/sets/myrg/myvmss/history"):
        assert azure.get(f"/emulator{path}", token=None).status == 200
    assert azure.get("/emulator/nope", token=None).status == 404


@pytest.mark.parametrize(
    "api", ["2015-06-15", "2016-03-30", "2016-04-30-preview", "2019-03-01", "2024-07-01", "2026-04-01", "2027-01-01"]
)
def test_versions_of_all_ages_are_served(azure, api):
    assert azure.get(azure.set_path(), api=api).status == 200


def test_a_missing_version(azure):
    answer = azure.get(azure.set_path(), api=None)
    assert (answer.status, answer.code) == (400, "MissingApiVersionParameter")


@pytest.mark.parametrize("api", ["latest", "2024-13-01", "1999-01-01", "2024-07-01x", "'"])
def test_a_version_that_is_none(azure, api):
    answer = azure.get(azure.set_path(), api=api)
    assert (answer.status, answer.code) == (400, "NoRegisteredProviderFound")


@pytest.mark.parametrize("change", [str.upper, str.lower, "/{}".format, "{}/".format, "//{}//".format])
def test_case_and_slashes_do_not_matter(azure, change):
    answer = azure.get(change(azure.set_path()).replace("////", "//"))
    assert answer.status == 200
    assert answer.body["id"] == azure.set_path()


def test_spellings_that_clients_use(azure):
    for path in ("powerOff", "poweroff", "POWEROFF"):
        assert azure.post(f"{azure.set_path()}/{path}", {"instanceIds": ["0"]}).status == 202
    assert azure.get(f"{azure.subscription}/resourcegroups/MYRG").body["name"] == "myrg"
    assert azure.get(f"{azure.set_path()}/virtualMachines?%24expand=instanceView").body["value"][0]["properties"][
        "instanceView"
    ]


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8400", "127.0.0.1.evil.example", "localhost.evil.example", "[::2]:1", ""]
)
def test_a_foreign_host_is_refused(azure, host):
    answer = azure.get(azure.set_path(), host=host)
    assert (answer.status, answer.code) == (421, "MisdirectedRequest")
    assert azure.get("/emulator/health", host=host, token=None).status == 421


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1:9", "[::1]:9", "emu.dsts.localhost:44"])
def test_hosts_that_mean_this_machine(azure, host):
    assert azure.get(azure.set_path(), host=host).status == 200


@pytest.mark.parametrize("raw", [b"{", b"\xff", b"[1]", b'"x"', b"null", b"{" * 100_000, b'{"a":1}{'])
def test_a_body_that_is_no_object(azure, raw):
    answer = azure.ask("PATCH", azure.set_path(), raw=raw)
    assert (answer.status, answer.code) == (400, "InvalidRequestContent")


def test_a_body_that_is_too_long(azure):
    answer = azure.ask("PATCH", azure.set_path(), raw=b" " * (4 * 1024 * 1024 + 1))
    assert (answer.status, answer.code) == (413, "RequestContentTooLarge")


def test_every_answer_has_its_ids_and_its_date(azure):
    answer = azure.get(azure.set_path(), headers={"x-ms-correlation-request-id": "abc"})
    assert answer.headers["x-ms-correlation-request-id"] == "abc"
    assert len(answer.headers["x-ms-request-id"]) == 36
    assert answer.headers["date"] == "Sun, 15 Jun 2025 15:06:40 GMT"


def test_rate_limits_are_counted_and_refilled(azure):
    def left():
        return azure.get(azure.set_path()).headers["x-ms-ratelimit-remaining-resource"]

    assert (
        left() == "Microsoft.Compute/GetVMScaleSetSubscriptionMaximum;2399,Microsoft.Compute/GetVMScaleSetResource;35"
    )
    assert left().endswith(";34")
    azure.later(60)
    assert left().endswith(";35")


def test_an_empty_bucket_refuses_nobody_where_limits_are_only_counted(azure):
    answers = [azure.get(azure.set_path()) for _ in range(50)]
    assert {one.status for one in answers} == {200}
    assert answers[-1].headers["x-ms-ratelimit-remaining-resource"].endswith("GetVMScaleSetResource;0")


def test_the_request_log(azure):
    azure.get(azure.set_path())
    azure.get(azure.set_path("nope"))
    azure.visit(5)
    log = azure.get("/emulator/requests").body
    assert (log["total"], log["by_kind"]) == (2, {"set-get": 2})
    assert [one["status"] for one in log["recent"]] == [200, 404]
    assert log["recent"][0]["api_version"] == "2024-07-01"
    assert azure.delete("/emulator/requests").status == 204
    reset = azure.get("/emulator/requests").body
    assert (reset["total"], reset["by_kind"]) == (1, {"own": 1})  # The reset itself.


def test_the_index_names_what_is_there(azure):
    index = azure.get("/emulator").body
    assert index["sets"] == ["/emulator/sets/myrg/myvmss"]
    assert index["subscription_id"] == azure.world.subscription_id
