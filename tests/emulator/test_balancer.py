"""The load balancer: careless rollouts lose requests, careful ones do not."""

import pytest

NEW = "4.0.20160229"


def roll(azure, batches, seconds_between_visits=7.0):
    """Upgrades batch after batch with visitors all the time; answers how they fared."""
    fared = []
    for batch in batches:
        accepted = azure.upgrade(*batch)
        operation = accepted.headers["azure-asyncoperation"].partition("8400")[2]
        for _ in range(400):
            fared += azure.visit(3)
            azure.later(seconds_between_visits)
            if azure.get(operation).body["status"] != "InProgress" and azure.account()["out_now"] == 0:
                break
    return fared


def test_requests_are_shared_and_name_who_answered(azure):
    answers = [azure.get("/emulator/lb/myrg/myvmss/any/path?x=1", token=None) for _ in range(40)]
    assert {one.status for one in answers} == {200}
    assert sorted(int(one.body["instance"]) for one in answers[:20]) == list(range(20))
    assert answers[0].body["image"] == "4.0.20160126"
    account = azure.account()
    assert (account["served"], account["failed"]) == (40, 0)
    assert {one["served"] for one in account["instances"]} == {2}


def test_any_method_is_served(azure):
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "HEAD"):
        assert azure.ask(method, "/emulator/lb/myrg/myvmss", token=None).status == 200


def test_an_update_domain_at_a_time_loses_nothing(azure):
    azure.set_version(NEW)
    domains = [[str(number) for number in range(20) if number % 5 == domain] for domain in range(5)]
    fared = roll(azure, domains)
    assert set(fared) == {200}
    assert azure.account()["failed"] == 0
    assert azure.account()["most_out_at_once"] == 4
    assert {one["image"] for one in azure.account()["instances"]} == {NEW}


@pytest.mark.parametrize("median", [1, 8, 12, 20, 40])
@pytest.mark.parametrize("seed", [1, 2])
def test_a_careful_rollout_loses_nothing_however_fast_upgrades_are(azure_with, median, seed):
    timing = f"upgrade_seconds: {{median: {median}}}"
    azure = azure_with(f"scale_sets: [{{resource_group: myrg, name: myvmss, capacity: 6, {timing}}}]", seed)
    azure.set_version(NEW)
    fared = roll(azure, [[str(number)] for number in range(6)], seconds_between_visits=0.7)
    assert {one["image"] for one in azure.account()["instances"]} == {NEW}
    assert set(fared) == {200}


def test_an_automatic_policy_takes_everything_down_and_loses_requests(azure):
    azure.follow(azure.patch(azure.set_path(), {"properties": {"upgradePolicy": {"mode": "Automatic"}}}))
    assert azure.account()["most_out_at_once"] == 0
    changed = azure.set_version(NEW)
    fared = []
    for _ in range(120):
        fared += azure.visit(3)
        azure.later(7)
    assert azure.follow(changed)["status"] == "Succeeded"
    account = azure.account()
    assert account["most_out_at_once"] == 20
    assert fared.count(503) > 30
    assert account["failed"] == len(fared) - fared.count(200)


def test_a_machine_that_is_simply_switched_off_fails_requests_until_the_probe_looks(azure):
    azure.post(f"{azure.set_path()}/poweroff", {"instanceIds": [str(number) for number in range(10)]})
    assert 502 in azure.visit(20)
    azure.later(5)
    assert set(azure.visit(40)) == {200}


def test_nobody_in_rotation(azure):
    azure.post(f"{azure.set_path()}/deallocate")
    azure.later(60)
    answer = azure.get("/emulator/lb/myrg/myvmss/", token=None)
    assert (answer.status, answer.body["error"]) == (503, "no instance is in rotation")


def test_an_unknown_set(azure):
    assert azure.get("/emulator/lb/myrg/nope/", token=None).status == 404
    assert azure.get("/emulator/lb/nope/myvmss/", token=None).status == 404
    assert azure.get("/emulator/lb/myrg", token=None).status == 404


def test_a_set_without_a_load_balancer_is_served_all_the_same(azure_with):
    azure = azure_with("scale_sets: [{resource_group: myrg, name: myvmss, health: none}]")
    assert set(azure.visit(9)) == {200}
