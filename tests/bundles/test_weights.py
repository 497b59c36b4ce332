"""The weights that ship: whole, small, of their grid; run as they are; and what is no such file is one line."""

import json
import os
import pickle
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import monai
import nibabel as nib
import numpy as np
import pandas as pd
import pytest
import torch

from brainaging.bundles import bundle_names, bundle_path, model_names
from brainaging.pipeline.counterfactual.edit_checkpoint import load
from brainaging.pipeline.engines import load_network, read_checkpoint
from brainaging.pipeline.experiments.shipped.installation import BEGIN, END, SCRIPT, SCRIPTED
from brainaging.pipeline.experiments.shipped.real_scans import figures_of_real_scans
from brainaging.pipeline.runtime import file_sha256
from brainaging.pipeline.runtime.shipped_weights import bundle_metadata, shipped_weights
from brainaging.transforms import get_grid, template_volume

LARGEST, ALL = 10e6, 60e6
SHIPPED = [name for name in model_names() if shipped_weights(bundle_path(name)) is not None]
NETWORKS = [name for name in SHIPPED if name in bundle_names()]


@pytest.fixture(scope="module")
def scans(tmp_path_factory) -> Path:
    """Return a folder with one brain in it, in MNI space, on no grid of ours."""
    folder = tmp_path_factory.mktemp("scans")
    nib.save(nib.Nifti1Image(700 * template_volume("t1w_48"), get_grid("t1w_48").affine), folder / "me.nii.gz")
    return folder


@pytest.mark.parametrize("name", SHIPPED)
def test_what_ships_is_the_file_that_is_described_and_small(name):
    said = shipped_weights(bundle_path(name))
    assert said is not None
    assert file_sha256(said.path) == said.sha256
    assert said.path.stat().st_size <= LARGEST
    assert read_checkpoint(said.path)["model"]
    assert (bundle_path(name) / "docs" / "data_license.txt").is_file()


def test_all_that_ships_fits():
    files = [path for name in SHIPPED for path in (bundle_path(name) / "models").iterdir()]
    assert sum(path.stat().st_size for path in files) <= ALL
    assert max(path.stat().st_size for path in files) <= LARGEST
    assert {path.name for path in files} <= {"model.pt", "model.ts"}


@pytest.mark.parametrize("name", SHIPPED)
def test_a_card_shows_what_was_measured_and_says_what_it_is_not_good_for(name):
    card = (bundle_path(name) / "docs" / "README.md").read_text(encoding="utf-8")
    figures = bundle_metadata(bundle_path(name))["eval_metrics"]
    assert figures
    shown = card.partition(BEGIN)[2].partition(END)[0]
    for metric, figure in figures.items():
        assert f"| `{metric}` | {figure['value']:.3g} | {figure['low']:.3g} to {figure['high']:.3g} |" in shown
    headings = ("Intended use", "What it is not good for", "Data", "Preprocessing", "Performance", "Licence")
    for heading in headings:
        assert f"\n## {heading}\n" in card
    assert f"brainaging weights {name} --measure" in card


@pytest.mark.parametrize("name", [name for name in SCRIPTED if name in SHIPPED])
def test_torchscript_computes_what_the_weights_do(name):
    folder = bundle_path(name)
    network = load_network(folder, folder / "models" / "model.pt")
    scripted = torch.jit.load(folder / "models" / SCRIPT).eval()
    torch.manual_seed(0)
    vectors = {"morphometry_autoencoder": lambda: len(network.columns), "t1w_gan": lambda: network.latent_size}
    inputs = torch.rand(2, vectors[name]()) if name in vectors else torch.rand(2, 1, 32, 32, 32)
    with torch.no_grad():
        torch.testing.assert_close(scripted(inputs), network(inputs), rtol=1e-4, atol=1e-4)


def _run(run_python, bundle, folder, *words):
    config = str(bundle / "configs" / "inference.json")
    argv = ["-m", "monai.bundle", "run", "--config_file", config, "--bundle_root", str(bundle)]
    return run_python([*argv, "--output_dir", "out", *map(str, words)], folder)[0]


@pytest.mark.parametrize("name", NETWORKS)
def test_inference_runs_on_what_ships_without_training_or_a_prepared_folder(name, run_python, scans, tmp_path):
    generates = name in ("t1w_gan", "t1w_conditional_generator")
    words = ["--count", 2] if generates else ["--dataset_dir", scans, "--space", "template"]
    if name.startswith("morph"):
        columns = read_checkpoint(bundle_path(name) / "models" / "model.pt")["model"]["_extra_state"]["columns"]
        mean = read_checkpoint(bundle_path(name) / "models" / "model.pt")["model"]["mean"].numpy()
        rows = pd.DataFrame(mean * np.array([[0.9], [1.0], [1.1]]), columns=columns)
        rows.insert(0, "subject", ["a", "b", "c"])
        rows.to_csv(tmp_path / "table.csv", index=False)
        words = ["--dataset_dir", "table.csv"]
    done = _run(run_python, bundle_path(name), tmp_path, *words)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "differ by their rounding" not in done.stderr
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert written & {"latents.csv", "predictions.csv"}


def _copy(tmp_path, name="t1w_sex_classifier"):
    """Return a copy of a bundle whose weights may be broken."""
    return Path(shutil.copytree(bundle_path(name), tmp_path / name))


def _described(bundle, state):
    """Write other weights into a bundle, and describe them as its own."""
    torch.save(state, bundle / "models" / "model.pt")
    metadata = bundle / "configs" / "metadata.json"
    content = json.loads(metadata.read_text())
    content["weights"]["sha256"] = file_sha256(bundle / "models" / "model.pt")
    metadata.write_text(json.dumps(content))


class Code:
    """What runs code when it is unpickled."""

    def __reduce__(self):
        return print, ("run",)


def _cut(bundle):
    path = bundle / "models" / "model.pt"
    path.write_bytes(path.read_bytes()[:-1000])


def _exchange(bundle):
    torch.save({"model": {"a": torch.zeros(2)}}, bundle / "models" / "model.pt")


def _other_network(bundle):
    grid = {"grid": get_grid("t1w_32").fingerprint}
    _described(bundle, {"model": {"_extra_state": grid, "other": torch.zeros(2)}})


def _other_grid(bundle):
    state = read_checkpoint(bundle / "models" / "model.pt")
    state["model"]["_extra_state"] = {"grid": "t1w_7-00000000"}
    _described(bundle, state)


def _pickle(bundle):
    _described(bundle, {})
    path = bundle / "models" / "model.pt"
    path.write_bytes(pickle.dumps({"model": Code()}))
    metadata = bundle / "configs" / "metadata.json"
    content = json.loads(metadata.read_text())
    content["weights"]["sha256"] = file_sha256(path)
    metadata.write_text(json.dumps(content))


def _code(bundle):
    _described(bundle, {"model": {"a": Code()}})


def _none(bundle):
    (bundle / "models" / "model.pt").unlink()


BROKEN = [
    (_cut, "expected the weights that the bundle's metadata describe"),
    (_exchange, "expected the weights that the bundle's metadata describe"),
    (_other_network, "these weights cannot be used here: expected another network's"),
    (_other_grid, "grid t1w_7-00000000, which this version does not know"),
    (_pickle, "a pickle, which loading would run code of: refused"),
    (_code, "only running the file's own code could load: refused"),
    (_none, "no such checkpoint"),
]


@pytest.mark.parametrize(("breaks", "message"), BROKEN)
def test_broken_weights_are_one_line_from_monais_program(breaks, message, run_python, scans, tmp_path):
    bundle = _copy(tmp_path)
    breaks(bundle)
    done = _run(run_python, bundle, tmp_path, "--dataset_dir", scans, "--space", "template")
    said = done.stdout + done.stderr
    assert done.returncode == 3, said[-2000:]
    assert "Traceback" not in said
    (error,) = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert message in error


@pytest.mark.parametrize(("breaks", "message"), BROKEN[:2])
def test_broken_weights_are_one_line_from_our_program(breaks, message, run_python, scans, tmp_path):
    bundle = _copy(tmp_path)
    breaks(bundle)
    program = str(Path(sys.executable).with_name("brainaging"))
    words = ["predict", str(scans / "me.nii.gz"), "--space", "template", "--bundle", str(bundle)]
    done = run_python([program, *words], tmp_path)[0]
    assert done.returncode == 3
    assert message in done.stderr
    assert done.stderr.count("error: ") == 1


@pytest.mark.skipif("edit" not in SHIPPED, reason="no edit ships")
def test_an_edit_of_another_version_is_refused_and_what_ships_is_read(run_python, scans, tmp_path):
    model = bundle_path("edit") / "models" / "model.pt"
    learned = load(model)
    assert learned.simulated
    assert learned.reader is not None
    state = read_checkpoint(model)
    state["model"]["format"] = "brainaging edit 1"
    torch.save(state, tmp_path / "older.pt")
    program = str(Path(sys.executable).with_name("brainaging"))
    words = ["edit", str(scans / "me.nii.gz"), "--space", "template", "--age", "+10", "--model", "older.pt"]
    done = run_python([program, *words], tmp_path)[0]
    assert done.returncode == 3
    assert "older.pt: expected format" in done.stderr


@pytest.mark.slow
def test_real_scans_are_read_at_their_own_size(shared_data):
    folder = bundle_path("t1w_sex_classifier")
    figures = figures_of_real_scans(folder, folder / "models" / "model.pt", shared_data / "ds002748")
    assert [figure.n for figure in figures] == [40, 40, 40]
    assert {figure.metric for figure in figures} == {
        "balanced_accuracy_real",
        "auc_real",
        "share_read_as_male_real",
    }


@pytest.mark.slow
def test_the_wheel_holds_the_weights_and_works_in_an_empty_folder(scans, tmp_path):
    """Without a checkout: packages are borrowed, the package itself is the wheel's."""
    root = Path(__file__).parents[2]
    build = [sys.executable, "-m", "pip", "wheel", str(root), "--no-deps", "--no-build-isolation", "-w", "dist"]
    subprocess.run(build, cwd=tmp_path, check=True, capture_output=True)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "venv")], check=True)
    (site,) = (tmp_path / "venv" / "lib").glob("python3*/site-packages")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    # a path file in a borrowed folder is not read, so that the checkout stays out
    (site / "borrowed.pth").write_text(str(Path(monai.__file__).parents[1]))
    empty = tmp_path / "empty"
    empty.mkdir()
    scan, template = str(scans / "me.nii.gz"), ["--space", "template"]
    code = "import sys; sys.argv[0] = 'brainaging'; from brainaging.pipeline.cli import main; main()"
    commands = {
        "": ["bundles"],
        "t1w_gan": ["generate", "--count", "2", "--sex", "F"],
        "t1w_sex_classifier": ["predict", scan, *template],
        "t1w_autoencoder": ["encode", scan, *template],
        "edit": ["edit", scan, *template, "--age", "+10", "--film", "0"],
    }
    for words in (words for name, words in commands.items() if name in ("", *SHIPPED)):
        done = subprocess.run(
            [str(tmp_path / "venv" / "bin" / "python"), "-c", code, *words],
            cwd=empty,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{words}: {done.stderr[-2000:]}"
    assert (empty / "predictions" / "t1w_sex_classifier" / "predictions.csv").is_file()
