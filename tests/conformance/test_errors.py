"""Errors word for word, some of them quoted in public issues: what `test_recorded.py` compares by shape alone."""

from tests.conformance.documents import set_document
from tests.emulator.local import Client
from tests.support.recordings import exchanges, needs_recordings

pytestmark = needs_recordings


def test_errors_read_as_recorded():
    """Those errors that requests of this surface lead to: status, code, target and text."""
    azure = Client()
    known = {one.id: one for one in exchanges("errors")}
    cancel = azure.post(f"{azure.set_path()}/rollingUpgrades/cancel")
    no_probe = set_document(rolling=False)
    no_probe["properties"]["upgradePolicy"]["mode"] = "Rolling"
    missing = azure.get(azure.set_path("vmss1"))
    rolling = azure.put(azure.set_path("x"), no_probe)
    changed = azure.patch(azure.set_path(), {"properties": {"platformFaultDomainCount": 2}})
    azure.set_version("4.0.20160229")
    azure.patch(azure.set_path(), {"tags": {}})
    stale = azure.patch(azure.set_path(), {}, headers={"If-Match": '"2"'})
    for answer, recording in (
        (cancel, known["errors-003"]),
        (missing, known["errors-018"]),
        (rolling, known["errors-002"]),
        (changed, known["errors-010"]),
        (stale, known["errors-025"]),
    ):
        assert (answer.status, answer.code) == (recording.status, recording.body["error"]["code"])
        assert set(answer.body["error"]) == set(recording.body["error"])
    assert cancel.body == known["errors-003"].body
    assert stale.body == known["errors-025"].body
    assert missing.headers["x-ms-failure-cause"] == known["errors-018"].headers["x-ms-failure-cause"]
