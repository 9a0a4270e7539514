"""The line: what a request looks like, what is tried again and after how long, and where the token never goes."""

import asyncio
import time

import pytest
from azure.core.exceptions import IncompleteReadError, ServiceRequestError, ServiceRequestTimeoutError

import rollset
from rollset.arm import retry
from rollset.arm.endpoint import Endpoint
from rollset.arm.errors import (
    ArmError,
    ChangedMeanwhile,
    Conflict,
    NoSuchScaleSet,
    NotFound,
    Refused,
    ServerFault,
    StrayLink,
    Throttled,
    Unreachable,
    Unreadable,
)
from rollset.arm.reply import Reply
from rollset.core.fleet import UpgradeMode
from rollset.core.ids import InstanceId, ScaleSetId
from tests.arm.scripted import Says, Script, error
from tests.support.inprocess import connection_refused, reply_lost
from tests.support.virtual import virtual_loop

WEB = ScaleSetId(subscription="s", resource_group="rg", name="web")
MODEL = {"id": WEB.path, "location": "westus", "etag": '"7"', "properties": {"provisioningState": "Succeeded"}}
FINE = Says(200, MODEL)


async def test_a_request_says_who_asks_for_what_and_in_which_version():
    script = Script(FINE)
    async with script.azure as azure:
        await azure.scale_set(WEB)
        await azure.scale_set(WEB)
    first, second = script.asked
    assert (first["method"], first["path"], first["query"]) == ("GET", WEB.path, "api-version=2024-07-01")
    assert first["headers"]["user-agent"].startswith(f"rollset/{rollset.__version__} ")
    assert first["headers"]["accept"] == "application/json"
    assert first["headers"]["x-ms-client-request-id"] != second["headers"]["x-ms-client-request-id"]


async def test_odd_characters_in_a_name_stay_in_their_place():
    script = Script(error(404))
    async with script.azure as azure:
        with pytest.raises(ArmError):
            await azure.scale_set(ScaleSetId(subscription="s", resource_group="grüße?a=b#c", name="web (1)"))
    assert script.asked[0]["path"].endswith(
        "/resourceGroups/grüße?a=b#c/providers/Microsoft.Compute/virtualMachineScaleSets/web (1)"
    )
    assert script.asked[0]["query"] == "api-version=2024-07-01"


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
async def test_a_passing_fault_is_waited_out_and_every_try_is_counted(status):
    script = Script(error(status, Retry_After="7"), error(status), FINE)
    async with script.azure as azure:
        assert (await azure.scale_set(WEB)).id == WEB
        assert azure.requests == 3
    assert script.paused[0] == 7
    assert 1.0 <= script.paused[1] <= 2.0
    assert str(script.pauses[0]).startswith("reading scale set rg/web: Azure ")
    assert virtual_loop().time() == pytest.approx(sum(script.paused))


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "1200"}, (1200, 1200)),
        ({"Retry-After": "0"}, (0.5, 1.0)),
        ({"Retry-After": "soon"}, (0.5, 1.0)),
        ({"Retry-After": "nan"}, (0.5, 1.0)),
        ({"Retry-After": "Thu, 01 Jan 1970 00:00:00 GMT"}, (0.5, 1.0)),
        ({"Retry-After": "Thu, 01 Jan 99999999999999999999 00:00:00 GMT"}, (0.5, 1.0)),
        ({"x-ms-retry-after-ms": "2500"}, (2.5, 2.5)),
        ({}, (0.5, 1.0)),
    ],
)
async def test_the_wait_is_what_azure_says_or_else_a_back_off(headers, seconds):
    script = Script(Says(429, None, headers), FINE)
    async with script.azure as azure:
        await azure.scale_set(WEB)
    assert seconds[0] <= script.paused[0] <= seconds[1]
    assert script.pauses[0].reason == "Azure asks for fewer requests (429)"


async def test_a_date_as_retry_after_is_understood():
    # The date is of real time, which goes on while the test runs: twenty minutes make its delays irrelevant.
    later = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 1200))
    script = Script(Says(503, None, {"Retry-After": later}), FINE)
    async with script.azure as azure:
        await azure.scale_set(WEB)
    assert 600 <= script.paused[0] <= 1200


@pytest.mark.parametrize(("status", "cls"), [(429, Throttled), (503, ServerFault)])
async def test_tries_are_bounded_and_back_off_is_capped(status, cls):
    script = Script(error(status, "Busy", "Later."))
    async with script.azure as azure:
        with pytest.raises(cls, match=f"{status} Busy: Later"):
            await azure.scale_set(WEB)
        assert azure.requests == retry.TRIES_MAX
    assert max(script.paused) <= retry.BACKOFF_SECONDS_MAX
    assert sum(script.paused) < 180


async def test_a_wait_beyond_reason_ends_the_request_at_once():
    script = Script(error(429, Retry_After="86400"))
    async with script.azure as azure:
        with pytest.raises(Throttled) as caught:
            await azure.scale_set(WEB)
    assert caught.value.retry_after == 86400
    assert (script.transport.sent, script.pauses) == (1, [])


@pytest.mark.parametrize(("status", "cls"), [(400, Refused), (409, Conflict), (412, ChangedMeanwhile)])
async def test_what_repeating_will_not_mend_is_told_at_once_whatever_retry_after_says(status, cls):
    script = Script(error(status, Retry_After="1"))
    async with script.azure as azure:
        with pytest.raises(cls):
            await azure.scale_set(WEB)
    assert script.transport.sent == 1


async def test_a_wrong_address_is_told_within_three_seconds():
    script = Script(FINE)
    script.transport.fail(connection_refused(), times=99)
    async with script.azure as azure:
        with pytest.raises(Unreachable, match=r"no answer from http://localhost:8040 \(Cannot connect to host"):
            await azure.scale_set(WEB)
    assert virtual_loop().time() < 3
    assert script.transport.sent == retry.FIRST_CONTACT_TRIES_MAX


async def test_silence_at_first_contact_is_not_waited_out_twice():
    script = Script(FINE)
    script.transport.fail(ServiceRequestTimeoutError("Connection timeout"), times=99)
    async with script.azure as azure:
        with pytest.raises(Unreachable, match="Connection timeout"):
            await azure.scale_set(WEB)
    assert script.transport.sent == 1


async def test_an_answer_that_breaks_off_is_asked_for_again():
    script = Script(FINE)
    script.transport.fail(IncompleteReadError("Response payload is not completed"), after=True)
    async with script.azure as azure:
        assert (await azure.scale_set(WEB)).id == WEB
    assert script.pauses[0].reason == "no answer (Response payload is not completed)"


async def test_an_outage_later_is_waited_out_for_a_while():
    script = Script(FINE)
    async with script.azure as azure:
        await azure.scale_set(WEB)
        script.transport.fail(connection_refused(), times=retry.LOST_TRIES_MAX - 1)
        await azure.scale_set(WEB)
        assert script.pauses[-1].reason.startswith("no answer (Cannot connect to host")
        script.transport.fail(ServiceRequestError("no such name"), times=99)
        with pytest.raises(Unreachable, match="no such name"):
            await azure.scale_set(WEB)


async def test_an_answer_that_never_comes_is_given_up():
    async def silent(scope, receive, send):
        await asyncio.sleep(1e6)

    script = Script(FINE)
    script.transport.app = silent
    async with script.azure as azure:
        with pytest.raises(Unreachable, match="no answer in time"):
            await azure.scale_set(WEB)


def posts(script):
    return [asked["body"] for asked in script.asked if asked["method"] == "POST"]


@pytest.mark.parametrize(
    ("status", "headers", "cls", "seconds"),
    [
        (429, {"Retry-After": "17"}, Throttled, 17),
        (429, {}, Throttled, None),
        (503, {"Retry-After": "5"}, ServerFault, 5),
        (500, {"x-ms-retry-after-ms": "2500"}, ServerFault, 2.5),
        (408, {"Retry-After": "later"}, ServerFault, None),
    ],
)
async def test_an_upgrade_is_sent_once_and_its_error_says_how_long_to_wait(status, headers, cls, seconds):
    script = Script(FINE, Says(status, None, headers), Says(202))
    async with script.azure as azure:
        web = await azure.scale_set(WEB)
        with pytest.raises(cls) as caught:
            await azure.manual_upgrade(web, [InstanceId("3"), InstanceId("4")])
        assert caught.value.retry_after == seconds
    assert posts(script) == [{"instanceIds": ["3", "4"]}]
    assert script.pauses == []


@pytest.mark.parametrize("after", [True, False])
async def test_an_upgrade_whose_answer_is_lost_is_not_sent_again(after):
    script = Script(FINE, Says(202))
    async with script.azure as azure:
        web = await azure.scale_set(WEB)
        script.transport.fail(reply_lost(), after=after)
        with pytest.raises(Unreachable, match="Server disconnected"):
            await azure.manual_upgrade(web, [InstanceId("3")])
        assert script.transport.sent == 2
    assert posts(script) == [{"instanceIds": ["3"]}] * after
    assert script.pauses == []


async def test_a_patch_that_fails_is_repeated():
    script = Script(FINE, error(503), Says(200, MODEL))
    async with script.azure as azure:
        web = await azure.scale_set(WEB)
        script.transport.fail(reply_lost())
        await azure.write_upgrade_mode(web, UpgradeMode.MANUAL)
    assert [asked["method"] for asked in script.asked] == ["GET", "PATCH", "PATCH"]
    assert len(script.pauses) == 2


async def test_the_repeat_of_a_patch_that_got_through_is_answered_with_412():
    script = Script(FINE, Says(200, MODEL), error(412, "PreconditionFailed", "Etag does not match."))
    async with script.azure as azure:
        web = await azure.scale_set(WEB)
        script.transport.fail(reply_lost(), after=True)
        with pytest.raises(ChangedMeanwhile, match="an earlier try of ours got through; look again"):
            await azure.write_upgrade_mode(web, UpgradeMode.MANUAL)
    assert [asked["headers"].get("if-match") for asked in script.asked] == [None, '"7"', '"7"']


async def test_an_answer_that_is_no_json_is_told():
    script = Script(Says(200, b"<html>captive portal</html>"))
    async with script.azure as azure:
        with pytest.raises(Unreadable, match=r"reading scale set rg/web: cannot read the answer \(status 200\)"):
            await azure.scale_set(WEB)


async def test_an_error_that_is_no_json_is_still_an_error():
    script = Script(Says(403, b"<html>Forbidden by a proxy</html>"))
    async with script.azure as azure:
        with pytest.raises(ArmError, match="Azure answered 403"):
            await azure.scale_set(WEB)


@pytest.mark.parametrize("depth", [300, 2000, 100_000])
@pytest.mark.parametrize("nest", [b'{"details":[', b'{"error":{"details":[', b'{"x":['])
async def test_an_error_that_is_nested_beyond_reason_is_still_an_error(nest, depth):
    script = Script(Says(404, nest * depth))
    async with script.azure as azure:
        with pytest.raises(NoSuchScaleSet, match="Azure answered 404"):
            await azure.scale_set(WEB)
    details = b'{"error":' + b'{"details":[' * 300 + b"]}" * 300 + b"}"
    assert "Azure answered 404" in str(Reply(attempted="a", status=404, headers={}, body=details).error(NotFound))


async def test_an_answer_that_is_nested_beyond_reason_is_unreadable():
    script = Script(Says(200, b'{"x":' + b"[" * 2000 + b"]" * 2000 + b"}"))
    async with script.azure as azure:
        with pytest.raises(Unreadable, match="recursion"):
            await azure.scale_set(WEB)


async def test_the_bare_form_of_an_error_is_read_too():
    script = Script(Says(409, {"code": "Locked", "details": [{"message": "It is locked."}]}))
    async with script.azure as azure:
        with pytest.raises(Conflict, match="409 Locked: It is locked"):
            await azure.scale_set(WEB)


# Links


def listing(link=None):
    return Says(200, {"value": [MODEL], "nextLink": link})


async def test_links_are_followed_exactly_as_given():
    link = "http://localhost:9999/subscriptions/s/x?$skiptoken=a%2Bb%20c&api-version=1999-01-01"
    script = Script(listing(link), Says(200, {"value": []}))
    async with script.azure as azure:
        assert len(await azure.scale_sets("s")) == 1
    assert script.transport.urls[1] == link
    assert script.asked[1]["headers"]["authorization"] == "Bearer static-token"


STRAY = [
    "http://localhost.evil.example/x",
    "https://evil.example/x?y=z",
    "http://localhost@evil.example/",
    "//evil.example",
    "x",
]


@pytest.mark.parametrize("link", STRAY)
async def test_the_token_never_goes_to_another_host(link):
    script = Script(listing(link))
    async with script.azure as azure:
        with pytest.raises(StrayLink, match="the answer leads elsewhere"):
            await azure.scale_sets("s")
    assert script.transport.sent == 1


async def test_https_is_never_left_for_http():
    script = Script(listing("http://management.azure.com/x"), endpoint=Endpoint.parse("https://management.azure.com"))
    async with script.azure as azure:
        with pytest.raises(StrayLink):
            await azure.scale_sets("s")
    assert script.transport.sent == 1


async def test_redirections_are_not_followed():
    script = Script(Says(307, None, {"Location": "https://evil.example/"}))
    async with script.azure as azure:
        with pytest.raises(ArmError, match="Azure answered 307"):
            await azure.scale_set(WEB)
    assert script.transport.sent == 1


async def test_a_failing_page_fails_the_list():
    script = Script(listing("http://localhost/2"), error(404, "NotFound", "Gone."))
    async with script.azure as azure:
        with pytest.raises(ArmError, match="404 NotFound"):
            await azure.scale_sets("s")


async def test_a_list_without_end_is_given_up(monkeypatch):
    monkeypatch.setattr("rollset.arm.line.PAGES_MAX", 5)
    script = Script(*(listing(f"http://localhost/{page}") for page in range(9)))
    async with script.azure as azure:
        with pytest.raises(Unreadable, match="does not end after 5 pages"):
            await azure.scale_sets("s")


@pytest.mark.parametrize("links", [["a"], ["a", "b", "a"]])
async def test_a_list_that_leads_back_to_a_page_already_read_is_given_up_at_once(links):
    script = Script(*(listing(f"http://localhost/{link}") for link in links))
    async with script.azure as azure:
        with pytest.raises(Unreadable, match="the list leads back to a page already read"):
            await azure.scale_sets("s")
    assert script.transport.sent == max(2, len(links))


# Budgets


async def test_a_nearly_empty_bucket_is_not_emptied():
    scarce = Says(200, MODEL, {"x-ms-ratelimit-remaining-resource": "Microsoft.Compute/GetVMScaleSetResource;1"})
    script = Script(scarce)
    async with script.azure as azure:
        for _ in range(4):
            await azure.scale_set(WEB)
    assert script.paused == pytest.approx([5, 5, 5])
    assert script.pauses[0].attempted == "reading scale set rg/web"
