"""The section on one scan that a shipped model edited."""

import json

import numpy as np
import pandas as pd
import pytest

from brainaging.pipeline.report import render_report
from brainaging.pipeline.report.inputs import read_run
from brainaging.pipeline.report.opening.edit_beside_truth import MOST, edit_content, edit_sentences
from brainaging.pipeline.runtime import UserError

TITLE = "One scan, edited by a model that ships"


@pytest.fixture
def edited(tmp_path):
    """A run's folder with what an edit of one scan leaves, invented."""
    rng = np.random.default_rng(0)
    scan = np.zeros((8, 10, 9), dtype=np.float32)
    scan[1:7, 1:9, 1:8] = rng.uniform(0.7, 1.0, (6, 8, 7))
    change = (0.05 * rng.normal(size=scan.shape) * (scan > 0)).astype(np.float32)
    film = {"film": np.stack([scan, scan + change]), "film_ages": np.array([40.0, 50.0]), "span": np.array(10.0)}
    pair = {"predicted": change, "true": change}
    np.savez(tmp_path / "one_edit.npz", mask=scan > 0, spacing=np.array(2.0), scan=scan, **film, **pair)
    names = [f"region_{number}" for number in range(20)]
    true = np.linspace(-4, 15, 20)
    columns = {"structure": names, "hemisphere": "left", "edit_percent": true + 1, "true_percent": true}
    pd.DataFrame(columns).to_csv(tmp_path / "one_edit.csv", index=False)
    facts = {"age": 41.2, "sex": "F", "years": 10.0, "learned_from": 600, "model_spacing_mm": 3.0}
    facts |= {"correlation": -0.123, "correlation_of_regions": 0.987}
    (tmp_path / "one_edit.json").write_text(json.dumps(facts))
    return tmp_path


def test_it_shows_change_regions_and_film(edited):
    content = edit_content(read_run(edited))
    assert content is not None
    change, regions, film = content.figures
    assert "r = 1.00" in change.panels[0].picture.alt
    assert f"for the {MOST} regions that truly change most, of 20" in regions.caption
    # the smallest changes are left out
    assert f"Changes of {MOST} regions" in regions.panels[0].picture.alt
    assert "grid of 2 mm, all" in film.caption
    assert dict(content.facts)["The model"].endswith("learned from 600 simulated people")


def test_it_is_one_sentence_whatever_the_figure(edited):
    (sentence,) = edit_sentences(read_run(edited))
    assert "10 years older: the change correlates −0.12 with the true one in voxels, and 0.99" in sentence.text
    assert sentence.verdict == ""


def test_the_page_has_the_section_only_where_the_files_are(edited, tmp_path_factory):
    assert TITLE in render_report(edited).read_text(encoding="utf-8")
    empty = tmp_path_factory.mktemp("empty")
    assert TITLE not in render_report(empty).read_text(encoding="utf-8")
    assert edit_content(read_run(empty)) is None and edit_sentences(read_run(empty)) == []


@pytest.mark.parametrize("name", ["one_edit.csv", "one_edit.json"])
def test_a_missing_file_is_named_and_costs_the_sentence(edited, name):
    (edited / name).unlink()
    with pytest.raises(UserError, match=r"one_edit\.json and one_edit\.csv"):
        edit_content(read_run(edited))
    assert edit_sentences(read_run(edited)) == []
