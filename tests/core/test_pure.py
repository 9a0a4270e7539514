"""Contract: the core is pure. Imports are held by .importlinter; this holds what needs no import."""

import ast
from pathlib import Path

import pytest

import rollset.core

SOURCES = sorted(Path(rollset.core.__file__).parent.rglob("*.py"))


@pytest.mark.parametrize(
    "source", SOURCES, ids=lambda path: path.relative_to(Path(rollset.core.__file__).parent).as_posix()
)
def test_no_await_no_global_state_no_printing(source):
    impure = (ast.AsyncFunctionDef, ast.Await, ast.AsyncFor, ast.AsyncWith, ast.Global, ast.Nonlocal)
    for node in ast.walk(ast.parse(source.read_text())):
        assert not isinstance(node, impure), f"{source.name}:{node.lineno}"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in {"print", "open", "input"}, f"{source.name}:{node.lineno}"
