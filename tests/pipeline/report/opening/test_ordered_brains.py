"""The section on brains that a shipped generator made for people."""

import json

import numpy as np
import pandas as pd
import pytest

from brainaging.pipeline.report import render_report
from brainaging.pipeline.report.inputs import read_run
from brainaging.pipeline.report.opening.ordered_brains import order_content, order_sentences
from brainaging.pipeline.runtime import UserError

TITLE = "Brains made to order by a model that ships"


@pytest.fixture
def ordered(tmp_path):
    """A run's folder with what brains to order leave, invented."""
    rng = np.random.default_rng(0)
    people = np.zeros((4, 8, 10, 9), dtype=np.float32)
    people[:, 1:7, 1:9, 1:8] = rng.uniform(0.7, 1.0, (4, 6, 8, 7))
    ages, male = np.array([24.6, 70.2, 25.0, 71.0]), np.array([0.0, 0.0, 1.0, 1.0])
    arrays = {"made": people[::-1], "people": people, "ages": ages, "male": male}
    np.savez(tmp_path / "ordered.npz", spacing=np.array(6.0), **arrays)
    table = pd.DataFrame({"age": np.linspace(20, 80, 12), "sex": "F", "ventricles_ml": np.linspace(1, 4, 12)})
    table["head_ml"] = 1300 + 10 * np.arange(12)
    pd.concat([table.assign(kind=kind) for kind in ("people", "made")]).to_csv(
        tmp_path / "ordered.csv", index=False
    )
    facts = {"people": 12, "grid": "t1w_32"}
    facts |= {"ventricles_ml_per_decade_people": 0.5, "ventricles_ml_per_decade_made": -0.2}
    facts |= {f"ventricles_ml_per_decade_{kind}_interval": [-0.3, 0.7] for kind in ("people", "made")}
    (tmp_path / "ordered.json").write_text(json.dumps(facts))
    return tmp_path


def test_it_shows_pairs_and_ventricles(ordered):
    content = order_content(read_run(ordered))
    assert content is not None
    brains, ventricles = content.figures
    assert "men of 25 to 71 years" in brains.caption and "a grid of 6 mm, drawn finer" in brains.caption
    assert "woman, 25 y; woman, 70 y; man, 25 y; man, 71 y" in brains.panels[0].picture.alt
    assert (
        "by 0.50 (−0.30 to 0.70) mL a decade in these people and by −0.20 (−0.30 to 0.70) mL" in ventricles.caption
    )
    assert dict(content.facts)["Head size, asked for and made"] == "correlation 1.000"


def test_it_is_one_sentence_whatever_the_figure(ordered):
    (sentence,) = order_sentences(read_run(ordered))
    assert (
        "widen by −0.20 (−0.30 to 0.70) mL a decade in the brains and by 0.50 (−0.30 to 0.70) mL" in sentence.text
    )
    assert sentence.verdict == ""


def test_the_page_has_the_section_only_where_the_files_are(ordered, tmp_path_factory):
    assert TITLE in render_report(ordered).read_text(encoding="utf-8")
    empty = tmp_path_factory.mktemp("empty")
    assert TITLE not in render_report(empty).read_text(encoding="utf-8")
    assert order_content(read_run(empty)) is None and order_sentences(read_run(empty)) == []


@pytest.mark.parametrize("name", ["ordered.csv", "ordered.json"])
def test_a_missing_file_is_named_and_costs_the_sentence(ordered, name):
    (ordered / name).unlink()
    with pytest.raises(UserError, match=r"ordered\.json and ordered\.csv"):
        order_content(read_run(ordered))
    assert order_sentences(read_run(ordered)) == []


def test_arrays_that_do_not_pair_are_named(ordered):
    with np.load(ordered / "ordered.npz") as archive:
        arrays = dict(archive)
    np.savez(ordered / "ordered.npz", **arrays | {"made": arrays["made"][:2]})
    with pytest.raises(UserError, match=r"ordered\.npz: expected arrays made"):
        order_content(read_run(ordered))
