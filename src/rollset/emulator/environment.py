"""The environment variables that lead clients to a running emulator.

Which client reads which was found by running them: azure-identity, azure-mgmt-compute (plain: `REQUESTS_CA_BUNDLE`,
asyncio: `SSL_CERT_FILE`), the Azure CLI (both, and `ARM_CLOUD_METADATA_URL` with `AZURE_CLOUD_NAME`), and Node.
"""

import importlib
import ssl
from pathlib import Path

from rollset.emulator.api.signin import CLOUD_NAME
from rollset.emulator.world import World


def client_environment(
    world: World, http: str, https: str | None, folder: Path, ca_file: Path | None
) -> dict[str, str]:
    """What azure-identity, the Azure CLI, Node and rollset read; files it names lie in `folder`."""
    environment = {
        "ROLLSET_ENDPOINT": http,
        "AZURE_SUBSCRIPTION_ID": world.subscription_id,
        # Managed identity: every credential chain finds it, and it may be plain HTTP.
        "AZURE_POD_IDENTITY_AUTHORITY_HOST": http,
        "AZURE_CORE_COLLECT_TELEMETRY": "false",
        "NO_PROXY": "127.0.0.1,localhost,::1",
        "no_proxy": "127.0.0.1,localhost,::1",
    }
    if world.admission is not None:
        del environment["AZURE_POD_IDENTITY_AUTHORITY_HOST"]  # It shows no secret.
        token = world.admission.token
        environment |= {"ROLLSET_EMULATOR_TOKEN": token, "IDENTITY_ENDPOINT": f"{http}/msi/token"}
        environment |= {"IDENTITY_HEADER": token, "ROLLSET_ENDPOINT": https or http}
    if https is None or ca_file is None:
        return environment
    bundle = folder / "ca-bundle.pem"
    bundle.write_bytes(_usual_roots() + b"\n" + ca_file.read_bytes())
    configuration = folder / "azure-cli"
    configuration.mkdir(mode=0o700)
    return environment | {
        "REQUESTS_CA_BUNDLE": str(bundle),
        "SSL_CERT_FILE": str(bundle),
        "NODE_EXTRA_CA_CERTS": str(ca_file),
        "AZURE_CONFIG_DIR": str(configuration),
        "AZURE_CLOUD_NAME": CLOUD_NAME,
        "ARM_CLOUD_METADATA_URL": f"{https}/metadata/endpoints?api-version=2020-06-01",
    }


def _usual_roots() -> bytes:
    """The roots that clients trust anyway, so that nothing else breaks where the bundle takes their place."""
    try:
        return Path(importlib.import_module("certifi").where()).read_bytes()
    except ImportError:
        system = ssl.get_default_verify_paths().cafile
        return Path(system).read_bytes() if system and Path(system).is_file() else b""
