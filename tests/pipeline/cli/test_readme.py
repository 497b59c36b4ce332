"""What the README tells a user to type exists, and its Python runs."""

import re
import shlex
from pathlib import Path

import click
import nibabel as nib
import numpy as np
import pytest
import torch
import typer
from ignite.engine import Engine

from brainaging.pipeline.cli.app import app

README = Path(__file__).parents[3] / "README.md"
BLOCKS = re.findall(r"```(\w*)\n(.*?)```", README.read_text(encoding="utf-8"), flags=re.DOTALL)
COMMANDS = [line for _, block in BLOCKS for line in block.splitlines() if line.startswith("brainaging ")]
MAKES = [line for _, block in BLOCKS for line in block.splitlines() if line.startswith("make ")]
SNIPPETS = [block for language, block in BLOCKS if language == "python"]


def test_the_readme_has_what_these_tests_look_for() -> None:
    assert len(COMMANDS) >= 10
    assert SNIPPETS
    assert MAKES == ["make demo", "make test"]


@pytest.mark.parametrize("line", COMMANDS)
def test_each_command_parses(line: str) -> None:
    group = typer.main.get_command(app)
    assert isinstance(group, click.Group) or hasattr(group, "commands")
    name, *words = shlex.split(line)[1:]
    command = group.commands[name]  # type: ignore[attr-defined]
    with command.make_context(name, words) as context:
        assert not context.args, f"{line}: left over are {context.args}"


@pytest.mark.parametrize("line", MAKES)
def test_each_make_target_exists(line: str) -> None:
    rules = (README.parent / "Makefile").read_text(encoding="utf-8")
    assert re.search(rf"^{line.split()[1]}:", rules, flags=re.MULTILINE)


def test_the_snippet_for_tables_makes_a_model_that_fits() -> None:
    (snippet,) = [text for text in SNIPPETS if "table_pipeline" in text]
    names: dict[str, object] = {}
    exec(snippet, names)
    rows = np.random.default_rng(0).normal(1500, 100, (30, 4))
    labels = np.arange(30) % 2
    assert names["model"].fit(rows, labels).predict(rows).shape == (30,)  # type: ignore[attr-defined]


def test_the_snippet_for_metrics_measures_an_engines_output() -> None:
    (snippet,) = [text for text in SNIPPETS if "FrechetDistance" in text]
    names: dict[str, object] = {}
    exec(snippet, names)
    pair = {"pred": torch.randn(9, 1, 8, 8, 8), "label": torch.randn(9, 1, 8, 8, 8)}
    engine = Engine(lambda _, batch: batch)
    for name, metric in names["metrics"].items():  # type: ignore[attr-defined]
        metric.attach(engine, name)
    found = engine.run([pair, pair]).metrics
    assert found["frechet"] > 0
    assert 0.5 < found["variance"] < 2


def test_the_snippet_for_scans_loads_a_scan(shared_data: Path) -> None:
    (snippet,) = [text for text in SNIPPETS if "CacheDataset" in text]
    scan = shared_data / "ds002748/sub-01/anat/sub-01_T1w.nii.gz"
    assert "sub-01_T1w_brain.nii.gz" in snippet
    names: dict[str, object] = {}
    exec(snippet.replace("sub-01_T1w_brain.nii.gz", str(scan)), names)
    item = names["dataset"][0]  # type: ignore[index]
    assert item["image"].shape == (1, 64, 64, 64)
    assert torch.isfinite(item["image"]).all()
    assert item["template_dice"] >= 0.92


def test_the_snippet_for_labels_brings_them_along(shared_data: Path, tmp_path: Path) -> None:
    (snippet,) = [text for text in SNIPPETS if 'labels="label"' in text]
    names: dict[str, object] = {}
    exec(snippet, names)
    scan = nib.load(shared_data / "ds002748/sub-01/anat/sub-01_T1w.nii.gz")
    label = tmp_path / "label.nii.gz"
    nib.save(nib.Nifti1Image((scan.get_fdata() > 0).astype(np.uint8), scan.affine), label)
    item = names["training"]({"image": str(scan.get_filename()), "label": str(label)})  # type: ignore[operator]
    assert item["image"].shape == item["label"].shape == (1, 64, 64, 64)
    assert set(np.unique(item["label"])) == {0, 1}


def test_the_snippet_for_handlers_makes_them() -> None:
    (snippet,) = [text for text in SNIPPETS if "CalibrationScores" in text]
    names: dict[str, object] = {}
    exec(snippet, names)
    assert len(names["val_handlers"]) == 3  # type: ignore[arg-type]


def test_every_file_that_the_readme_names_is_there() -> None:
    text = README.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (README.parent / target).exists(), target
    for folder in re.findall(r"^\| `(\w+)/` \|", text, flags=re.MULTILINE):
        assert (README.parent / folder).is_dir(), folder
