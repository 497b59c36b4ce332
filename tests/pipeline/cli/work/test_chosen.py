"""What the words of a command choose: which grid, which bundle, which overrides, which data."""

import importlib
import json
import re

import pytest
import torch

from brainaging.bundles import bundle_names, bundle_path
from brainaging.pipeline.cli.work import chosen
from brainaging.pipeline.cli.work.chosen import TABLE_ROWS, check_fits, find_bundle, parse_overrides, reads_tables
from brainaging.pipeline.data.morphometry import PreparedTable
from brainaging.pipeline.engines import run_bundle
from brainaging.pipeline.runtime import UserError
from brainaging.transforms import GRIDS, get_grid


@pytest.mark.parametrize("name", GRIDS)
def test_a_grid_is_chosen_by_its_name(name):
    assert chosen.chosen_grid(name).fingerprint == get_grid(name).fingerprint


def test_a_grid_that_is_none_is_refused_with_those_that_are():
    with pytest.raises(UserError, match=f"--grid: expected one of {next(iter(GRIDS))}.*found 't1w_33'"):
        chosen.chosen_grid("t1w_33")


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


@pytest.mark.parametrize(
    "value",
    ["$__import__('os').system('touch ran')", "'@trainer'", "'%train.json'", "{_target_: os.system}", "[1, '$2']"],
)
def test_what_a_config_would_run_is_refused(value):
    with pytest.raises(UserError, match=r"--set latent_size=.*: expected a number, .* found what a config"):
        parse_overrides([f"latent_size={value}"])


@pytest.mark.parametrize(
    ("name", "content"), [("train", "{"), ("metadata", ""), ("train", "[1]"), ("train", "null")]
)
def test_a_bundle_whose_config_is_none_is_refused_by_its_file(tmp_path, name, content):
    configs = tmp_path / "configs"
    configs.mkdir()
    (configs / "metadata.json").write_text("{}")
    (configs / f"{name}.json").write_text(content)
    with pytest.raises(UserError, match=rf"{name}\.json: expected a config"):
        reads_tables(tmp_path)


def test_weights_of_another_bundle_are_refused_by_their_file(tmp_path):
    torch.save({"model": {}, "settings": {"latent_size": 3, "detail": 4}}, tmp_path / "gan.pt")
    assert chosen.trained_settings(find_bundle("t1w_gan"), tmp_path / "gan.pt") == {"latent_size": 3, "detail": 4}
    with pytest.raises(UserError, match=r"gan\.pt: expected weights of the bundle t1w_autoencoder.*'detail'"):
        chosen.trained_settings(find_bundle("t1w_autoencoder"), tmp_path / "gan.pt")


@pytest.mark.parametrize("pair", ["epochs", "latent_size=[1", "=5", " =5"])
def test_a_pair_that_is_none_is_named(pair):
    with pytest.raises(UserError, match=f"--set {re.escape(pair)}: expected"):
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


def test_bundles_of_tables_are_told_from_those_of_scans_by_their_configs(tmp_path):
    assert [name for name in bundle_names() if reads_tables(bundle_path(name))] == ["morphometry_autoencoder"]
    module, _, name = TABLE_ROWS.rpartition(".")
    assert callable(getattr(importlib.import_module(module), name))
    config = tmp_path / "mine" / "configs" / "inference.json"
    config.parent.mkdir(parents=True)
    config.write_text(json.dumps({"imports": [f"$import {TABLE_ROWS}"], "note": TABLE_ROWS}))
    assert not reads_tables(tmp_path / "mine"), "a text that mentions the name lists no rows"
    config.write_text(json.dumps({"dataset": [{"data": {"_target_": TABLE_ROWS}}]}))
    assert reads_tables(tmp_path / "mine")


def test_a_folder_of_other_data_is_refused_with_both_named(tmp_path):
    table = PreparedTable(tmp_path / "here", cohort=None, morphometry=None, parts=None)
    check_fits(bundle_path("morphometry_autoencoder"), table)
    with pytest.raises(UserError, match=r"here: holds a morphometry table, .* t1w_gan reads prepared scans"):
        check_fits(bundle_path("t1w_gan"), table)


@pytest.mark.parametrize(
    ("pair", "option"), [("seed=1", "--seed"), ("output_dir=x", "--out"), ("dataset_dir=x", "--dataset-dir")]
)
def test_what_a_command_has_an_option_for_is_said_by_it(pair, option):
    with pytest.raises(UserError, match=rf"--set {pair}: expected it as the command's own .*{option}"):
        parse_overrides([pair])
