"""The same seed and the same requests at the same times: the same exchanges, word for word."""

from tests.emulator.local import Client, image_change
from tests.emulator.test_autoscale import IN, OUT, measure, profile
from tests.emulator.test_autoscale import put as put_autoscale

NEW = "4.0.20160229"
# Drawn anew for each answer, as Azure's are; they decide nothing.
UNREPEATABLE = ("x-ms-request-id", "x-ms-correlation-request-id", "x-ms-routing-request-id")


class Recorder(Client):
    """Keeps every exchange."""

    def __init__(self, seed):
        super().__init__(seed=seed, throttle=True)
        self.exchanges = []

    def ask(self, method, path, body=None, **more):
        answer = super().ask(method, path, body, **more)
        headers = {name: value for name, value in answer.headers.items() if name not in UNREPEATABLE}
        self.exchanges.append((method, path, answer.status, headers, answer.body))
        return answer


def look(azure):
    for name in ("myvmss", "web"):
        azure.get(f"{azure.set_path(name)}/virtualMachines", __expand="instanceView")
        azure.get(f"{azure.set_path(name)}/instanceView")
        azure.account(name)


def play(seed, set_document):
    """Everything that moves by itself: repairs, autoscale, Azure's own upgrades, a rolling pass, faults."""
    azure = Recorder(seed)
    repairs = {"enabled": True, "gracePeriod": "PT10M", "repairAction": "Replace"}
    azure.patch(azure.set_path(), {"properties": {"automaticRepairsPolicy": repairs}})
    probe = {"healthProbe": {"id": "/subscriptions/any/loadBalancers/lb/probes/web"}}
    document = set_document(3, overprovision=True)
    document["properties"]["virtualMachineProfile"]["networkProfile"] = probe
    azure.put(azure.set_path("web"), document)
    put_autoscale(azure, profile(rules=[OUT, IN]))
    azure.fault(kind="bad-image", image=NEW, share=0.3)
    azure.fault(kind="flaps", set="myrg/myvmss", instances=["3"])
    azure.fault(kind="storm", share=0.2, method="GET", path_contains="/instanceView")
    azure.patch(azure.set_path(), image_change(version=NEW))
    azure.upgrade("*")
    for minute in range(60):
        if minute == 5:
            measure(azure, cpu=90)
        if minute == 30:
            measure(azure, cpu=5)
        azure.later(60)
        look(azure)
    return azure.exchanges


def test_the_same_seed_gives_the_same_exchanges(set_document):
    first = play(11, set_document)
    bodies = str([one[-1] for one in first])
    assert "'capacity': 10" in bodies, "autoscale has scaled out"
    assert "myvmss_20" in bodies, "a repair has replaced an instance"
    assert play(11, set_document) == first
    assert play(12, set_document) != first
