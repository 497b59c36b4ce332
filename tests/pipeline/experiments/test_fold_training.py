from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from brainaging.bundles import bundle_path
from brainaging.pipeline.data import read_cohort
from brainaging.pipeline.data.morphometry import PreparedTable, prepare_morphometry, read_morphometry
from brainaging.pipeline.experiments.fold_training import FoldTraining, encode_folds
from brainaging.pipeline.runtime import UserError
from brainaging.pipeline.stats.encodings import FoldEncoding
from brainaging.pipeline.stats.sample_space import Fold


def _table(folder: Path, people: int = 60, shift: float = 0.0) -> PreparedTable:
    """Prepare a table of three factors in ten measures; ``shift`` moves the last ten people alone."""
    random = np.random.default_rng(0)
    values = random.standard_normal((people, 3)) @ random.standard_normal((3, 10))
    values = 100 + 10 * (values + 0.2 * random.standard_normal((people, 10)))
    values[::9, 4] = np.nan
    values[-10:] += shift
    # intensities, which have no usual size
    names = [f"FS_{side}_{region}_Mean" for side in "LR" for region in ("Hippo", "Caudate", "Putamen", "Amygdala")]
    table = pd.DataFrame(values, columns=[*names, "FS_BrainStem_Mean", "FS_CSF_Mean"])
    table.insert(0, "Subject", [f"p{number}" for number in range(people)])
    table.insert(1, "Gender", ["F", "M"] * (people // 2))
    folder.mkdir()
    table.to_csv(folder / "table.csv", index=False)
    cohort = read_cohort(folder / "table.csv", scans=False)
    return prepare_morphometry(cohort, read_morphometry(folder / "table.csv"), folder / "prepared")


def _encode(prepared: PreparedTable, out: Path, fold: Fold, **options: Any) -> FoldEncoding:
    training = FoldTraining(bundle_path("morphometry_autoencoder"), **{"latent_size": 3, "epochs": 3, **options})
    (encoding,) = encode_folds(prepared, prepared.values, [fold], out, training)
    return encoding


FOLD = (np.arange(50), np.arange(50, 60))


@pytest.fixture(scope="module")
def table(tmp_path_factory) -> PreparedTable:
    return _table(tmp_path_factory.mktemp("people") / "table")


@pytest.fixture(scope="module")
def encoded(table, tmp_path_factory) -> tuple[FoldEncoding, Path]:
    out = tmp_path_factory.mktemp("table-3")
    return _encode(table, out, FOLD), out


def test_a_table_is_encoded_and_decoded_in_its_own_units(table, encoded):
    encoding, out = encoded
    assert encoding.z_train.shape == (50, 3)
    assert encoding.z_test.shape == (10, 3)
    assert encoding.recon_test.shape == (10, 10)
    assert encoding.name == out.name
    known = np.isfinite(table.values[50:])
    spread = np.nanstd(table.values[:50], axis=0)
    errors = ((encoding.recon_test - table.values[50:]) / spread)[known]
    assert np.isfinite(encoding.recon_test).all()
    assert (errors**2).mean() < 0.15  # three factors and 4 % of noise


def test_a_finished_fold_is_read_back_and_a_second_run_gives_the_same_bits(table, encoded, tmp_path):
    encoding, out = encoded
    stamp = (out / "fold-0" / "best.pt").stat().st_mtime_ns
    kept, again = _encode(table, out, FOLD), _encode(table, tmp_path / "again", FOLD)
    assert (out / "fold-0" / "best.pt").stat().st_mtime_ns == stamp
    for other in (kept, again):
        np.testing.assert_array_equal(other.z_test, encoding.z_test)
        np.testing.assert_array_equal(other.recon_test, encoding.recon_test)


def test_the_people_tested_leave_no_trace_in_the_weights(encoded, tmp_path):
    shifted = _encode(_table(tmp_path / "shifted", shift=500.0), tmp_path / "out", FOLD)
    np.testing.assert_array_equal(shifted.z_train, encoded[0].z_train)
    assert not np.allclose(shifted.z_test, encoded[0].z_test)


def test_another_tables_weights_are_refused(table, encoded, tmp_path):
    with pytest.raises(UserError, match=r"another (cohort|volumes)"):
        _encode(_table(tmp_path / "shifted", shift=1.0), encoded[1], FOLD)


@pytest.mark.parametrize(
    ("options", "message"), [({"epochs": 4}, "another epochs: 3, now 4"), ({"seed": 1}, "another seed: 0, now 1")]
)
def test_another_runs_weights_are_refused(table, encoded, options, message):
    with pytest.raises(UserError, match=message):
        _encode(table, encoded[1], FOLD, **options)


def test_changed_code_never_reads_old_weights_back(table, encoded, monkeypatch):
    monkeypatch.setattr("brainaging.pipeline.runtime.kept_work.source_sha256", lambda *names: "other")
    with pytest.raises(UserError, match="other source code"):
        _encode(table, encoded[1], FOLD)
