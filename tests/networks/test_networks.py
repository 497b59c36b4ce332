"""The package's public names, each loaded from its own module where it is first used."""

import json
import subprocess
import sys

import pytest

from brainaging import networks


def test_every_public_name_is_there():
    for name in networks.__all__:
        assert getattr(networks, name).__name__ == name
    assert set(networks.__all__) <= set(dir(networks))


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'Alignmend'"):
        networks.Alignmend


def loaded(module: str) -> list[str]:
    """Return the modules that are loaded once ``module`` is imported in a fresh process."""
    code = f"import json, sys, {module}; print(json.dumps(sorted(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return json.loads(run.stdout.splitlines()[-1])


def test_geometry_alone_does_not_wait_for_monai():
    modules = loaded("brainaging.networks.diffeomorphism")
    assert "torch" in modules
    assert "monai" not in modules
