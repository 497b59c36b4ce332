"""kill -9 at drawn moments: the same command typed again must end as the run that nothing stopped.

Moments are shares of the uninterrupted duration, drawn by a seed; every third run is killed twice. Every file
that the command leaves is compared, bit for bit (one thread), but for logs, TensorBoard's event files, and times
and words typed in JSON.
"""

import json
import random
import shutil
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from forks import Forks
from judging import Case
from material import Material

KIND = "kill -9"
SEED = 20
SMALL_BUDGET = Path(__file__).parents[1] / "pipeline" / "cli" / "small_budget.py"
#: entries of JSON files that say when, where, by which words and which source, not what came of it
TIMES = ("when", "command", "seconds", "duration_s", "started", "machine", "code", "key")
UNCOMPARED = (".log", ".lock")


@dataclass(frozen=True)
class Killed:
    """A command that is killed: what it leaves in ``out``, at how many moments, and from which material."""

    name: str
    words: Sequence[str]
    moments: int
    uses: Sequence[str] = ()
    script: Path | None = None

    def typed(self, material: Material) -> list[str]:
        """Return the words, with the material's place where they name it."""
        return [word.replace("{material}", str(material.folder)) for word in self.words]


def _train(bundle: str, moments: int, *settings: str, uses: str = "prepared", epochs: int = 3) -> Killed:
    sets = [word for pair in settings for word in ("--set", pair)]
    words = ["train", bundle, "--dataset-dir", uses, "--epochs", str(epochs), "--out", "out", *sets]
    if bundle == "t1w_latent_encoder":
        words += ["--generator", "gan/best.pt"]
        return Killed(f"train {bundle}", words, moments, (uses, "gan"))
    return Killed(f"train {bundle}", words, moments, (uses,))


COMMANDS = (
    Killed("simulate", ("simulate", "out", "--subjects", "12", "--spacing", "6"), 5),
    Killed("simulate, 2 workers", ("simulate", "out", "--subjects", "12", "--spacing", "6", "--workers", "2"), 2),
    Killed("cohort", ("cohort", "{material}/people", "--out", "out/cohort.csv"), 4),
    Killed(
        "prepare",
        ("prepare", "cohort.csv", "--grid", "t1w_32", "--workers", "1", "--out", "out"),
        6,
        ("cohort.csv", "cohort.json"),
    ),
    Killed(
        "prepare, 2 workers",
        ("prepare", "cohort.csv", "--grid", "t1w_32", "--workers", "2", "--out", "out"),
        2,
        ("cohort.csv", "cohort.json"),
    ),
    Killed(
        "prepare a table",
        ("prepare", "cohort.csv", "--morphometry", "people/unrestricted.csv", "--out", "out"),
        4,
        ("cohort.csv", "cohort.json", "../people"),
    ),
    _train("t1w_autoencoder", 3, "latent_size=8", "components=10"),
    _train("t1w_gan", 3, "latent_size=12", "detail=4", "warmup=1", "width=4"),
    _train("t1w_latent_encoder", 3, "generated=40"),
    _train("t1w_sex_classifier", 3, "width=4"),
    _train("t1w_age_regressor", 3, "width=4"),
    _train("morphometry_autoencoder", 3, uses="table", epochs=6),
    Killed(
        "reproduce",
        ("reproduce", "cohort.csv", "--budget", "short", "--workers", "1", "--out", "out"),
        4,
        ("cohort.csv", "cohort.json"),
        SMALL_BUDGET,
    ),
    Killed(
        "score",
        (
            "score",
            "--subjects",
            "60",
            "--held-out",
            "8",
            "--grid",
            "t1w_32",
            "--knots",
            "48",
            "--workers",
            "1",
            "--out",
            "out",
        ),
        2,
    ),
    Killed(
        "edit",
        (
            "edit",
            "scan.nii.gz",
            "--model",
            "directions/edits.pt",
            "--age",
            "+10",
            "--age-now",
            "28",
            "--sex-now",
            "F",
            "--space",
            "template",
            "--force",
            "--out",
            "out",
        ),
        3,
        ("directions", "scan.nii.gz"),
    ),
)
_locks = {command.name: threading.Lock() for command in COMMANDS}


def place(command: Killed, folder: Path, material: Material, links: bool = False) -> None:
    """Put beside a command what it reads; ``links`` copies nothing."""
    for name in command.uses:
        source = material.made / name
        target = folder / source.name
        if name == "scan.nii.gz":
            source = material.fillers()[0]
        if name.startswith("../"):
            source = material.folder / name[3:]
        if links or source.is_dir():
            target.symlink_to(source)
        else:
            shutil.copy(source, target)
    (folder / "out").mkdir(exist_ok=True) if command.name == "cohort" else None


def whole(command: Killed, forks: Forks, material: Material) -> tuple[Path, float]:
    """Return the folder of the uninterrupted run, which is made once, and its seconds."""
    folder = material.folder / "whole" / "".join(c if c.isalnum() else "-" for c in command.name)
    with _locks[command.name]:
        marker = folder / "seconds.txt"
        if not marker.is_file():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            place(command, folder, material)
            done = forks.run(command.typed(material), folder, script=command.script, timeout=900)
            if done.code:
                raise RuntimeError(f"the uninterrupted run fails: {done.said[-2000:]}")
            marker.write_text(str(done.seconds))
        return folder, float(marker.read_text())


def _killed(command: Killed, number: int):
    """Return what kills a command at one moment, runs it again and compares."""

    def around(forks: Forks, folder: Path, material: Material) -> tuple[str, str]:
        clean, seconds = whole(command, forks, material)
        place(command, folder, material)
        rng = random.Random(f"{SEED} {command.name} {number}")
        told = []
        for _ in range(2 if number % 3 == 2 else 1):
            moment = rng.uniform(0.02, 0.98) * seconds
            done = forks.run(
                command.typed(material), folder, script=command.script, timeout=900, kill_after=moment
            )
            told.append(f"killed after {moment:.2f} of {seconds:.2f} s" if done.code == -9 else "ended before")
        said = ", ".join(told)
        again = forks.run(command.typed(material), folder, script=command.script, timeout=900)
        if "Traceback" in again.said or again.code in (1, -11):
            return "traceback", f"{said}; again: {again.said.strip().splitlines()[-1][:300]}"
        if again.code:
            return "lost work", f"{said}; typed again: exit code {again.code}: {again.stderr.strip()[-300:]}"
        if rest := [path for path in (folder / "out").rglob(".tmp-*") if path.is_file()]:
            return "half-written", f"{said}; left behind: {rest[0].relative_to(folder)}"
        if difference := differences(folder / "out", clean / "out"):
            return "wrong in silence", f"{said}; {difference}"
        return "right", said

    return around


def differences(mine: Path, theirs: Path) -> str:
    """Say how two folders' files differ in what a command computed; "" where they do not."""
    names = [
        {path.relative_to(folder) for path in folder.rglob("*") if _compared(path)} for folder in (mine, theirs)
    ]
    if names[0] != names[1]:
        return f"files differ: {sorted(map(str, names[0] ^ names[1]))[:4]}"
    for name in sorted(names[0]):
        if not _equal(mine / name, theirs / name, (mine.parent, theirs.parent)):
            return f"{name} differs"
    return ""


def _compared(path: Path) -> bool:
    return path.is_file() and path.suffix not in UNCOMPARED and "tfevents" not in path.name


def _equal(mine: Path, theirs: Path, places: tuple[Path, Path]) -> bool:
    contents = [
        path.read_bytes().replace(str(place).encode(), b"PLACE")
        for path, place in zip((mine, theirs), places, strict=True)
    ]
    if contents[0] == contents[1]:
        return True
    if mine.suffix == ".json":
        first, second = (_timeless(json.loads(content)) for content in contents)
        return first == second
    if mine.suffix == ".pt":
        import torch

        first, second = (torch.load(path, weights_only=False, map_location="cpu") for path in (mine, theirs))
        return _same_values(first, second)
    if mine.suffix == ".npz":
        with np.load(mine) as a, np.load(theirs) as b:
            return set(a) == set(b) and all(
                np.array_equal(a[name], b[name], equal_nan=a[name].dtype.kind == "f") for name in a
            )
    return mine.suffix == ".html"  # holds times and sizes; what it shows stands in the files beside it


def _timeless(value: object) -> object:
    if isinstance(value, dict):
        return {key: _timeless(child) for key, child in value.items() if key not in TIMES}
    return [_timeless(child) for child in value] if isinstance(value, list) else value


def _same_values(first: object, second: object) -> bool:
    if type(first) is not type(second):
        return False
    if isinstance(first, dict):
        return first.keys() == second.keys() and all(_same_values(first[key], second[key]) for key in first)
    if isinstance(first, list | tuple):
        return len(first) == len(second) and all(map(_same_values, first, second))
    if hasattr(first, "detach"):
        return first.shape == second.shape and bool(
            ((first == second) | ((first != first) & (second != second))).all()
        )
    if isinstance(first, np.ndarray):
        return bool(np.array_equal(first, second))
    return bool(first == second) or first != first


def cases() -> list[Case]:
    """Return a case for every moment: 50."""
    return [
        Case(
            KIND,
            f"kill: {command.name}, moment {number + 1}",
            "same",
            lambda folder, material: None,
            around=_killed(command, number),
        )
        for command in COMMANDS
        for number in range(command.moments)
    ]
