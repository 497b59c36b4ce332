"""``python -m monai.bundle run`` of our bundles: one line for a user's mistake, a traceback for a bug of ours."""

import sys
from types import SimpleNamespace

import pytest

from brainaging.bundles import bundle_names, bundle_path
from brainaging.pipeline.engines.bundle_program import BundleProgram, check_typed, show_in_one_line, typed_values
from brainaging.pipeline.runtime import UserError


def config(bundle: str, name: str = "train") -> str:
    return str(bundle_path(bundle) / "configs" / f"{name}.json")


@pytest.mark.parametrize(
    ("words", "values"),
    [
        (["--epochs", "2", "--lr=1e-3"], {"epochs": 2, "lr": 0.001}),
        (["--config_file", "['a.json','b.json']"], {"config_file": ["a.json", "b.json"]}),
        (["--resume", "--ckpt-dir", "out", "stray"], {"resume": True, "ckpt_dir": "out"}),
        (["--epochs", "-1"], {"epochs": -1}),
        ([], {}),
    ],
)
def test_options_are_read_as_fire_reads_them(words, values) -> None:
    assert typed_values(words) == values


@pytest.mark.parametrize("bundle", bundle_names())
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--epochs", "-1"], "epochs must be"),
        (["--batch_size", "0"], "batch_size must be"),
        (["--learning_rate", "fast"], "learning_rate must be"),
        (["--device", "cuda:99"], "device: expected cpu"),
        (["--nonsense", "3"], "no value is called 'nonsense'"),
    ],
)
def test_typed_values_are_held_against_every_bundles_config(bundle, words, message) -> None:
    with pytest.raises(UserError, match=message):
        check_typed(["run", "--config_file", config(bundle), *words])
    check_typed(
        ["run", "--config_file", config(bundle), "--epochs", "3", "--meta_file", "x", "--bundle_root", "y"]
    )
    overlay = f"['{config(bundle)}','{config(bundle, 'evaluate')}']"
    check_typed(["run", "--config_file", overlay, "--split", "val"])


def test_values_of_an_arguments_file_are_held_too(tmp_path) -> None:
    (tmp_path / "args.json").write_text(f'{{"config_file": "{config("t1w_gan")}", "epochs": 0}}')
    with pytest.raises(UserError, match="epochs must be"):
        check_typed(["run", "--args_file", str(tmp_path / "args.json")])
    check_typed(["run", "--args_file", str(tmp_path / "args.json"), "--epochs", "3"])
    check_typed(["ckpt_export", "--epochs", "0"])


def test_in_another_program_nothing_is_touched(monkeypatch) -> None:
    before = sys.excepthook
    assert BundleProgram().begin() is False
    assert sys.excepthook is before


def test_in_monais_program_errors_are_shortened(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "__main__", SimpleNamespace(__spec__=SimpleNamespace(name="monai.bundle.x")))
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(sys, "argv", ["monai/bundle/__main__.py", "run", "--config_file", config("t1w_gan")])
    assert BundleProgram().begin() is True
    assert sys.excepthook is show_in_one_line


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (UserError("a: expected b, found c"), 3, "error: a: expected b, found c\n"),
        (KeyboardInterrupt(), 130, "interrupted; run the same command again to go on from what is finished\n"),
    ],
)
def test_a_users_mistake_is_one_line_and_its_exit_code(error, code, said, capsys) -> None:
    with pytest.raises(SystemExit) as end:
        show_in_one_line(type(error), error, None)
    assert end.value.code == code
    assert capsys.readouterr().err == said


def test_a_bug_keeps_its_traceback(capsys) -> None:
    show_in_one_line(ZeroDivisionError, ZeroDivisionError("ours"), None)
    assert "ZeroDivisionError: ours" in capsys.readouterr().err
