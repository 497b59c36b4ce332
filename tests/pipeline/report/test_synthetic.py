"""The section on synthetic brains: its pictures, its tables, and what it says of the gate."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from brainaging.pipeline.report import render_report
from brainaging.pipeline.report.chapters.synthetic import synthetic_content
from brainaging.pipeline.report.inputs import read_run
from brainaging.pipeline.runtime import UserError


def test_every_generator_has_a_row_of_brains(made_run: Path) -> None:
    run = read_run(made_run)
    content = synthetic_content(run.synthetic, run.synthetic_results)
    beside = content.figures[0].panels
    assert [panel.heading for panel in beside][1:] == ["GAN", "The original's recipe"]
    assert [figure.title for figure in content.figures][1:] == [
        "From one brain to another",
        "Held-out scans and what the generator makes of them",
        "Head size and sex of made brains",
    ]


def test_the_gate_is_told_in_words(made_run: Path, tmp_path: Path) -> None:
    run = read_run(made_run)
    facts = dict(synthetic_content(run.synthetic, run.synthetic_results).facts)
    assert facts["GAN"] == "passed the gate: its labels count"
    assert facts["The original's recipe"] == "stopped at the gate: 100.0% of made brains <b>"
    assert "fewer than 500 fresh scans are rough" in facts["Judged by"]
    for name in ("results.csv", "synthetic.npz"):
        shutil.copy(made_run / name, tmp_path)
    page = render_report(tmp_path).read_text(encoding="utf-8")
    assert "made brains &lt;b&gt;" in page
    assert "made brains <b>" not in page


def test_tables_set_values_beside_what_real_brains_give(made_run: Path) -> None:
    run = read_run(made_run)
    tables = synthetic_content(run.synthetic, run.synthetic_results).tables
    cells = {table.rows[0][0]: table.rows[0][1:] for table in tables}
    assert cells["sex, voxels, accuracy"] == [
        "0.951 (0.930 to 0.970); original 0.946",
        "0.930 (logistic regression)",
    ]
    assert cells["GAN, share labelled male"] == ["0.470 (0.440 to 0.500)", "0.460 (training scans)"]
    assert cells["generated, R² of the latent"] == ["0.988", "0.964 (original)"]


def test_its_rows_stand_in_no_other_section(made_run: Path) -> None:
    run = read_run(made_run)
    assert set(run.results["experiment"]).isdisjoint(set(run.synthetic_results["experiment"]))
    assert len(run.synthetic_results) == 7


def test_a_broken_file_gives_a_sentence(made_run: Path, tmp_path: Path) -> None:
    with np.load(made_run / "synthetic.npz") as arrays:
        kept = {name: arrays[name] for name in arrays.files}
    del kept["scans"]
    with pytest.raises(UserError, match="missing scans"):
        synthetic_content(kept, None)
    kept["scans"] = kept["real"][:, :4]
    with pytest.raises(UserError, match="scans expected shape"):
        synthetic_content(kept, None)
    np.savez(tmp_path / "synthetic.npz", **kept)
    assert "synthetic.npz could not be shown" in render_report(tmp_path).read_text(encoding="utf-8")
