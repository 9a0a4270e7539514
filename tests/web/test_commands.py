"""Who may have a command run on the machine of a worker, by beginning a rollout whose file names one."""

import json
from dataclasses import replace
from http import HTTPStatus
from urllib.parse import urlencode

import pytest

from rollset.emulator.server import Ready
from rollset.web.access.commands import ANY_COMMAND, Commands
from rollset.web.access.roles import Role
from rollset.web.access.settings import AccessSettings
from rollset.web.access.who import How
from tests.cli.driver import emulated
from tests.web.guarded import Answer, Guarded
from tests.web.realsite import real_site

EVIL = {"when": "before-rollout", "command": ["sh", "-c", "touch /evil"]}
DRAIN = {"when": "before-instance", "command": "./drain.sh {id}"}
LISTED = Commands(listed=frozenset({("./drain.sh", "{id}")}))
LOOPBACK = AccessSettings.of_loopback(1)
BEYOND = replace(LOOPBACK, links=False)
"""As where a provider says who people are."""


@pytest.fixture(scope="module")
def ready():
    with emulated(time_scale=300.0) as one:
        yield one


def planned(site: Guarded, ready: Ready, hook: object, by: str) -> Answer:
    """A plan with that hook, asked for by a token, somebody with a link, or somebody from a provider."""
    file = json.dumps({"image": {"version": "latest"}, "policy": {"hooks": [hook]}})
    below = f"sets/{ready.subscription_id}/myrg/web"
    if by == "token":
        own = {"Content-Type": "application/json", **site.token(*Role)}
        return site.ask("POST", f"/api/{below}/plan", own, file.encode())
    how = {"link": How.LINK, "provider": How.PROVIDER}[by]
    browser = site.browser(*Role, how=how)
    kept = browser.post(f"/{below}/roll/plan", urlencode({"file": file, "was": ""}).encode())
    return browser.ask("GET", kept.headers["location"]) if kept.status == HTTPStatus.SEE_OTHER else kept


@pytest.mark.parametrize(
    ("may", "hook", "allowed"),
    [
        pytest.param((LOOPBACK, "link"), EVIL, True, id="whoever has a link is at home here"),
        pytest.param((LOOPBACK, "token"), EVIL, False, id="a token can be anywhere"),
        pytest.param((LOOPBACK, "provider"), EVIL, False, id="a session of a provider that is gone"),
        pytest.param((BEYOND, "provider"), EVIL, False, id="nobody from elsewhere"),
        pytest.param((BEYOND, "token"), DRAIN, False, id="no machine from elsewhere"),
        pytest.param((replace(BEYOND, commands=LISTED), "provider"), DRAIN, True, id="what is listed"),
        pytest.param((replace(BEYOND, commands=LISTED), "token"), DRAIN, True, id="what is listed, by a token"),
        pytest.param((replace(BEYOND, commands=LISTED), "provider"), EVIL, False, id="what is not listed"),
        pytest.param(
            (replace(BEYOND, commands=LISTED), "token"),
            {"when": "before-instance", "command": "./drain.sh {id} ; sh"},
            False,
            id="more than what is listed",
        ),
        pytest.param((replace(LOOPBACK, commands=ANY_COMMAND), "token"), EVIL, True, id="what the configuration lets"),
        pytest.param((replace(BEYOND, commands=ANY_COMMAND), "provider"), EVIL, True, id="all that it lets"),
    ],
)
def test_a_command_is_planned_only_for_those_who_may(tmp_path, ready, may, hook, allowed):
    settings, by = may
    with real_site(ready, tmp_path / "state", settings) as site:
        answer = planned(site, ready, hook, by)
        assert answer.status == (200 if allowed else 422), answer.text
        assert ("not allowed from here" in answer.text) is not allowed


def test_a_link_opens_nothing_any_more_where_others_come(tmp_path, ready):
    with real_site(ready, tmp_path / "state", BEYOND) as site:
        assert site.browser(*Role, how=How.LINK).ask("GET", "/api/me").status == 401


def test_a_shared_plan_is_that_of_whoever_opens_it(tmp_path, ready):
    """Whoever may run commands shares the address of a plan; whoever may not is shown why he may not begin it."""
    with real_site(ready, tmp_path / "state") as site:
        below = f"/sets/{ready.subscription_id}/myrg/web/roll"
        file = json.dumps({"image": {"version": "latest"}, "policy": {"hooks": [EVIL]}})
        owner, other = site.browser(*Role, how=How.LINK), site.browser(*Role, how=How.PROVIDER)
        address = owner.post(f"{below}/plan", urlencode({"file": file, "was": ""}).encode()).headers["location"]
        assert 'name="hash"' in owner.ask("GET", address).text
        refused = other.ask("GET", address)
        assert (refused.status, 'name="hash"' in refused.text) == (422, False)
        assert "not allowed from here" in refused.text
        elsewhere = owner.ask("GET", address.replace("myrg/web", "myrg/other"))
        assert (elsewhere.status, "not for" in elsewhere.text) == (404, True)


def test_nobody_begins_what_somebody_else_was_shown(tmp_path, ready):
    """Whoever may run commands has looked at a plan with one; a token knows its hash, and sends a file without."""
    with real_site(ready, tmp_path / "state") as site:
        below = f"sets/{ready.subscription_id}/myrg/web"
        shown = planned(site, ready, EVIL, "link")
        plan = shown.text.partition('name="hash" value="')[2].partition('"')[0]
        own = {"Content-Type": "application/json", **site.token(*Role)}
        for hook in (DRAIN, EVIL, None):
            policy = {} if hook is None else {"policy": {"hooks": [hook]}}
            file = json.dumps({"image": {"version": "latest"}, **policy}).encode()
            answer = site.ask("POST", f"/api/{below}/rollouts?plan={plan}", own, file)
            assert answer.status == (409 if hook is None else 422), answer.text
        assert json.loads(site.ask("GET", "/api/rollouts", own).text)["rollouts"] == []
