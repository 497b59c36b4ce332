"""A checkpoint is read whole, or its file and fault are named in one line."""

import pickle

import pytest
import torch

from brainaging.networks import MorphometryAutoencoder
from brainaging.pipeline.engines import known_columns, load_weights, read_checkpoint
from brainaging.pipeline.runtime import UserError


@pytest.fixture
def saved(tmp_path):
    network = MorphometryAutoencoder(["a", "b", "c"], 2, 3)
    torch.save({"model": network.state_dict()}, tmp_path / "best.pt")
    return network, tmp_path / "best.pt"


def test_weights_come_back_bit_for_bit(saved) -> None:
    network, path = saved
    torch.manual_seed(9)
    other = MorphometryAutoencoder(["a", "b", "c"], 2, 3)
    load_weights(other, path)
    for name, value in network.state_dict().items():
        if isinstance(value, torch.Tensor):
            assert torch.equal(other.state_dict()[name], value), name
    assert known_columns(path) == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "no such checkpoint"),
        (b"", "found an empty file"),
        (b"not a checkpoint", "found text that begins 'not a checkpoint'"),
        (b"version https://git-lfs.github.com/spec/v1", "found a Git LFS pointer .*git lfs pull"),
        (b"PK\x03\x04" + bytes(99), "found one that is cut short"),
        (pickle.dumps({"model": {}}), "found a pickle, which loading would run code of"),
        (bytes(99), "found something else"),
        ({"model": [1]}, "expected an entry 'model'"),
        ({"model": {}, "settings": 3}, "expected the sizes of a network under 'settings'"),
        ([1, 2], "expected an entry 'model'"),
        ({"weights": {}}, "expected an entry 'model'"),
    ],
)
def test_what_is_no_checkpoint_is_named_in_one_line(tmp_path, content, message) -> None:
    path = tmp_path / "best.pt"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        torch.save(content, path)
    with pytest.raises(UserError, match=rf"best\.pt.*{message}") as caught:
        read_checkpoint(path)
    assert "\n" not in str(caught.value)


def test_weights_of_another_size_or_of_no_table_are_refused(saved, tmp_path) -> None:
    _, path = saved
    with pytest.raises(UserError, match=r"best\.pt: these weights cannot be used here"):
        load_weights(MorphometryAutoencoder(["a", "b", "c"], 1, 3), path)
    torch.save({"model": torch.nn.Linear(1, 1).state_dict()}, path)
    with pytest.raises(UserError, match="not trained on a table"):
        known_columns(path)


class Runs:
    """What runs code when it is unpickled."""

    def __reduce__(self):
        return print, ("run",)


def test_objects_that_would_run_code_are_refused_without_advice_to_load_them(tmp_path, capsys) -> None:
    torch.save({"model": {"a": Runs()}}, tmp_path / "best.pt")
    with pytest.raises(UserError, match="only running the file's own code could load: refused") as caught:
        read_checkpoint(tmp_path / "best.pt")
    assert "weights_only" not in str(caught.value)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_are_refused_by_name(saved, tmp_path, bad) -> None:
    state = saved[0].state_dict()
    state["components"][0, 0] = bad
    torch.save({"model": {"inner": state}}, tmp_path / "nan.pt")
    with pytest.raises(UserError, match=r"nan\.pt: expected finite weights, found .* in inner\.components"):
        read_checkpoint(tmp_path / "nan.pt")


def test_a_folder_and_a_dead_link_are_told_apart(tmp_path) -> None:
    (tmp_path / "dead.pt").symlink_to("gone.pt")
    for path, found in (
        (tmp_path, "found a folder: name the file in it"),
        (tmp_path / "dead.pt", "a link to gone.pt"),
    ):
        with pytest.raises(UserError, match=found):
            read_checkpoint(path)


def test_weights_of_another_network_name_the_first_that_differs(saved) -> None:
    _, path = saved
    with pytest.raises(UserError, match=r"best\.pt: .*: expected .*1.*, found .*2"):
        load_weights(MorphometryAutoencoder(["a", "b", "c"], 1, 3), path)
    with pytest.raises(UserError, match=r"expected another network's \(\S+ is missing\)"):
        load_weights(torch.nn.Linear(1, 1), path)


@pytest.mark.parametrize(
    "settings",
    [
        {"network_def": {"_target_": "os.system", "command": "touch ran"}},
        {"latent_size": "$__import__('os').system('touch ran')"},
        {"latent_size": "@network"},
        {"classes": ["F", "$1"]},
        {"latent_size": torch.zeros(1)},
        {"train#trainer": 3},
        {7: 3},
    ],
)
def test_settings_that_a_config_would_run_are_refused(saved, settings) -> None:
    network, path = saved
    torch.save({"model": network.state_dict(), "settings": settings}, path)
    with pytest.raises(UserError, match=r"best\.pt: expected numbers and words under 'settings', found code"):
        read_checkpoint(path)


def test_settings_of_numbers_and_words_come_back(saved) -> None:
    network, path = saved
    settings = {"latent_size": 3, "width": 0.5, "classes": ["F", "M"], "architecture": "resnet10", "linear": None}
    torch.save({"model": network.state_dict(), "settings": settings}, path)
    assert read_checkpoint(path)["settings"] == settings


def test_half_precision_is_loaded_and_said(saved, tmp_path, caplog) -> None:
    network, path = saved
    half = {
        name: value.half() if isinstance(value, torch.Tensor) and value.is_floating_point() else value
        for name, value in network.state_dict().items()
    }
    torch.save({"model": half}, tmp_path / "half.pt")
    other = MorphometryAutoencoder(["a", "b", "c"], 2, 3)
    load_weights(other, path)
    assert "rounding" not in caplog.text
    load_weights(other, tmp_path / "half.pt")
    assert "half.pt: weights in float16: results differ by their rounding" in caplog.text
    for name, value in network.state_dict().items():
        if isinstance(value, torch.Tensor) and value.is_floating_point():
            assert torch.equal(other.state_dict()[name], value.half().float()), name
