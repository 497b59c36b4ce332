"""Toy cohorts are made once, and are what bundles read."""

from pathlib import Path

import numpy as np
import pytest

from brainaging.pipeline.cli.bundle_checks.toy_cohorts import ROWS, SCANS, toy_generator, toy_scans, toy_table
from brainaging.pipeline.data import Prepared
from brainaging.pipeline.data.morphometry import PreparedTable
from brainaging.pipeline.engines import read_checkpoint


@pytest.mark.slow
def test_scans_and_a_generator_of_them(tmp_path: Path) -> None:
    cohort = Prepared.load(toy_scans(tmp_path))
    assert len(cohort.volumes()) == SCANS and np.isfinite(cohort.volumes()).all()
    before = (tmp_path / "toy_scans" / "cohort.csv").stat().st_mtime_ns
    path = toy_generator(tmp_path)
    assert read_checkpoint(path)["settings"]["latent_size"] == 12
    assert (tmp_path / "toy_scans" / "cohort.csv").stat().st_mtime_ns == before


def test_a_table(tmp_path: Path) -> None:
    table = PreparedTable.load(toy_table(tmp_path))
    assert table.values.shape == (ROWS, 9)
    assert toy_table(tmp_path) == table.folder
