"""A bundle's configs from Python: overrides reach what they name, and a user's mistake is one line."""

import json
from pathlib import Path

import pytest

from brainaging.pipeline.engines import run_bundle, train_bundle
from brainaging.pipeline.runtime import UserError


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    folder = tmp_path / "toy" / "configs"
    folder.mkdir(parents=True)
    (folder / "metadata.json").write_text(json.dumps({"version": "0.1.0"}))
    train = {
        "bundle_root": ".",
        "epochs": 3,
        "rate": 0.1,
        "part": {"_target_": "collections.Counter", "a": "@epochs"},
        "order": "$[]",
        "initialize": ["$@order.append('initialize')"],
        "run": ["$@order.append(@part['a'])"],
        "finalize": ["$@order.append('finalize')"],
    }
    (folder / "train.json").write_text(json.dumps(train))
    (folder / "evaluate.json").write_text(json.dumps({"run": ["$@order.append('evaluate')"]}))
    return folder.parent


def _order(bundle: Path, config: str = "train", **overrides: object) -> list[object]:
    return run_bundle(bundle, config, **overrides).parser.get_parsed_content("order")


def test_a_config_is_initialised_run_and_finalised(bundle) -> None:
    assert _order(bundle) == ["initialize", 3, "finalize"]


def test_overrides_reach_values_and_nested_ids(bundle) -> None:
    assert _order(bundle, epochs=7)[1] == 7
    assert _order(bundle, **{"part#a": 9})[1] == 9


def test_evaluation_is_laid_over_training(bundle) -> None:
    assert _order(bundle, "evaluate") == ["initialize", "evaluate", "finalize"]


@pytest.mark.parametrize(
    ("config", "overrides", "message"),
    [
        ("nothing", {}, "no config 'nothing' in this bundle, which has evaluate, train"),
        ("train", {"epoch": 1}, "no value is called 'epoch'; did you mean epochs"),
        ("train", {"rate": -1.0}, "rate must be a number of at least 0, got -1.0"),
        ("train", {"epochs": 0}, "epochs must be a whole number of at least 1, got 0"),
        ("train", {"epochs": 1.5}, "epochs must be a whole number of at least 1, got 1.5"),
    ],
)
def test_a_users_mistake_is_one_line(bundle, config, overrides, message) -> None:
    with pytest.raises(UserError, match=message) as caught:
        run_bundle(bundle, config, **overrides)
    assert "\n" not in str(caught.value)


def test_a_users_mistake_under_monais_error_comes_out(bundle) -> None:
    config = bundle / "configs" / "train.json"
    text = json.loads(config.read_text())
    text["part"] = {"_target_": "brainaging.pipeline.engines.read_checkpoint", "path": "gone.pt"}
    config.write_text(json.dumps(text))
    with pytest.raises(UserError, match=r"gone\.pt: no such checkpoint"):
        run_bundle(bundle, "train")


def test_training_gets_its_items_and_its_folder(bundle, tmp_path) -> None:
    config = bundle / "configs" / "train.json"
    places = {"ckpt_dir": "", "output_dir": "", "train": {"data": []}, "validate": {"data": []}}
    config.write_text(json.dumps(json.loads(config.read_text()) | places))
    parser = train_bundle(bundle, tmp_path, [{"image": 1}], [{"image": 2}], epochs=5).parser
    assert (parser["train#data"], parser["validate#data"]) == ([{"image": 1}], [{"image": 2}])
    assert parser["ckpt_dir"] == parser["output_dir"] == str(tmp_path)
    assert parser.get_parsed_content("order") == ["initialize", 5, "finalize"]
