"""Signing in: the caller's credential or azure-identity's default, and what its failures look like."""

import asyncio
import subprocess
import sys

import pytest
from azure.core.exceptions import ClientAuthenticationError, ServiceRequestError

from rollset.arm.azure import Azure
from rollset.arm.endpoint import Endpoint
from rollset.arm.errors import NotSignedIn
from rollset.arm.sign_in import useful_reason
from rollset.core.ids import ScaleSetId
from tests.arm.scripted import LOCAL, Says, Script, error
from tests.support.inprocess import StaticCredential

WEB = ScaleSetId(subscription="s", resource_group="rg", name="web")

NOTHING_SET_UP = """DefaultAzureCredential failed to retrieve a token from the included credentials.
Attempted credentials:
\tEnvironmentCredential: EnvironmentCredential authentication unavailable. Environment variables are not set.
Visit https://aka.ms/azsdk to troubleshoot this issue.
\tManagedIdentityCredential: Unexpected content type "text/plain"
\tAzureCliCredential: Please run 'az login' to set up an account
\tAzureDeveloperCliCredential: Azure Developer CLI could not be found. Please visit https://aka.ms/azure-dev
To mitigate this issue, please refer to the troubleshooting guidelines here at https://aka.ms/azsdk."""

WRONG_SECRET = """DefaultAzureCredential failed to retrieve a token from the included credentials.
Attempted credentials:
\tEnvironmentCredential: Authentication failed: AADSTS7000215: Invalid client secret provided. Trace ID: 1
To mitigate this issue, please refer to the troubleshooting guidelines here at https://aka.ms/azsdk."""


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (NOTHING_SET_UP, "AzureCliCredential: Please run 'az login' to set up an account"),
        (
            WRONG_SECRET,
            "EnvironmentCredential: Authentication failed: AADSTS7000215: Invalid client secret provided. Trace ID: 1",
        ),
        ("One thing.\nAnd another.", "One thing."),
        ("", ""),
    ],
)
def test_the_line_that_matters_is_told(message, reason):
    assert useful_reason(message) == reason


class Failing(StaticCredential):
    def __init__(self, failure):
        super().__init__()
        self.failure = failure

    async def get_token_info(self, *_, **__):
        raise self.failure


@pytest.mark.parametrize(
    "failure",
    [
        ClientAuthenticationError(message=NOTHING_SET_UP),
        ServiceRequestError("cannot reach the sign-in host"),
        ValueError("Invalid tenant id provided."),
    ],
)
async def test_without_a_token_nothing_is_sent_and_one_sentence_says_what_to_do(failure):
    script = Script(Says(200, {}), credential=Failing(failure))
    async with script.azure as azure:
        with pytest.raises(NotSignedIn, match=r"signing in to Azure: .*; sign in with `az login`") as caught:
            await azure.scale_set(WEB)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400
    assert (script.transport.sent, script.pauses) == (0, [])


@pytest.mark.parametrize(
    ("endpoint", "scope"),
    [
        ("http://localhost:8040", "https://management.azure.com/.default"),
        ("https://management.azure.com", "https://management.azure.com/.default"),
        ("https://management.usgovcloudapi.net", "https://management.usgovcloudapi.net/.default"),
    ],
)
async def test_the_token_is_for_the_endpoint_and_is_asked_for_once(endpoint, scope):
    script = Script(error(404), endpoint=Endpoint.parse(endpoint))
    async with script.azure as azure:
        for _ in range(2):
            with pytest.raises(Exception, match="404"):
                await azure.scale_set(WEB)
    assert script.credential.asked == [(scope,)]
    assert {asked["headers"]["authorization"] for asked in script.asked} == {"Bearer static-token"}


async def test_a_token_that_azure_does_not_take_is_no_sign_in():
    script = Script(error(401, "InvalidAuthenticationTokenTenant", "The access token is from the wrong issuer."))
    async with script.azure as azure:
        with pytest.raises(
            NotSignedIn, match="401 InvalidAuthenticationTokenTenant: The access token is from the wrong"
        ):
            await azure.scale_set(WEB)


def test_opening_a_client_neither_loads_azure_identity_nor_signs_in():
    code = """
import asyncio, sys
from rollset.arm.azure import Azure
from rollset.arm.endpoint import PUBLIC
async def main():
    async with Azure.open(PUBLIC) as azure:
        assert azure.requests == 0
asyncio.run(main())
sys.exit("azure.identity" in sys.modules)
"""
    assert subprocess.run([sys.executable, "-W", "error", "-c", code], check=False).returncode == 0


def test_the_default_credential_is_closed_with_the_client(monkeypatch):
    import azure.identity.aio as identity

    closed = []

    class Default(StaticCredential):
        async def close(self):
            closed.append(self)

    monkeypatch.setattr(identity, "DefaultAzureCredential", Default)

    async def main():
        async with Azure.open(LOCAL, transport=Script(error(404)).transport) as azure:
            with pytest.raises(Exception, match="404"):
                await azure.scale_set(WEB)
            assert closed == []

    asyncio.run(main())
    assert len(closed) == 1
