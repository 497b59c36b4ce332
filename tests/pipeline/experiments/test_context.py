"""What experiments work with: folds that keep groups whole, what is missing is named, volumes are read once."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brainaging.pipeline.data import Cohort
from brainaging.pipeline.data.cohorts.validate import PUBLIC_COLUMNS
from brainaging.pipeline.data.splits import split_names
from brainaging.pipeline.experiments.budget import get_budget
from brainaging.pipeline.experiments.context import Context
from brainaging.pipeline.experiments.counterfactuals.edit_study import held_out_fold
from brainaging.pipeline.experiments.synthetic.cohort_parts import parted
from brainaging.pipeline.runtime import UserError
from brainaging.transforms import get_grid

PAIRS = 15


@pytest.fixture(scope="module")
def twice_scanned() -> Cohort:
    """Return people who have two scans each, a row a scan."""
    subjects = [f"s{row // 2}" for row in range(2 * PAIRS)]
    columns = {
        "subject": subjects,
        "session": [str(row % 2) for row in range(2 * PAIRS)],
        "image": [f"/scans/{row}.nii.gz" for row in range(2 * PAIRS)],
        "space": "native",
        "sex": ["FM"[row // 2 % 2] for row in range(2 * PAIRS)],
        "age_bracket": "",
        "age_years": 30.0,
        "site": "",
    }
    return Cohort(pd.DataFrame(columns)[list(PUBLIC_COLUMNS)], name="twice")


@pytest.fixture
def context(tmp_path) -> Context:
    return Context(tmp_path, {}, get_budget("short"), seed=1)


def _tested(folds):
    return np.sort(np.concatenate([test for _, test in folds]))


def _same(one, other):
    return all(
        np.array_equal(a, b)
        for left, right in zip(one, other, strict=True)
        for a, b in zip(left, right, strict=True)
    )


def test_folds_test_every_scan_once_and_keep_a_persons_scans_together(context, twice_scanned):
    people = twice_scanned.table["subject"].to_numpy()
    folds = context.folds(twice_scanned)
    assert len(folds) == context.budget.folds
    np.testing.assert_array_equal(_tested(folds), np.arange(2 * PAIRS))
    assert not any(set(people[train]) & set(people[test]) for train, test in folds)


@settings(max_examples=25, deadline=None)
@given(
    spellings=st.lists(
        st.sampled_from(["{}", "{}.0", "sub-{}", "{}-v2", "{}_T2"]), min_size=2 * PAIRS, max_size=2 * PAIRS
    ),
    seed=st.integers(0, 3),
)
def test_no_person_stands_on_two_sides_of_any_split_however_the_scans_are_named(
    twice_scanned, tmp_path_factory, spellings, seed
):
    people = np.array([101 + row // 2 for row in range(2 * PAIRS)])
    names = [form.format(person) for form, person in zip(spellings, people, strict=True)]
    cohort = replace(twice_scanned, table=twice_scanned.table.assign(subject=names))
    context = Context(tmp_path_factory.mktemp("out"), {}, get_budget("short"), split_seed=seed)
    folds = context.folds(cohort)
    splits = [*folds, held_out_fold(cohort, 6, seed)]
    parts = parted(cohort, folds[0], seed)
    splits += [(parts.generator, parts.readers), (parts.generator, parts.held_out)]
    names_of_parts = split_names(cohort.groups(), cohort.strata(), seed)
    splits += [
        (names_of_parts == "train", names_of_parts != "train"),
        (names_of_parts == "val", names_of_parts == "test"),
    ]
    assert not any(set(people[one]) & set(people[other]) for one, other in splits)


def test_random_folds_leak_people_and_test_every_scan_once_too(context, twice_scanned):
    people = twice_scanned.table["subject"].to_numpy()
    folds = context.random_folds(twice_scanned)
    np.testing.assert_array_equal(_tested(folds), np.arange(2 * PAIRS))
    assert all(set(people[train]) & set(people[test]) for train, test in folds)


def test_a_runs_seed_leaves_the_grouped_folds_alone_and_draws_random_ones_anew(context, twice_scanned):
    other = replace(context, seed=2)
    assert _same(context.folds(twice_scanned), other.folds(twice_scanned))
    assert not _same(context.random_folds(twice_scanned), other.random_folds(twice_scanned))
    parted = replace(context, split_seed=1)
    assert not _same(context.folds(twice_scanned), parted.folds(twice_scanned))


def test_scoring_is_of_this_cohort_its_groups_and_the_runs_seed(context, twice_scanned):
    scoring = context.scoring(twice_scanned, "T1w")
    assert (scoring.cohort, scoring.modality, scoring.seed) == ("twice", "T1w", 1)
    assert scoring.replicates == context.budget.replicates
    assert len(np.unique(scoring.groups)) == PAIRS


def test_what_a_cohort_lacks_is_named(context, tmp_path):
    with pytest.raises(UserError, match="a cohort with scans"):
        _ = context.prepared_scans
    with pytest.raises(UserError, match="a cohort with scans"):
        _ = context.volumes
    with pytest.raises(UserError, match="FreeSurfer measures"):
        _ = context.prepared_table
    assert context.models == tmp_path / "models"


def test_volumes_are_read_once(context):
    class Scans:
        reads = 0
        grid = get_grid("t1w_32")

        def __len__(self):
            return 2

        def volumes(self):
            self.reads += 1
            return np.zeros((2, 3, 3, 3))

    scans = Scans()
    with_scans = replace(context, scans=scans)
    assert with_scans.volumes is with_scans.volumes
    assert scans.reads == 1
