"""The page at `/emulator`: what a browser gets, what its script reads, and requests as they come."""

import http.client
import json
import re
import urllib.request
from importlib.resources import files

from rollset.emulator.server import EmulatorServer

NEW = "4.0.20160229"


def read(url, **headers):
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10) as answer:
        return answer.headers, answer.read().decode()


def test_a_browser_gets_a_page_that_asks_nothing_of_anybody_else():
    with EmulatorServer(https_port=None) as ready:
        head, page = read(f"{ready.http}/emulator", Accept="text/html,*/*")
        assert head["content-type"] == "text/html; charset=utf-8"
        assert head["content-security-policy"].startswith("default-src 'none'; script-src 'self'; style-src 'self'")
        asked = re.findall(r'(?:src|href)="([^"]+)"', page)
        assert asked == ["/emulator/page/page.css", "data:,", "/emulator/page/page.js"]
        assert " style=" not in page
        assert " onclick" not in page
        for path in asked[:1] + asked[2:]:
            kind, text = read(f"{ready.http}{path}")
            assert kind["content-type"].startswith("text/")
            assert "://" not in text
        assert json.loads(read(f"{ready.http}/emulator")[1])["sets"] == ["/emulator/sets/myrg/myvmss"]


def test_no_other_file_is_given(azure):
    for name in ("index.html", "..%2fapp.py", "none.js", "%2e%2e"):
        assert azure.get(f"/emulator/page/{name}").status == 404


def test_names_are_set_as_text():
    script = (files("rollset.emulator") / "page" / "page.js").read_text()
    assert "innerHTML" not in script
    assert "insertAdjacentHTML" not in script


def test_the_state_shows_each_instance_by_a_letter(azure):
    untouched = azure.get("/emulator/page/state").body
    assert untouched["sets"][0]["cells"] == "c" * 20
    azure.fault(kind="upgrade-fails", set="myrg/myvmss", instances=["1"])
    azure.fault(kind="unhealthy-now", set="myrg/myvmss", instances=["5"])
    azure.post(f"{azure.set_path()}/virtualMachines/3/deallocate")
    azure.set_version(NEW)
    azure.follow(azure.upgrade("0", "1"))
    azure.later(10)
    azure.upgrade("2")
    state = azure.get("/emulator/page/state").body
    assert state["sets"][0]["cells"] == "cxusb" + "x" + "b" * 14
    assert (state["sets_total"], len(state["faults"]), state["limits"]["enforced"]) == (1, 1, False)
    assert azure.get("/emulator/page/state", filter="none").body["sets"] == []
    assert {one["path"] for one in azure.get("/emulator/requests").body["recent"]}.isdisjoint({"/emulator/page/state"})


def test_requests_are_told_as_they_come():
    with EmulatorServer(https_port=None) as ready:
        listener = http.client.HTTPConnection(ready.http.removeprefix("http://"), timeout=10)
        listener.request("GET", "/emulator/events")
        events = listener.getresponse()
        assert events.getheader("content-type").startswith("text/event-stream")
        assert events.readline() == b": listening\n"
        read(f"{ready.http}/msi/token")
        lines = [events.readline() for _ in range(2)]
        told = json.loads(lines[1].removeprefix(b"data: "))
        assert (told["method"], told["path"], told["status"]) == ("GET", "/msi/token", 200)
        assert told["ms"] >= 0
        listener.close()
        read(f"{ready.http}/msi/token")  # Nobody listens any more; the emulator goes on.
