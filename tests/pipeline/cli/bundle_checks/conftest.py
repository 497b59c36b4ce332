"""A copy of a bundle whose files a test may break."""

import shutil
from pathlib import Path

import pytest

from brainaging.bundles import bundle_path
from brainaging.pipeline.cli.bundle_checks.checked_bundle import CheckedBundle


@pytest.fixture
def copied(tmp_path: Path) -> CheckedBundle:
    """Return a bundle's copy without weights, and a folder to work in."""
    source, folder = bundle_path("t1w_autoencoder"), tmp_path / "t1w_autoencoder"
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns("models"))
    return CheckedBundle(folder, tmp_path / "work")
