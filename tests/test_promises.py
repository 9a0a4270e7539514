"""Contract: every promise on the page has a test that is there."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = sorted((ROOT / "docs").glob("**/*.md"))
PAGE = (ROOT / "docs" / "promises.md").read_text()
PROMISES = dict(re.findall(r"^### (.+?)\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL))
TEST = re.compile(r"`(tests/[\w/]+\.py)::([\w:]+)`")


def names_in(path: Path) -> set[str]:
    """The tests of a file, as pytest names them within it."""
    if not path.exists():
        return set()
    found = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}::{one.name}" for one in node.body if _is_test(one)}
        elif _is_test(node):
            found.add(node.name)
    return found


def _is_test(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")


@pytest.mark.parametrize("title", PROMISES)
def test_every_promise_is_held_by_tests_that_are_there(title):
    held_by = TEST.findall(PROMISES[title])
    assert held_by, f"no test holds the promise {title!r}"
    missing = [f"{path}::{name}" for path, name in held_by if name not in names_in(ROOT / path)]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_every_test_that_a_page_names_is_there(page):
    named = TEST.findall(page.read_text())
    assert [f"{path}::{name}" for path, name in named if name not in names_in(ROOT / path)] == []


def test_every_test_on_the_page_belongs_to_a_promise():
    assert len(TEST.findall(PAGE)) == sum(len(TEST.findall(text)) for text in PROMISES.values()) > 0
