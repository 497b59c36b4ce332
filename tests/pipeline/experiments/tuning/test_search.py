"""The search goes on where it was, draws the same again, and refuses to go on with another search."""

import json

import pandas as pd
import pytest

from brainaging.pipeline.experiments.tuning import search as module
from brainaging.pipeline.experiments.tuning.search import Search, tune
from brainaging.pipeline.experiments.tuning.varied import Varied
from brainaging.pipeline.runtime import UserError

FIXED = {"epochs": 1, "hidden": 8}


class Sheet:
    """Stands in for a bundle: its score is known, so that a search costs nothing."""

    larger_is_better = False
    metric = "val_mse"
    seed = 3

    def __init__(self, tuned, fails_at=None):
        self.folder, self.items, self.folds = tuned.folder, tuned.items, tuned.folds
        self.tried, self.fails_at, self.defaults = [], fails_at, tuned.defaults

    def score(self, out, settings):
        if len(self.tried) == self.fails_at:
            raise KeyboardInterrupt
        self.tried.append(settings)
        return [abs(settings["latent_size"] - 20) + 0.1, abs(settings["latent_size"] - 20) + 0.3]


def searched(trials, low=2, high=90):
    return Search([Varied("latent_size", low, high)], trials, FIXED)


def test_the_config_s_own_value_is_tried_first_and_the_best_is_written(tuned, tmp_path):
    sheet = Sheet(tuned)
    table = tune(sheet, searched(8), tmp_path)
    assert sheet.tried[0]["latent_size"] == tuned.defaults(["latent_size"])["latent_size"]
    assert table["val_mse"].is_monotonic_increasing and len(table) == 8
    assert table["sd_over_folds"].iloc[0] == pytest.approx(0.1 * 2**0.5)
    best = json.loads((tmp_path / "best.json").read_text())
    assert best["settings"]["latent_size"] == table["latent_size"].iloc[0]
    assert pd.read_csv(tmp_path / "trials.csv")["trial"].tolist() == table["trial"].tolist()


def test_a_search_that_was_stopped_goes_on_and_draws_what_it_would_have(tuned, tmp_path):
    whole, halves = Sheet(tuned), Sheet(tuned, fails_at=3)
    tune(whole, searched(6), tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        tune(halves, searched(6), tmp_path / "halves")
    halves.fails_at = None
    tune(halves, searched(6), tmp_path / "halves")
    assert halves.tried == whole.tried
    assert (tmp_path / "halves/trials.csv").read_bytes() == (tmp_path / "whole/trials.csv").read_bytes()
    # and more of them go on
    assert len(tune(halves, searched(7), tmp_path / "halves")) == 7
    assert len(halves.tried) == 7


def test_another_search_in_the_same_folder_is_refused(tuned, tmp_path):
    tune(Sheet(tuned), searched(1), tmp_path)
    with pytest.raises(UserError, match=r"holds another search \(varied differ\)"):
        tune(Sheet(tuned), searched(1, high=80), tmp_path)


def test_an_unknown_id_is_refused_before_anything_is_written(tuned, tmp_path):
    with pytest.raises(UserError, match="no value is called 'size'"):
        tune(Sheet(tuned), Search([Varied("size", 1, 2)], 1, FIXED), tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert module.STUDY == "study.db"
