"""The subscription that is meant when none is named."""

import json

import pytest

from rollset.arm.subscription import current_subscription
from rollset.core.errors import UsageError


def profile(folder, *subscriptions):
    text = json.dumps({"installationId": "x", "subscriptions": list(subscriptions)})
    (folder / "azureProfile.json").write_text(text, "utf-8-sig")


def test_the_environment_comes_first(tmp_path):
    profile(tmp_path, {"id": "from-cli", "isDefault": True})
    environ = {"AZURE_SUBSCRIPTION_ID": " from-env ", "AZURE_CONFIG_DIR": str(tmp_path)}
    assert current_subscription(environ) == "from-env"


def test_else_the_azure_clis_current_one(tmp_path):
    profile(tmp_path, {"id": "one", "isDefault": False}, {"id": "two", "isDefault": True, "user": {"name": "x"}})
    assert current_subscription({"AZURE_CONFIG_DIR": str(tmp_path)}) == "two"


def test_the_azure_cli_keeps_it_in_the_home_folder(tmp_path):
    (tmp_path / ".azure").mkdir()
    profile(tmp_path / ".azure", {"id": "home", "isDefault": True})
    assert current_subscription({"HOME": str(tmp_path)}) == "home"


@pytest.mark.parametrize(
    "text",
    [
        None,
        '{"subscriptions": []}',
        "{}",
        '{"subscriptions": null}',
        '{"subscriptions": [{"id": "a", "isDefault": false}]}',
    ],
)
def test_none_anywhere_is_a_usage_error_that_names_the_ways(tmp_path, text):
    if text is not None:
        (tmp_path / "azureProfile.json").write_text(text)
    with pytest.raises(UsageError, match=r"--subscription.*AZURE_SUBSCRIPTION_ID.*az account set"):
        current_subscription({"AZURE_CONFIG_DIR": str(tmp_path)})


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe", b"[]"])
def test_a_broken_profile_is_told(tmp_path, content):
    (tmp_path / "azureProfile.json").write_bytes(content)
    with pytest.raises(UsageError, match="cannot read the Azure CLI's"):
        current_subscription({"AZURE_CONFIG_DIR": str(tmp_path)})
