"""Where bundles lie: by name, and only under the package's own name."""

import importlib.util

import pytest

import brainaging.bundles
from brainaging.bundles import bundle_names, bundle_path


def test_every_name_leads_to_a_bundle_of_that_name():
    names = bundle_names()
    assert names == sorted(set(names))
    assert "t1w_autoencoder" in names
    for name in names:
        assert bundle_path(name).name == name
        assert (bundle_path(name) / "configs" / "metadata.json").is_file()


def test_an_unknown_name_is_refused_with_those_that_are_installed():
    with pytest.raises(ValueError, match=r"'t1w_vae'; installed are: .*t1w_autoencoder"):
        bundle_path("t1w_vae")


def test_importing_the_folder_by_its_own_name_is_an_error():
    spec = importlib.util.spec_from_file_location("bundles", brainaging.bundles.__file__)
    with pytest.raises(ImportError, match=r"import brainaging\.bundles"):
        spec.loader.exec_module(importlib.util.module_from_spec(spec))
