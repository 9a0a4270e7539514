"""The examples in docstrings are true."""

import doctest
import importlib
import pkgutil

import pytest

import rollset.emulator

MODULES = [one.name for one in pkgutil.walk_packages(rollset.emulator.__path__, "rollset.emulator.")]


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0
