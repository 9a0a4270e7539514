"""Sign-in: tokens for service principals and managed identities, OpenID configuration, cloud metadata.

The forms are those that unmodified clients were seen to ask for: adal, msal and azure-identity (Python, JavaScript) and
the Azure CLI. Any id and secret will do.
"""

from urllib.parse import parse_qsl

from rollset.emulator.api.call import Call
from rollset.emulator.documents import Json
from rollset.emulator.http import Reply
from rollset.emulator.identity import PRINCIPAL_ID

MANAGEMENT = "https://management.azure.com"
CLOUD_NAME = "RollsetEmulator"
FORM_CHARACTERS_MAX = 65_536


def token_v1(call: Call) -> Reply:
    """The v1 and ADFS form: `expires_on` and a `resource`."""
    form = _form(call)
    resource = form.get("resource") or form.get("scope") or MANAGEMENT
    token, expires = call.world.tokens.issue(resource, form.get("client_id", ""))
    return Reply.json(
        {
            "token_type": "Bearer",
            "expires_in": str(_lifetime(call)),
            "ext_expires_in": str(_lifetime(call)),
            "expires_on": str(expires),
            "not_before": str(expires - call.world.tokens.lifetime),
            "resource": resource,
            "access_token": token,
        }
    )


def token_v2(call: Call) -> Reply:
    form = _form(call)
    scope = form.get("scope", MANAGEMENT).removesuffix("/.default")
    token, _ = call.world.tokens.issue(scope, form.get("client_id", ""))
    seconds = _lifetime(call)
    return Reply.json({"token_type": "Bearer", "expires_in": seconds, "ext_expires_in": seconds, "access_token": token})


def instance_metadata_token(call: Call) -> Reply:
    """The instance metadata service: refuses a request without its `Metadata: true`."""
    if call.request.headers.get("metadata", "").lower() != "true":
        return Reply.json(
            {"error": "invalid_request", "error_description": "Required metadata header not specified"}, 400
        )
    return managed_identity_token(call)


def managed_identity_token(call: Call) -> Reply:
    """One JSON for all forms of managed identity: expiry in both ways, as text."""
    asked = {**call.request.query, **_form(call)}
    resource = asked.get("resource", MANAGEMENT)
    client_id = asked.get("client_id", PRINCIPAL_ID)
    token, expires = call.world.tokens.issue(resource, client_id)
    return Reply.json(
        {
            "access_token": token,
            "client_id": client_id,
            "expires_in": str(_lifetime(call)),
            "ext_expires_in": str(_lifetime(call)),
            "expires_on": str(expires),
            "not_before": str(expires - call.world.tokens.lifetime),
            "resource": resource,
            "token_type": "Bearer",
        }
    )


def openid_configuration(call: Call) -> Reply:
    """Names the token address; the Azure CLI takes the issuer's fourth part for the tenant to use next."""
    tenant = call.path.get("tenant", "adfs")
    base = f"https://{call.request.host}"
    if tenant.lower() == "adfs":
        issuer, token, authorize = f"{base}/adfs", f"{base}/adfs/oauth2/token", f"{base}/adfs/oauth2/authorize"
    else:
        issuer = f"{base}/{call.world.tenant_id}/v2.0"
        token, authorize = f"{base}/{tenant}/oauth2/v2.0/token", f"{base}/{tenant}/oauth2/v2.0/authorize"
    return Reply.json(
        {
            "issuer": issuer,
            "token_endpoint": token,
            "authorization_endpoint": authorize,
            "device_authorization_endpoint": token.replace("/token", "/devicecode"),
            "jwks_uri": f"{base}/{tenant}/discovery/v2.0/keys",
            "response_types_supported": ["code", "id_token"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }
    )


def metadata_endpoints(call: Call) -> Reply:
    """A list of one cloud up to 2020-06-01, one object from 2022-09-01 on, as the Azure CLI expects."""
    cloud = _cloud(call)
    return Reply.json(cloud if call.request.api_version >= "2022-01-01" else [cloud])


def _cloud(call: Call) -> Json:
    # Clients insist on https here whatever they asked over; the https listener's address is known once it listens.
    base = call.world.https_url or f"https://{call.request.host}"
    return {
        "name": CLOUD_NAME,
        "portal": base,
        "authentication": {
            "loginEndpoint": f"{base}/adfs",
            "audiences": [base, MANAGEMENT],
            "tenant": call.world.tenant_id,
            "identityProvider": "AAD",
        },
        "resourceManager": base,
        "media": base,
        "graph": base,
        "graphAudience": base,
        "gallery": base,
        "batch": base,
        "sqlManagement": base,
        "activeDirectoryDataLake": base,
        "microsoftGraphResourceId": base,
        "suffixes": {"storage": "core.emulator.invalid", "keyVaultDns": "vault.emulator.invalid"},
    }


def _lifetime(call: Call) -> int:
    """Azure tells a second less than a token lives."""
    return call.world.tokens.lifetime - 1


def _form(call: Call) -> dict[str, str]:
    return dict(parse_qsl(call.request.body.decode("utf-8", "replace")[:FORM_CHARACTERS_MAX]))
