"""Health sources: how often they must see the same, what the rich extension waits for, and what others make of it."""

import pytest

IMAGE = "22.04.202408080"


@pytest.fixture
def web(azure, set_document):
    """Makes a set of one Linux instance with an Application Health extension of these settings."""

    def make(version="2.0", mode="Manual", capacity=1, **settings):
        document = set_document(capacity, mode, overprovision=False)
        kind = {"publisher": "Microsoft.ManagedServices", "type": "ApplicationHealthLinux"}
        extension = {"name": "health", "properties": {**kind, "typeHandlerVersion": version, "settings": settings}}
        document["properties"]["virtualMachineProfile"]["extensionProfile"] = {"extensions": [extension]}
        answer = azure.put(azure.set_path("web"), document)
        assert answer.status == 201, answer.body
        return answer

    return make


def state(azure, number=0):
    view = azure.get(f"{azure.set_path('web')}/virtualMachines/{number}/instanceView").body
    return view["vmHealth"]["status"]["code"].removeprefix("HealthState/"), view["statuses"][1]["code"]


def course(azure, seconds):
    """The health states in turn, with the second at which each began; looked at second by second."""
    seen = []
    for second in range(seconds):
        health, _ = state(azure)
        if not seen or seen[-1][0] != health:
            seen.append((health, second))
        azure.later(1)
    return seen


def test_the_rich_extension_waits_for_the_application_at_first(azure, web):
    web(gracePeriod=120, intervalInSeconds=10, numberOfProbes=3)
    (before, _), (initializing, runs), (healthy, passed) = course(azure, 150)
    assert (before, initializing, healthy) == ("unknown", "initializing", "healthy")
    assert 20 < runs < 40 < passed - 20  # It serves some 25 s after it runs, and is looked at three times, 10 s apart.


@pytest.mark.parametrize(("protocol", "after"), [("http", "unknown"), ("tcp", "unhealthy")])
def test_after_the_grace_period_it_waits_no_longer(azure, web, protocol, after):
    azure.fault(kind="bad-image", image=IMAGE)
    web(gracePeriod=90, protocol=protocol)
    states = course(azure, 200)
    assert [one for one, _ in states][-2:] == ["initializing", after]
    assert states[-1][1] - states[-2][1] == 90


def test_the_binary_extension_knows_no_such_thing(azure, web):
    web("1.0")
    assert [one for one, _ in course(azure, 90)] == ["unhealthy", "healthy"]


def test_a_short_failure_goes_unnoticed_where_several_answers_decide(azure, web):
    web(intervalInSeconds=10, numberOfProbes=4)
    azure.later(300)
    for kind in ("unhealthy-now", "recover", "unhealthy-now", "recover"):
        assert state(azure)[0] == "healthy"
        azure.fault(kind=kind, set="myrg/web")
        azure.later(25)
    azure.fault(kind="unhealthy-now", set="myrg/web")
    azure.later(41)
    assert state(azure)[0] == "unknown"


@pytest.mark.parametrize(("grace", "outcome"), [(1800, "Succeeded"), (60, "Failed")])
def test_a_rolling_upgrade_waits_as_long_as_an_application_is_initializing(azure, web, grace, outcome):
    azure.follow(web(mode="Rolling", gracePeriod=grace))
    azure.fault(kind="boots-unhealthy", set="myrg/web")
    change = {"sku": {"name": "Standard_DS2_v2"}}
    changed = azure.patch(azure.set_path("web"), change)
    azure.later(900)
    azure.delete("/emulator/faults")
    assert azure.follow(changed)["status"] == outcome


def test_settings_that_are_no_numbers_count_as_left_out(azure, web):
    web(gracePeriod="soon", intervalInSeconds=None, numberOfProbes=True)
    azure.later(120)
    assert state(azure)[0] == "healthy"
