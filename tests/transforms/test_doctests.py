"""Every example in a docstring runs."""

import doctest
import importlib
import pkgutil

import pytest

import brainaging.transforms

MODULES = [info.name for info in pkgutil.iter_modules(brainaging.transforms.__path__)]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name):
    module = importlib.import_module(f"brainaging.transforms.{name}")
    assert doctest.testmod(module).failed == 0


def test_there_are_examples():
    finder = doctest.DocTestFinder()
    modules = (importlib.import_module(f"brainaging.transforms.{name}") for name in MODULES)
    assert sum(len(test.examples) for module in modules for test in finder.find(module)) >= 10
