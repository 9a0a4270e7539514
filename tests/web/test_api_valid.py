"""The description of the API, held against the specification of OpenAPI by people who know it."""

from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.web.apiserved import api_served


def test_the_description_is_valid_openapi(small, tmp_path):
    with api_served(small, tmp_path / "state") as api:
        found = list(OpenAPIV31SpecValidator(api.description).iter_errors())
    assert not found, "\n".join(str(one)[:500] for one in found)
