"""Who cannot be learned from is said before anything is aligned; edit and reader learn from different people."""

import numpy as np
import pytest

from brainaging.pipeline.counterfactual import learn as learn_module
from brainaging.pipeline.counterfactual.learn import LearningScans, learn, measured_covariates, rounded_span
from brainaging.pipeline.counterfactual.readers import SexAgeReader
from brainaging.pipeline.runtime import UserError
from brainaging.transforms import get_grid


@pytest.mark.parametrize(
    ("count", "families", "words"), [(30, np.zeros(30), "two families"), (12, np.arange(12), "at least 20 scans")]
)
def test_one_family_and_too_few_people_are_refused(count, families, words):
    grid = get_grid("t1w_32")
    volumes = np.zeros((count, *grid.shape), dtype=np.float32)
    with pytest.raises(UserError, match=words):
        learn(
            LearningScans(
                volumes, grid, np.linspace(20, 80, count), np.arange(count) % 2.0, families, np.ones(count)
            )
        )


def test_the_reader_sees_other_people_than_the_edit_and_heads_measured_alike(learned, monkeypatch):
    assert learned.count == learned.reader_count == 24
    seen = []
    monkeypatch.setattr(
        SexAgeReader, "fit", lambda volumes, grid, people, families, seed: seen.append((volumes, people))
    )
    monkeypatch.setattr(
        learn_module, "measured_covariates", lambda edit, scans: seen.append((edit, scans)) or "people"
    )
    others = LearningScans(np.ones((3, 2, 2, 2)), learned.edit.grid, *np.ones((3, 3)), np.ones(3))
    learn_module._reader(learned.edit, others, "", 0)
    (edit, scans), (volumes, people) = seen
    assert edit is learned.edit
    assert scans is others
    assert volumes is others.volumes
    assert people == "people"


def test_where_there_is_no_reader_its_reason_is_kept(learned):
    assert learn_module._reader(learned.edit, None, "too few", 0) == (None, "too few")
    one_sex = LearningScans(
        np.repeat(learned.edit.alignment.template.numpy()[None], 4, axis=0),
        learned.edit.grid,
        np.arange(40.0, 44.0),
        np.zeros(4),
        np.arange(4),
        np.ones(4),
    )
    reader, reason = learn_module._reader(learned.edit, one_sex, "", 0)
    assert reader is None
    assert "sex" in reason


def test_heads_that_registration_scaled_are_measured_in_their_own_size(learned):
    template = learned.edit.alignment.template.numpy()[None]
    one, many = np.ones(1), np.full(1, 50.0)
    plain, scaled = (
        measured_covariates(learned.edit, LearningScans(template, learned.edit.grid, many, one, one, one * scale))
        for scale in (1.0, 1.2)
    )
    assert scaled.head_size / plain.head_size == pytest.approx(1.2)


@pytest.mark.parametrize(("ages", "span"), [([22.4, 36.1], (20.0, 40.0)), ([25.0, 30.0], (25.0, 30.0))])
def test_the_ages_learned_from_are_rounded_outwards(ages, span):
    assert rounded_span(np.array(ages)) == span
