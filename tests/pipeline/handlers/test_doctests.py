"""Every example in a docstring runs: each handler in an engine that is not ours."""

import doctest
import importlib
import pkgutil

import pytest

import brainaging.pipeline.handlers

MODULES = [
    info.name
    for info in pkgutil.walk_packages(brainaging.pipeline.handlers.__path__, "brainaging.pipeline.handlers.")
]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name) -> None:
    options = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    assert doctest.testmod(importlib.import_module(name), optionflags=options).failed == 0
