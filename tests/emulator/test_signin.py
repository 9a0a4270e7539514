"""Sign-in, in every form that unmodified clients were seen to use, and the directory they ask next."""

import base64
import json

import pytest

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PRINCIPAL = b"grant_type=client_credentials&client_id=me&client_secret=x&resource=https%3A%2F%2Fmanagement.azure.com"


def claims(token):
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


@pytest.mark.parametrize(
    "path", ["/anything/oauth2/token", "/adfs/oauth2/token", "/%5C@login.windows.net/common/oauth2/token"]
)
def test_a_service_principal_signs_in_the_old_way(azure, path):
    answer = azure.ask("POST", path, raw=PRINCIPAL, headers=FORM, token=None, api=None)
    assert answer.status == 200
    assert answer.body["token_type"] == "Bearer"
    assert int(answer.body["expires_on"]) > int(answer.body["not_before"])
    assert answer.body["resource"] == "https://management.azure.com"
    assert azure.get(azure.set_path(), token=answer.body["access_token"]).status == 200


def test_a_service_principal_signs_in_the_new_way(azure):
    body = b"grant_type=client_credentials&client_id=me&scope=https%3A%2F%2Fmanagement.azure.com%2F.default"
    answer = azure.ask("POST", "/tenant/oauth2/v2.0/token", raw=body, headers=FORM, token=None, api=None)
    assert isinstance(answer.body["expires_in"], int)
    assert claims(answer.body["access_token"])["tid"] == azure.world.tenant_id
    assert azure.get(azure.set_path(), token=answer.body["access_token"]).status == 200


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_managed_identity_signs_in_at_the_metadata_service(azure, slash):
    path = f"/metadata/identity/oauth2/token{slash}"
    refused = azure.get(path, token=None)
    answer = azure.get(path, token=None, headers={"Metadata": "true"}, resource="https://management.azure.com")
    assert refused.status == 400
    assert answer.body["token_type"] == "Bearer"
    assert isinstance(answer.body["expires_on"], str)
    assert isinstance(answer.body["expires_in"], str)
    assert azure.get(azure.set_path(), token=answer.body["access_token"]).status == 200


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_managed_identity_signs_in_at_an_app_service(azure, method):
    answer = azure.ask(method, "/msi/token", raw=b"resource=r", headers={"secret": "x"}, token=None)
    assert azure.get(azure.set_path(), token=answer.body["access_token"]).status == 200


def test_openid_configuration_of_a_tenant_and_of_adfs(azure):
    tenant = azure.get("/contoso/v2.0/.well-known/openid-configuration", token=None, api=None).body
    assert tenant["issuer"].split("/")[3] == azure.world.tenant_id
    assert tenant["token_endpoint"] == "https://127.0.0.1:8400/contoso/oauth2/v2.0/token"
    for path in ("/adfs/.well-known/openid-configuration", "//adfs/v2.0/.well-known/openid-configuration"):
        adfs = azure.get(path, token=None, api=None).body
        assert adfs["token_endpoint"] == "https://127.0.0.1:8400/adfs/oauth2/token"


def test_cloud_metadata_is_a_list_first_and_an_object_later(azure):
    old = azure.get("/metadata/endpoints", token=None, api="2020-06-01").body
    new = azure.get("/metadata/endpoints", token=None, api="2022-09-01").body
    assert old == [new]
    assert new["name"] != "AzureCloud"
    assert new["resourceManager"] == "https://127.0.0.1:8400"
    assert new["authentication"]["loginEndpoint"].endswith("/adfs")


def test_the_directory(azure):
    [tenant] = azure.get("/tenants").body["value"]
    [subscription] = azure.get("/subscriptions").body["value"]
    assert tenant["tenantId"] == subscription["tenantId"] == azure.world.tenant_id
    assert subscription["state"] == "Enabled"
    assert azure.get(azure.subscription).body == subscription
    locations = azure.get(f"{azure.subscription}/locations").body["value"]
    assert "westus" in {one["name"] for one in locations}
    provider = azure.get(f"{azure.subscription}/providers/Microsoft.Compute").body
    assert provider["registrationState"] == "Registered"
    assert azure.post(f"{azure.subscription}/providers/Microsoft.Compute/register").status == 200


def test_resource_groups(azure, set_document):
    path = azure.group("fresh")
    assert azure.ask("HEAD", path).status == 404
    assert azure.put(path, {}).code == "LocationRequired"
    assert azure.put(path, {"location": "West US"}).status == 201
    assert azure.put(path, {"location": "westus", "tags": {"a": "b"}}).status == 200
    assert azure.put(path, {"location": "eastus"}).status == 409
    assert azure.ask("HEAD", path).status == 204
    assert azure.get(path).body["tags"] == {"a": "b"}
    azure.put(azure.set_path("web", "fresh"), set_document())
    assert [one["name"] for one in azure.get(f"{azure.subscription}/resourcegroups").body["value"]] == ["myrg", "fresh"]
    assert azure.delete(path).status == 202
    azure.later(60)
    assert azure.get(azure.set_path("web", "fresh")).code == "ResourceGroupNotFound"
    azure.later(300)
    assert azure.delete(path).status == 404
