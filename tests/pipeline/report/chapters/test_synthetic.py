"""The section on synthetic brains: its pictures, its tables, and what it says of the gate."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from brainaging.pipeline.report import render_report
from brainaging.pipeline.report.chapters.synthetic import synthetic_content
from brainaging.pipeline.report.inputs import read_run
from brainaging.pipeline.runtime import UserError


def test_every_generator_has_a_row_of_brains(example_run: Path) -> None:
    run = read_run(example_run)
    content = synthetic_content(run.synthetic, run.synthetic_results)
    assert [panel.heading for panel in content.figures[0].panels][1:] == ["GAN", "The original's recipe"]
    assert [figure.title for figure in content.figures][1:] == [
        "From one brain to another",
        "Held-out scans and what the generator renders of them",
        "Head size and sex of synthetic brains",
    ]


def test_a_reason_of_the_gate_stays_text(example_run: Path, tmp_path: Path) -> None:
    for name in ("results.csv", "synthetic.npz"):
        shutil.copy(example_run / name, tmp_path)
    page = render_report(tmp_path).read_text(encoding="utf-8")
    assert "labelled male &lt;b&gt;" in page
    assert "labelled male <b>" not in page


def test_a_broken_file_gives_a_sentence(example_run: Path, tmp_path: Path) -> None:
    with np.load(example_run / "synthetic.npz") as arrays:
        kept = {name: arrays[name] for name in arrays.files}
    del kept["scans"]
    with pytest.raises(UserError, match="missing scans"):
        synthetic_content(kept, [])
    kept["scans"] = kept["real"][:, :4]
    with pytest.raises(UserError, match="scans expected shape"):
        synthetic_content(kept, [])
    np.savez(tmp_path / "synthetic.npz", **kept)
    assert "synthetic.npz could not be shown" in render_report(tmp_path).read_text(encoding="utf-8")
