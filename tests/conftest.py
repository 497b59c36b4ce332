"""Fixtures that every folder of tests may use."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of open scans and tables beside the checkout; skip where it is absent."""
    folder = Path(os.environ.get("BRAINAGING_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"the open data is not at {folder}")
    return folder
