"""The section on edits: its pictures, what it says of people, and files that do not fit."""

import base64
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from brainaging.pipeline.report import render_report
from brainaging.pipeline.report.chapters.edit_tables import edit_facts
from brainaging.pipeline.report.chapters.edits import FILM, OPTIONAL, edits_content, write_edit_figures
from brainaging.pipeline.results import EditScore, write_results
from brainaging.pipeline.runtime import UserError


@pytest.fixture
def arrays():
    rng = np.random.default_rng(0)
    scan = np.zeros((8, 10, 9), dtype=np.float32)
    scan[1:7, 1:9, 1:8] = rng.uniform(0.7, 1.0, (6, 8, 7))
    change = (0.05 * rng.normal(size=scan.shape) * (scan > 0)).astype(np.float32)
    return {
        "mask": scan > 0,
        "spacing": np.float64(6),
        "scan": scan,
        "film": np.stack([scan - change, scan, scan + change]),
        "film_ages": np.array([25.0, 30.0, 35.0]),
        "span": np.float64(10),
        "true": change,
        "predicted": 0.5 * change,
        "comparator": -change,
        "template": scan,
        "mean_true": change,
        "mean_predicted": change,
    }


def test_a_simulated_run_shows_predicted_beside_true(arrays):
    figures = edits_content(arrays).figures
    assert [figure.title for figure in figures] == [
        "What the edit changes",
        "One brain along the years",
        "What edits change on average",
    ]
    changes, film, means = (figure.panels[0].picture for figure in figures)
    assert film.alt.endswith("as scanned, and at 25 y, 30 y, 35 y")
    assert "predicted r = 1.00, true (by the simulation), voxelwise regression r = −1.00" in changes.alt
    assert "Mean change over 10 years: predicted, mean r = 1.00" in means.alt
    assert "The simulation knows" in figures[0].caption
    assert "drawn over the MNI152 template" in figures[2].caption
    for picture in (film, changes, means):
        image = Image.open(BytesIO(base64.b64decode(picture.src.split(",")[1])))
        assert image.width > 300 and len(image.convert("L").getcolors(256)) > 20


def test_people_are_told_apart_from_a_future():
    assert "not a person's future" in FILM
    assert "not a person's future" in dict(edit_facts([]))["What an edit shows"]


def test_real_people_have_no_truth_beside_them(arrays):
    for name in OPTIONAL:
        del arrays[name]
    figures = edits_content(arrays).figures
    assert len(figures) == 2
    assert "predicted, 25 to 35 y" in figures[0].panels[0].picture.alt
    assert "simulation" not in figures[0].caption


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("mask", np.zeros((8, 10, 9)), "mask expected"),
        ("mask", np.ones((8, 10)), "mask expected"),
        ("film", np.ones((2, 8, 10, 9)), "film expected shape"),
        ("film_ages", np.zeros(0), "film_ages expected"),
        ("spacing", np.ones(3), "spacing expected shape"),
        ("comparator", np.ones((8, 10, 8)), "comparator expected shape"),
        ("mean_true", np.ones(3), "mean_true expected shape"),
    ],
)
def test_a_misshaped_array_is_named(arrays, name, value, words):
    with pytest.raises(UserError, match=words):
        edits_content(arrays | {name: value})


@pytest.mark.parametrize("name", ["mask", "spacing", "scan", "film", "film_ages", "span"])
def test_a_missing_array_is_named(arrays, name):
    del arrays[name]
    with pytest.raises(UserError, match=f"missing {name}"):
        edits_content(arrays)


def test_the_figures_are_written_as_files(arrays, tmp_path: Path):
    paths = write_edit_figures(arrays, tmp_path)
    assert [path.name for path in paths] == ["change.png", "film.png", "mean_change.png"]
    assert all(Image.open(path).width > 300 for path in paths)


def test_a_broken_file_gives_a_sentence(arrays, tmp_path: Path):
    np.savez(tmp_path / "edits.npz", **(arrays | {"film": np.zeros((3, 2))}))
    page = render_report(tmp_path).read_text(encoding="utf-8")
    assert "edits.npz could not be shown: edits.npz: film expected shape" in page


def test_the_first_lines_say_what_edits_show(arrays, tmp_path: Path):
    np.savez(tmp_path / "edits.npz", **arrays)
    score = EditScore(
        experiment="edits", cohort="c", edit="age+10", model="deformation", metric="correlation", value=0.8,
        baseline="mean_true_map", baseline_value=0.6,
    )  # fmt: skip
    (tmp_path / "cohort.json").write_text('{"name": "people", "n": 12}', encoding="utf-8")
    write_results([score], tmp_path / "results.csv")
    page = render_report(tmp_path).read_text(encoding="utf-8")
    assert "correlates 0.800 with its true change" in page
    assert "12 T1-weighted brain scans: what age, sex and head size change in them" in page
    assert "results.csv is empty" not in page
