"""A typed value stands in a config only where it is of the kind that stood there."""

from copy import deepcopy
from pathlib import Path

import pytest
import torch
from monai.bundle import ConfigParser

from brainaging.pipeline.engines.config_values import check_device, check_value, override, place_value
from brainaging.pipeline.runtime import UserError

CONFIG = {
    "epochs": 3,
    "seed": 0,
    "rate": 0.1,
    "resume": True,
    "cache": "auto",
    "out": "$@bundle_root + '/models'",
    "device": "$torch.device('cpu')",
    "split": None,
    "part": {"size": 2},
}


@pytest.fixture
def parser() -> ConfigParser:
    return ConfigParser(deepcopy(CONFIG))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("epochs", 1),
        ("seed", 0),
        ("rate", 0),
        ("rate", 1e-9),
        ("resume", False),
        ("cache", "disk"),
        ("out", "here"),
        ("device", "cpu"),
        ("split", None),
        ("split", "val"),
        ("part#size", 7),
        ("epochs", "$2 + 3"),
        ("epochs", "@seed"),
    ],
)
def test_a_value_of_the_same_kind_is_set(parser, name, value) -> None:
    override(parser, {name: value}, "train.json")
    assert parser[name] == value


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("epochs", 0, "epochs must be a whole number of at least 1, got 0"),
        ("epochs", 1.5, "a whole number of at least 1, got 1.5"),
        ("epochs", True, "a number of at least 0, got True"),
        ("epochs", None, "a number of at least 0, got None"),
        ("seed", -1, "a number of at least 0, got -1"),
        ("seed", 0.5, "a whole number of at least 0, got 0.5"),
        ("rate", "x", "a number of at least 0, got 'x'"),
        ("rate", float("inf"), "a number of at least 0, got inf"),
        ("rate", float("nan"), "a number of at least 0, got nan"),
        ("resume", "maybe", "True or False .*, got 'maybe'"),
        ("resume", 1, "True or False .*, got 1"),
        ("cache", 7, "a text, got 7"),
        ("out", "", "a text, got ''"),
        ("part#size", -2, "part#size must be a number of at least 0, got -2"),
        ("epoch", 3, "no value is called 'epoch'; did you mean epochs"),
        ("xyzzy", 3, "no value is called 'xyzzy'; there are cache, device, epochs"),
        ("device", "gpu", "device: expected cpu.*, found 'gpu'"),
        ("device", "cuda:99", "device: expected cpu.*, found 'cuda:99'"),
        ("device", "meta", "device: expected cpu.*, found 'meta'"),
        ("device", 1.5, "device: expected cpu.*, found '1.5'"),
    ],
)
def test_another_is_refused_by_name_in_one_line(parser, name, value, message) -> None:
    with pytest.raises(UserError, match=message) as caught:
        check_value(parser, name, value, "train.json")
    assert str(caught.value).startswith("train.json: ")
    assert "\n" not in str(caught.value)


def test_the_devices_of_this_machine_pass() -> None:
    check_device("cpu")
    check_device(torch.device("cpu"))
    for number in range(torch.cuda.device_count()):
        check_device(f"cuda:{number}")


@pytest.mark.parametrize("name", ["$HOME x", "@models", "%metadata.json", "a $b", "plain", "/a/$b"])
def test_a_path_stands_in_a_config_as_itself(tmp_path, name, parser) -> None:
    override(parser, {"out": place_value(Path(name))}, "train.json")
    assert Path(parser.get_parsed_content("out")) == Path(name)


@pytest.mark.parametrize(("name", "value"), [("part", 3), ("part", "sgd"), ("listed", 7)])
def test_a_part_of_the_program_is_no_number_and_no_word(name, value) -> None:
    parser = ConfigParser({**deepcopy(CONFIG), "listed": ["F", "M"]})
    with pytest.raises(UserError, match=f"{name} must be .*, got {value!r}"):
        check_value(parser, name, value, "train.json")
