"""`rollset emulator env`: the environment that leads a client to a running emulator, for `eval`."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import Any

import click

from rollset.cli.emulator_running import Running, emulator_option
from rollset.emulator.errors import EmulatorError

Ready = dict[str, Any]
SIGN_IN = "https://login.microsoftonline.com/"
CLIENT_ID = "00000000-0000-0000-0000-00000000001d"
COMMON = ("AZURE_SUBSCRIPTION_ID", "ROLLSET_EMULATOR_TOKEN", "NO_PROXY", "no_proxy")
# How a managed identity is found: on loopback by the first, beyond it by the others.
IDENTITY = ("AZURE_POD_IDENTITY_AUTHORITY_HOST", "IDENTITY_ENDPOINT", "IDENTITY_HEADER")


def for_azurerm(ready: Ready) -> dict[str, str]:
    """The article's tools, built on azurerm 0.10.0 and adal, which asks Microsoft about hosts that are not its own.

    So it signs in at that, which the emulator as its proxy leads to itself; all else goes straight to the emulator.
    """
    return {
        "AZURE_RM_ENDPOINT": ready["https"],
        "AZURE_AUTH_ENDPOINT": SIGN_IN,
        "AZURE_RESOURCE_ENDPOINT": "https://management.azure.com/",
        **_proxy(ready),
        **picked(ready, "REQUESTS_CA_BUNDLE"),
    }


def for_python(ready: Ready) -> dict[str, str]:
    """azure-identity with azure-mgmt-compute, whose `base_url` is to be AZURE_RESOURCE_MANAGER_URL."""
    return {
        "AZURE_RESOURCE_MANAGER_URL": ready["https"],
        **picked(ready, "ROLLSET_ENDPOINT", *IDENTITY, "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"),
    }


def for_az(ready: Ready) -> dict[str, str]:
    """The Azure CLI, kept apart from the user's own configuration; `az login --identity` signs in."""
    return picked(
        ready,
        "ARM_CLOUD_METADATA_URL",
        "AZURE_CLOUD_NAME",
        "AZURE_CONFIG_DIR",
        "AZURE_CORE_COLLECT_TELEMETRY",
        *IDENTITY,
        "REQUESTS_CA_BUNDLE",
        "SSL_CERT_FILE",
    )


def for_node(ready: Ready) -> dict[str, str]:
    """@azure/identity with @azure/arm-compute, whose `endpoint` is to be AZURE_RESOURCE_MANAGER_URL."""
    return {
        "AZURE_RESOURCE_MANAGER_URL": ready["https"],
        "AZURE_AUTHORITY_HOST": ready["https"],
        "AZURE_TENANT_ID": "adfs",
        "AZURE_CLIENT_ID": CLIENT_ID,
        # Any will do on loopback; beyond it, the emulator's token.
        "AZURE_CLIENT_SECRET": ready["env"].get("ROLLSET_EMULATOR_TOKEN", "any"),
        **picked(ready, "NODE_EXTRA_CA_CERTS"),
    }


def for_ansible(ready: Ready) -> dict[str, str]:
    """azure.azcollection, which knows the public cloud alone: as its proxy the emulator leads it to itself."""
    return {
        "ANSIBLE_AZURE_AUTH_SOURCE": "msi",
        **_proxy(ready),
        **picked(ready, *IDENTITY, "REQUESTS_CA_BUNDLE"),
    }


CLIENTS: dict[str, Callable[[Ready], dict[str, str]]] = {
    "azurerm": for_azurerm,
    "python": for_python,
    "az": for_az,
    "node": for_node,
    "ansible": for_ansible,
}


@click.command()
@click.option("--for", "client", type=click.Choice(list(CLIENTS)), help="Only what this client reads.")
@emulator_option
def env(client: str | None, emulator: Running) -> None:
    """Prints `export` lines that lead a client to a running emulator; without --for what most of them read.

    \b
    # The Azure CLI, apart from your own configuration.
    eval "$(rollset emulator env --for az)"
    az login --identity && az vmss list --output table

    azurerm is the library of the article's tools, node @azure/identity with @azure/arm-compute. Ansible's collection
    knows no other address than management.azure.com: the emulator becomes its HTTPS proxy, which leads that name to
    itself and nobody anywhere else.
    """  # noqa: D301  \b keeps click from joining the lines.
    ready: Ready = emulator.json("GET", "/emulator/ready")
    if client is not None and not ready["https"]:
        raise EmulatorError("this emulator has no HTTPS listener, which the clients named here insist on")
    variables = ready["env"] if client is None else {**CLIENTS[client](ready), **picked(ready, *COMMON)}
    for name, value in variables.items():
        click.echo(f"export {name}={shlex.quote(value)}")


def _proxy(ready: Ready) -> dict[str, str]:
    """The emulator as the proxy; programs differ in which of the two they look at first."""
    return {"HTTPS_PROXY": ready["http"], "https_proxy": ready["http"]}


def picked(ready: Ready, *names: str) -> dict[str, str]:
    """Some of the variables that the emulator itself names."""
    variables: dict[str, str] = ready["env"]
    return {name: variables[name] for name in names if name in variables}
