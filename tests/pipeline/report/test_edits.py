"""The section on edits: its pictures, its tables, what it says of people, and files that do not fit."""

import base64
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from brainaging.pipeline.report import render_report
from brainaging.pipeline.report.chapters.edit_tables import edit_facts, edit_tables
from brainaging.pipeline.report.chapters.edits import FILM, OPTIONAL, edits_content
from brainaging.pipeline.report.drawing.age_row import age_row
from brainaging.pipeline.report.drawing.change_maps import in_greys, painted, shared_limit
from brainaging.pipeline.report.inputs import read_run
from brainaging.pipeline.results.legacy import COLUMNS
from brainaging.pipeline.runtime import UserError

EVIL = "<script>alert(1)</script>"


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
        "rival": -change,
        "template": scan,
        "mean_true": change,
        "mean_predicted": change,
    }


def rows(*lines):
    """Return rows of results.csv, as read from it: every value is text."""
    table = pd.DataFrame([dict.fromkeys(COLUMNS, "") | line for line in lines])
    return table.astype(str)


def measured(model, metric, value, features="age+10", **more):
    ends = {"ci_low": value - 0.1, "ci_high": value + 0.1, "n_train": 400, "n_test": 100}
    line = {"experiment": "edits", "features": features, "model": model, "metric": metric, "value": value}
    return line | ends | more


def test_a_simulated_run_shows_predicted_beside_true(arrays):
    figures = edits_content(arrays, None).figures
    assert [figure.title for figure in figures] == [
        "One brain along the years",
        "What the edit changes",
        "What edits change on average",
    ]
    film, changes, means = (figure.panels[0].picture for figure in figures)
    assert film.alt.endswith("as scanned, and at 25 y, 30 y, 35 y")
    assert "predicted r = 1.00, true (by the simulation), voxelwise regression r = −1.00" in changes.alt
    assert "Mean change over 10 years: predicted, mean r = 1.00" in means.alt
    assert "The simulation knows" in figures[1].caption
    assert "drawn over the MNI152 template" in figures[2].caption
    for picture in (film, changes, means):
        image = Image.open(BytesIO(base64.b64decode(picture.src.split(",")[1])))
        assert image.width > 300 and len(image.convert("L").getcolors(256)) > 20


def test_real_people_have_no_truth_beside_them(arrays):
    for name in OPTIONAL:
        del arrays[name]
    figures = edits_content(arrays, None).figures
    assert len(figures) == 2
    assert "predicted, 25 to 35 y" in figures[1].panels[0].picture.alt
    assert "simulation" not in figures[1].caption


def test_people_are_told_apart_from_a_future():
    results = rows(measured("deformation", "correlation", 0.5))
    said = [dict(edit_facts(results))["What an edit shows"], FILM, edit_tables(results)[0].caption]
    assert all("not a person's future" in words for words in said)


def test_every_edit_has_a_table_with_a_method_a_row():
    results = rows(
        measured("deformation", "correlation", 0.8, baseline="nothing", baseline_value=0.0),
        measured("deformation", "norm_ratio", 0.9),
        measured("voxel_regression", "correlation", 0.6),
        measured("scenario_oracle", "correlation", 1.0),
        measured("deformation", "correlation", 0.4, features="sex_and_head_size", ci_low="", ci_high=""),
        measured("linear judge", "accuracy", 0.9, experiment="edit_judge", target="sex", ci_low="", ci_high=""),
        measured("not computed: no memory", "correlation", float("nan")),
    )
    age, sex = edit_tables(results)
    assert age.caption.startswith("Age, 10 years on:") and "“The simulation's own rule”" in age.caption
    assert age.head == [
        "method",
        "correlation with the true change (1 is best)",
        "size of the change by the true one's (1 is best)",
    ]
    assert age.rows == [
        ["Deformation", "0.800 (0.700 to 0.900)", "0.900 (0.800 to 1.000)"],
        ["Voxelwise regression", "0.600 (0.500 to 0.700)", "–"],
        ["The simulation's own rule", "1.000 (0.900 to 1.100)", "–"],
        ["Baseline", "0.000 (no change at all)", "–"],
    ]
    assert sex.caption.startswith("Sex, with head size:") and sex.rows == [["Deformation", "0.400"]]
    facts = dict(edit_facts(results))
    assert facts["Closest to the true change (age, 10 years on)"].startswith("deformation: correlation 0.800")
    assert facts["The independent judge, on held-out scans"] == "sex: accuracy 0.900"
    assert facts["Measured on"] == "100 held-out scans, learned from 400 others"


def test_laws_and_for_whom_it_holds_stand_in_tables_of_their_own():
    results = rows(
        measured("deformation", "correlation", 0.8),
        measured("deformation", "correlation_f", 0.7),
        measured("deformation", "correlation_from_60", 0.6),
        measured("deformation", "composition_error", 0.0, baseline="no error", baseline_value=0.0),
    )
    first, whom, laws = edit_tables(results)
    assert [len(table.head) for table in (first, whom, laws)] == [2, 3, 2]
    assert whom.caption.startswith("Age, 10 years on: the same correlation")
    assert whom.head[1:] == [
        "correlation with the true change, women",
        "correlation with the true change, 60 and older",
    ]
    assert laws.caption.startswith("Age, 10 years on, the laws")
    assert [row[0] for row in laws.rows] == ["Deformation", "Baseline"]


def test_the_angle_of_directions_has_a_table():
    line = {"experiment": "directions", "target": "age", "metric": "cosine_age_sex"}
    results = rows(
        line | {"model": "with covariates", "value": 0.02}, line | {"model": "without covariates", "value": -0.3}
    )
    (table,) = edit_tables(results)
    assert table.head == ["measure", "With covariates", "Without covariates"]
    assert table.rows == [["age, cosine of the directions of age and sex", "0.020", "−0.300"]]


@pytest.mark.parametrize("name", ["mask", "spacing", "scan", "film", "film_ages", "span"])
def test_a_missing_array_is_named(arrays, name):
    del arrays[name]
    with pytest.raises(UserError, match=f"missing {name}"):
        edits_content(arrays, None)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("mask", np.zeros((8, 10, 9)), "mask expected"),
        ("mask", np.ones((8, 10)), "mask expected"),
        ("film", np.ones((2, 8, 10, 9)), "film expected shape"),
        ("film_ages", np.zeros(0), "film_ages expected"),
        ("spacing", np.ones(3), "spacing expected shape"),
        ("rival", np.ones((8, 10, 8)), "rival expected shape"),
        ("mean_true", np.ones(3), "mean_true expected shape"),
    ],
)
def test_a_misshaped_array_is_named(arrays, name, value, words):
    with pytest.raises(UserError, match=words):
        edits_content(arrays | {name: value}, None)


def test_zero_leaves_the_scan_and_signs_have_their_colours():
    grey = np.full((1, 3), 0.5)
    none, loss, gain = painted(grey, np.array([[0.0, -1.0, 1.0]]), limit=1.0)[0]
    assert none == pytest.approx([0.5] * 3)
    assert loss[0] > loss[2] and gain[2] > gain[0] and gain[2] > gain[1]
    assert painted(grey, np.array([[np.nan, 0.0, np.inf]]), 1.0) == pytest.approx(np.full((1, 3, 3), 0.5))


def test_a_scale_is_symmetric_round_and_never_empty():
    mask = np.ones((2, 2, 2), dtype=bool)
    assert shared_limit([np.full(mask.shape, -0.043), np.full(mask.shape, 0.01)], mask) == pytest.approx(0.05)
    assert shared_limit([np.zeros(mask.shape)], mask) == 0.1
    assert in_greys(np.array([-1.0, 0.5, 9.0]), (0.0, 1.0)).tolist() == [0.0, 0.5, 1.0]


def test_a_long_film_shows_ages_at_equal_steps(arrays):
    arrays["film"], arrays["film_ages"] = np.stack([arrays["scan"]] * 9), np.arange(25.0, 66.0, 5.0)
    assert age_row(arrays, arrays["mask"]).alt.endswith("at 25 y, 35 y, 45 y, 55 y, 65 y")


def test_words_from_the_file_stay_text_and_stand_in_no_other_section(arrays, tmp_path: Path):
    np.savez(tmp_path / "edits.npz", **arrays)
    lines = [
        measured(EVIL, EVIL, 0.5, features=EVIL, baseline=EVIL, baseline_value=0.1),
        measured("ridge", "mae", 2.0, experiment="age"),
    ]
    rows(*lines).to_csv(tmp_path / "results.csv", index=False)
    run = read_run(tmp_path)
    assert list(run.results["experiment"]) == ["age"] and list(run.edit_results["model"]) == [EVIL]
    page = render_report(tmp_path).read_text(encoding="utf-8")
    assert EVIL not in page and "&lt;script&gt;alert(1)" in page


def test_a_broken_file_gives_a_sentence(arrays, tmp_path: Path):
    np.savez(tmp_path / "edits.npz", **(arrays | {"film": np.zeros((3, 2))}))
    page = render_report(tmp_path).read_text(encoding="utf-8")
    assert "edits.npz could not be shown: edits.npz: film expected shape" in page


def test_the_first_lines_say_what_edits_show_and_a_broken_row_costs_the_other_findings_nothing(arrays, tmp_path):
    np.savez(tmp_path / "edits.npz", **arrays)
    near = measured("deformation", "correlation", 0.8, baseline="mean_true_map", baseline_value=0.6)
    probe = measured("logistic_regression", "accuracy", 0.9, features="voxels", experiment="sex", target="sex")
    probe |= {"split": "grouped", "modality": "T1w"}
    (tmp_path / "cohort.json").write_text('{"name": "people", "n": 12}', encoding="utf-8")
    rows(near).to_csv(tmp_path / "results.csv", index=False)
    page = render_report(tmp_path).read_text(encoding="utf-8")
    assert "correlates 0.800 with its true change" in page
    assert "12 T1-weighted brain scans: what age, sex and head size change in them" in page
    assert "results.csv is empty" not in page
    rows(near | {"value": "much"}, probe).to_csv(tmp_path / "results.csv", index=False)
    page = render_report(tmp_path).read_text(encoding="utf-8")
    assert "with its true change (95" not in page
    assert "Sex from voxels: accuracy 0.900" in page
