"""A trial trains on grouped folds and is scored on people whom no training saw."""

import json

import numpy as np
import pytest

from brainaging.bundles import bundle_path
from brainaging.pipeline.experiments.tuning.fold_scores import SCORE, TunedBundle
from brainaging.pipeline.runtime import UserError

SMALL = {"epochs": 2, "latent_size": 3, "hidden": 8}


def test_kin_share_a_fold_and_the_test_split_takes_no_part(tuned, table):
    subjects = np.array([item["subject"] for item in tuned.items])
    assert len(set(subjects)) == len(subjects)
    asked = set(table.cohort.table["subject"].to_numpy()[table.split("test")])
    assert asked and not asked & set(subjects)
    for train, test in tuned.folds:
        assert not set(tuned.groups[train]) & set(tuned.groups[test])
    assert sorted(np.concatenate([test for _, test in tuned.folds])) == list(range(len(subjects)))


def test_more_codes_reconstruct_people_who_are_held_out_better_and_finished_folds_are_kept(tuned, tmp_path):
    few = tuned.score(tmp_path / "few", SMALL | {"latent_size": 1})
    enough = tuned.score(tmp_path / "enough", SMALL)
    assert len(enough) == 2 and max(enough) < min(few)
    kept = tmp_path / "enough" / "fold-1" / SCORE
    kept.write_text(json.dumps({"val_mse": 7.0}))
    assert tuned.score(tmp_path / "enough", SMALL) == [enough[0], 7.0]


def test_an_unknown_id_is_one_line_that_lists_those_that_there_are(tuned):
    with pytest.raises(UserError, match=r"no value is called 'latent_sise'; there are .*latent_size"):
        tuned.defaults(["latent_sise"])


def test_too_few_groups_are_refused(table):
    with pytest.raises(UserError, match="folds need as many groups"):
        TunedBundle.of(bundle_path("morphometry_autoencoder"), table.folder, table.cohort, 40, 0)
