"""What is needed to repeat a run: versions, seed, configuration, hashes."""

import hashlib
import platform
import sys
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PACKAGES = (
    "brain-aging",
    "torch",
    "monai",
    "pytorch-ignite",
    "nibabel",
    "SimpleITK",
    "numpy",
    "scipy",
    "pandas",
    "scikit-learn",
    "nilearn",
)


def text_sha256(text: str) -> str:
    """Return the hexadecimal SHA-256 of ``text`` in UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()


def file_sha256(path: str | Path) -> str:
    """Return the hexadecimal SHA-256 of a file's bytes."""
    with Path(path).open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def provenance(seed: int, **details: Any) -> dict[str, Any]:
    """Return what a reader needs to repeat a run.

    ``details`` carries what is the run's own: configuration, grid fingerprint, cohort hash, budget. The command
    line is kept by its program's name and options only as typed; it holds paths, never a subject's values.
    """
    return {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": [Path(sys.argv[0]).name, *sys.argv[1:]],
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "versions": {name: _version(name) for name in PACKAGES},
        "seed": seed,
        **details,
    }
