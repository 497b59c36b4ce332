import pytest

from brainaging.bundles import bundle_path
from brainaging.pipeline.cli.models import find_bundle, parse_overrides
from brainaging.pipeline.engines import run_bundle
from brainaging.pipeline.runtime import UserError


def test_values_are_read_as_what_they_look_like():
    pairs = ["learning_rate=1e-3", "latent_size=100", "resume=false", "cache=memory", "a=1.5e2", "b=[1, 2]"]
    read = {
        "learning_rate": 0.001,
        "latent_size": 100,
        "resume": False,
        "cache": "memory",
        "a": 150.0,
        "b": [1, 2],
    }
    assert parse_overrides(pairs) == read


@pytest.mark.parametrize("pair", ["epochs", "latent_size=[1"])
def test_a_pair_that_is_none_is_named(pair):
    with pytest.raises(UserError, match=pair.split("=")[0]):
        parse_overrides([pair])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("latent_size", -1),
        ("latent_size", "abc"),
        ("latent_size", 1.5),
        ("batch_size", 0),
        ("learning_rate", "fast"),
    ],
)
def test_a_value_of_another_kind_is_refused_by_name(name, value):
    with pytest.raises(UserError, match=f"{name} must be"):
        run_bundle(bundle_path("t1w_autoencoder"), "train", **{name: value})


def test_a_bundle_is_found_by_name_or_folder():
    folder = bundle_path("t1w_autoencoder")
    assert find_bundle("t1w_autoencoder") == folder
    assert find_bundle(str(folder)) == folder
    with pytest.raises(UserError, match="no_such"):
        find_bundle("no_such")
