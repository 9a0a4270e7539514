"""The pages of docs/policies: each has its parts, and no key is left out. That examples can be used stands in tests/cli."""

import re
from pathlib import Path

import pytest

from rollset.faces.rolloutfile.form import PolicyPart

FOLDER = Path(__file__).parent.parent / "docs" / "policies"
PAGES = sorted(page for page in FOLDER.glob("*.md") if page.name != "README.md")
NO_POLICIES = {"preflight", "plan"}
"""About what is always done, and not a choice."""


@pytest.mark.parametrize("page", [page for page in PAGES if page.stem not in NO_POLICIES], ids=lambda page: page.stem)
def test_a_page_says_what_it_is_when_to_choose_it_and_what_it_costs(page):
    titles = re.findall(r"^## (.+)$", page.read_text(), re.MULTILINE)
    kinds = (r"What (it is|it does|they are|they do)", r"When to choose (it|them)", r"(Its|Their) price")
    assert [kind for kind in kinds if not any(re.fullmatch(kind, title) for title in titles)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_index_leads_to_every_page(page):
    assert f"]({page.name})" in (FOLDER / "README.md").read_text()


def test_every_key_of_a_policy_stands_on_a_page():
    pages = " ".join(page.read_text() for page in FOLDER.glob("*.md"))
    assert [key for key in PolicyPart.model_fields if f"`{key}" not in pages] == []
