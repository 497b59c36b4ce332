"""A tiny prepared cohort, and every bundle's documented commands run on it."""

import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.ndimage import gaussian_filter, map_coordinates

from brainaging.bundles import bundle_path
from brainaging.networks import T1wGenerator
from brainaging.pipeline.data import Prepared, prepare, read_cohort
from brainaging.pipeline.data.morphometry import prepare_morphometry, read_morphometry
from brainaging.transforms import get_grid, save_nifti, template_mask, template_volume

SCANS = 14
#: overrides that make a bundle small; a bundle that is not named takes its own sizes
TINY = {
    "t1w_autoencoder": "--latent_size 8 --components 16 --hidden 8",
    "morphometry_autoencoder": "--latent_size 5 --hidden 8",
    "t1w_age_regressor": "--width 2",
    "t1w_sex_classifier": "--width 2",
    "t1w_latent_encoder": "--latent_size 12 --detail 5 --hidden 8 --generated 60",
    "t1w_gan": "--latent_size 12 --detail 5 --hidden 8 --warmup 1 --width 4",
    "t1w_conditional_generator": "--latent_size 10 --detail 5 --hidden 8",
}


def _brain(seed: int) -> np.ndarray:
    """Return the template, smoothly deformed and with its own contrast."""
    random = np.random.default_rng(seed)
    template = template_volume("t1w_32")
    field = [gaussian_filter(random.standard_normal(template.shape), 4) * 30 for _ in range(3)]
    moved = map_coordinates(template, np.indices(template.shape) + field, order=1)
    return (moved * random.uniform(0.9, 1.1)).astype(np.float32)


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that `prepare` made of 14 brains on t1w_32."""
    root = tmp_path_factory.mktemp("cohort")
    rows = ["path,subject,sex,age,space"]
    for number in range(SCANS):
        save_nifti(_brain(number), get_grid("t1w_32"), root / f"{number}.nii.gz")
        rows.append(f"{number}.nii.gz,s{number:02d},{'FM'[number % 2]},{20 + number},template")
    (root / "cohort.csv").write_text("\n".join(rows))
    prepare(read_cohort(root / "cohort.csv"), "t1w_32", root / "prepared", progress=False)
    return root / "prepared"


@pytest.fixture(scope="session")
def prepared_table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that `prepare_morphometry` made of 40 people with nine measures, some missing."""
    root = tmp_path_factory.mktemp("table")
    random = np.random.default_rng(0)
    common = random.standard_normal((40, 3)) @ random.standard_normal((3, 9))
    names = [
        "FS_InterCranial_Vol",
        *(f"FS_{s}_{r}_Vol" for s in "LR" for r in ("Hippo", "Caudate", "Putamen", "Amygdala")),
    ]
    people = pd.DataFrame(1000 + 50 * (common + random.standard_normal((40, 9))), columns=names)
    people.iloc[::7, 2] = np.nan
    people.insert(0, "Subject", [f"s{number:02d}" for number in range(40)])
    people.insert(1, "Gender", ["F", "M"] * 20)
    people.to_csv(root / "table.csv", index=False)
    cohort = read_cohort(root / "table.csv", scans=False)
    return prepare_morphometry(cohort, read_morphometry(root / "table.csv"), root / "prepared").folder


@pytest.fixture(scope="session")
def generator_weights(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a checkpoint of a generator that was fitted to the tiny cohort, for the encoder to invert."""
    cohort, sizes = Prepared.load(prepared), {"latent_size": 12, "detail": 5, "hidden": 8, "lattice": 10}
    torch.manual_seed(0)
    mask = template_mask(cohort.grid, dilate_mm=12.0)
    network = T1wGenerator(mask, **sizes, grid=cohort.grid.fingerprint)
    volumes = torch.from_numpy(cohort.volumes())[:, None]
    network.start_from(volumes)
    network.fit_detail(volumes)
    path = tmp_path_factory.mktemp("generator") / "generator.pt"
    torch.save({"model": network.state_dict(), "settings": sizes}, path)
    return path


@pytest.fixture(scope="session")
def dataset_of(prepared: Path, prepared_table: Path) -> Callable[[str], Path]:
    """Return what gives a bundle the data that its train.json reads."""

    def choose(bundle: str) -> Path:
        config = (bundle_path(bundle) / "configs" / "train.json").read_text(encoding="utf-8")
        return prepared_table if "morphometry.table_datalist" in config else prepared

    return choose


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """Sum in one order, here as in the commands' processes: bits are compared."""
    torch.set_num_threads(1)


def _documented(bundle: str) -> dict[str, str]:
    """Return the commands in a bundle's README by what they do."""
    text = (bundle_path(bundle) / "docs" / "README.md").read_text(encoding="utf-8")
    commands = {}
    for command in re.findall(r"```\n((?:python -m|torchrun) [^`]+?)\n```", text):
        configs = re.findall(r"configs/(\w+)\.json", command)
        kind = "export" if "ckpt_export" in command else next(c for c in reversed(configs) if c != "metadata")
        commands[kind] = command
    return commands


def _sizes(bundle: str, command: str) -> str:
    """Return the overrides of ``TINY`` that a command's configs have an id for: others are refused as mistyped."""
    configs = bundle_path(bundle) / "configs"
    known = {
        name
        for config in re.findall(r"configs/(\w+)\.json", command)
        for name in json.loads((configs / f"{config}.json").read_text(encoding="utf-8"))
    }
    words = TINY.get(bundle, "").split()
    pairs = zip(words[::2], words[1::2], strict=True)
    return " ".join(f"{option} {value}" for option, value in pairs if option.removeprefix("--") in known)


Done = subprocess.CompletedProcess[str]
#: the bundle whose training is typed into a shell; the other commands run in forks, since MONAI is slow to import
TYPED = ("morphometry_autoencoder", ("train", "multi_gpu_train"))


def _type(line: str, folder: Path, environment: dict[str, str]) -> Done:
    """Run a line in a shell."""
    python = shlex.quote(sys.executable)
    line = re.sub(r"^python ", f"{python} ", line)
    line = re.sub(r"^torchrun ", f"{python} -m torch.distributed.run ", line)
    environment = {**os.environ, **environment, "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        line, shell=True, cwd=folder, env=environment, capture_output=True, text=True, timeout=240, check=False
    )


def _fork(line: str, folder: Path, environment: dict[str, str], run_python: Callable[..., list[Done]]) -> Done:
    """Run a line as the shell and ``torchrun`` would: two processes that find each other, where it says two."""
    program, *words = shlex.split(line.replace("$BUNDLE", environment["BUNDLE"]))
    several = [{}]
    if program == "torchrun":
        assert words[:2] == ["--standalone", "--nproc_per_node=2"]
        words = words[2:]
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            meet = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free.getsockname()[1]), "WORLD_SIZE": "2"}
        several = [{**meet, "RANK": rank, "LOCAL_RANK": rank} for rank in "01"]
    done = run_python(words, folder, [{**environment, **one} for one in several])
    said = ["".join(part) for part in zip(*((one.stdout, one.stderr) for one in done), strict=True)]
    return Done(line, next((one.returncode for one in done if one.returncode), 0), *said)


@pytest.fixture(scope="session")
def documented() -> Callable[[str], dict[str, str]]:
    """Return the reader of a bundle's documented commands: (bundle) to command by kind."""
    return _documented


@pytest.fixture(scope="session")
def command_line(
    dataset_of: Callable[[str], Path], generator_weights: Path, run_python: Callable[..., list[Done]]
) -> Callable[..., Done]:
    """Return the runner of a documented command: (bundle, kind, folder, more options, not in a shell)."""

    def run(bundle: str, kind: str, folder: Path, more: str = "", fork: bool = False) -> Done:
        folder.mkdir(exist_ok=True)
        if not (folder / "prepared").exists():
            (folder / "prepared").symlink_to(dataset_of(bundle))
        if bundle == "t1w_latent_encoder":
            (folder / "out").mkdir(exist_ok=True)
            shutil.copy(generator_weights, folder / "out" / "generator.pt")
        command = _documented(bundle)[kind]
        line = f"{command} {_sizes(bundle, command)} {more}"
        environment = {"BUNDLE": str(bundle_path(bundle))}
        if bundle == TYPED[0] and kind in TYPED[1] and not fork:
            return _type(line, folder, environment)
        return _fork(line, folder, environment, run_python)

    return run


@pytest.fixture(scope="session")
def worked(tmp_path_factory: pytest.TempPathFactory, command_line: Callable[..., Done]) -> Callable[[str], Path]:
    """Return what runs a bundle's commands once, in the README's order, and gives the folder they ran in."""
    folders: dict[str, Path] = {}

    def work(bundle: str) -> Path:
        if bundle not in folders:
            folders[bundle] = folder = tmp_path_factory.mktemp(bundle)  # before the run: failing once is enough
            for kind, more in (("train", "--epochs 2"), ("evaluate", ""), ("inference", ""), ("export", "")):
                done = command_line(bundle, kind, folder, more)
                assert done.returncode == 0, f"{kind}:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
                (folder / f"{kind}.log").write_text(json.dumps([done.stdout, done.stderr]))
        return folders[bundle]

    return work
