"""Who is learned from, who reads and who is edited are different families; the truth's cosine is signed."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch

from brainaging.pipeline.counterfactual.covariates import Covariates
from brainaging.pipeline.data import grouped_folds
from brainaging.pipeline.experiments.counterfactuals.edit_study import EditSettings, EditStudy, true_cosine

PEOPLE = 200


class Cohort:
    """People in families of two, one of unknown age."""

    name = "c"

    def __init__(self) -> None:
        random = np.random.default_rng(0)
        self.age = random.uniform(20, 80, PEOPLE)
        self.age[5] = np.nan
        self.table = pd.DataFrame(
            {
                "subject": [f"s{number}" for number in range(PEOPLE)],
                "sex": np.where(np.arange(PEOPLE) % 2, "M", "F"),
                "age_bracket": [""] * PEOPLE,
            }
        )

    def age_years(self) -> np.ndarray:
        return self.age

    def groups(self) -> np.ndarray:
        return np.arange(PEOPLE) // 2

    def strata(self) -> np.ndarray:
        return self.table["sex"].to_numpy(dtype=str)


@pytest.mark.parametrize("learned_from", [None, 40])
def test_edit_reader_and_edited_people_are_of_different_families(tmp_path, learned_from):
    cohort = Cohort()
    fold = grouped_folds(cohort.groups(), cohort.strata(), 4, 0)[0]
    prepared = SimpleNamespace(cohort=cohort, head_size=np.full(PEOPLE, 1400.0))
    settings = EditSettings(learned_from=learned_from)
    parts = EditStudy(prepared, fold, tmp_path, tmp_path, settings=settings).parts()
    families = [set(cohort.groups()[rows]) for rows in (parts.edit, parts.reader, parts.test)]
    for number, one in enumerate(families):
        assert one
        assert not one & set().union(*families[:number])
    assert 5 not in np.concatenate([parts.edit, parts.reader, parts.test])
    assert len(parts.edit) == (learned_from or len(parts.edit))
    np.testing.assert_array_equal(parts.people(parts.reader).age, cohort.age[parts.reader])


class Flat:
    """A coder whose latents are the voxels."""

    def encode(self, x: torch.Tensor) -> torch.Tensor:
        return x.flatten(1)


def test_the_truths_cosine_takes_womens_and_mens_changes_in_one_direction():
    by_age, by_sex = np.zeros((2, 2, 2)), np.zeros((2, 2, 2))
    by_age[0, 0, 0], by_sex[0, 0] = 1.0, 1.0
    male = np.array([0.0, 1.0, 1.0, 0.0])
    signs = np.where(male > 0.5, -1.0, 1.0)[:, None, None, None]
    examples = {("age+10", "true"): np.repeat(by_age[None], 4, 0), ("sex", "true"): signs * by_sex}
    held_out = SimpleNamespace(scans=np.zeros((4, 2, 2, 2)), people=Covariates(male, male, male))
    scorer = SimpleNamespace(held_out=held_out, examples=examples)
    assert true_cosine(Flat(), scorer) == pytest.approx(1 / np.sqrt(2), abs=1e-6)
