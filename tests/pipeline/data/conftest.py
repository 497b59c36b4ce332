"""Small cohorts on disk in every layout, with canaries where HCP's restricted values stand."""

from collections.abc import Callable
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from brainaging.transforms import GridSpec

CANARIES = ("27.3141", "FAMCANARY", "MOTHCANARY", "FATHCANARY", "ZYGCANARY")


def _scan(path: Path, seed: int = 0, shape: tuple[int, ...] = (10, 11, 12)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    volume = np.random.default_rng(seed).uniform(1, 2, shape).astype(np.float32)
    image = nib.Nifti1Image(volume, np.diag([10.0, 10.0, 10.0, 1.0]))
    nib.save(image if path.name.endswith(("nii", "nii.gz")) else nib.MGHImage(volume, image.affine), path)
    return path


@pytest.fixture(scope="session")
def scan() -> Callable[..., Path]:
    """Return a writer of a small random scan: (path, seed, shape)."""
    return _scan


@pytest.fixture(scope="session")
def canaries() -> tuple[str, ...]:
    """Return restricted values that must not turn up in any output."""
    return CANARIES


@pytest.fixture
def hcp(tmp_path: Path) -> Path:
    """Return an HCP folder of 24 people in 12 families of two; the first family's values are canaries."""
    root = tmp_path / "hcp"
    public = ["Subject,Gender,Age,FS_IntraCranial_Vol"]
    hidden = ["Subject,Age_in_Yrs,Family_ID,Mother_ID,Father_ID,ZygosityGT,SSAGA_X"]
    for number in range(24):
        subject, family = 100000 + number, number // 2
        _scan(root / str(subject) / "T1w" / "T1w_acpc_dc_restore_brain.nii.gz", number)
        bracket = ("22-25", "26-30", "31-35", "36+")[family % 4]
        public.append(f"{subject},{'FM'[number % 2]},{bracket},1500000")
        kin = [f"{22 + number / 2}", f"F{family}", f"{family}", f"{family}", "NotTwin"]
        kin = list(CANARIES) if family == 0 else kin
        hidden.append(",".join([str(subject), *kin, "1"]))
    (root / "unrestricted.csv").write_text("\n".join(public) + "\n")
    (root / "restricted.csv").write_text("\n".join(hidden) + "\n")
    return root


@pytest.fixture
def paths_csv(tmp_path: Path) -> Callable[..., Path]:
    """Return a writer of a CSV of paths: (text) with ``{0}``… replaced by scans that exist."""

    def write(text: str, name: str = "people.csv", encoding: str = "utf-8", scans: int = 4) -> Path:
        for number in range(scans):
            _scan(tmp_path / "scans" / f"s{number}.nii.gz", number)
        path = tmp_path / name
        path.write_text(text, encoding=encoding)
        return path

    return write


@pytest.fixture(scope="session")
def tiny_grid() -> GridSpec:
    """Return a grid of 8³ voxels at 24 mm."""
    return GridSpec("tiny", (8, 8, 8), 24.0)
