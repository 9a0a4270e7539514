"""The examples in docstrings are run: an example that is not true is worse than none."""

import doctest
import importlib
import pkgutil

import pytest

import rollset

MODULES = [found.name for found in pkgutil.walk_packages(rollset.__path__, "rollset.")]


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_are_true(name):
    failed, _ = doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS)
    assert failed == 0
