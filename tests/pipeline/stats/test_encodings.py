"""What comes into an analysis: subjects, encodings of folds, and that they fit together."""

import numpy as np
import pytest

from brainaging.pipeline.runtime import UserError
from brainaging.pipeline.stats.encodings import (
    FoldEncoding,
    Subjects,
    by_encoder,
    check_inputs,
    fold_numbers,
    latent_spaces,
)

FOLDS = [(np.array([0, 1, 2, 3]), np.array([4, 5])), (np.array([2, 3, 4, 5]), np.array([0, 1]))]


def subjects(n=6, **changes):
    facts = {
        "sex": np.array(["F", "M"] * (n // 2)),
        "age_bracket": np.array([""] * n),
        "groups": np.arange(n),
        "head_size": np.full(n, 1200.0),
        "age_years": np.array([22.0, 29.9, 30.0, np.nan, 41.0, 68.0][:n]),
    }
    return Subjects(**(facts | changes))


def encoding(fold, name="autoencoder-3", seed=0):
    rng = np.random.default_rng(seed)
    train, test = FOLDS[fold]
    return FoldEncoding(train, test, rng.normal(size=(4, 3)), rng.normal(size=(2, 3)), None, name, 3)


def test_bands_of_ten_years_are_made_of_public_ages_alone():
    assert subjects(ages_are_public=True).age_group.tolist() == ["20-29", "20-29", "30-39", "", "40-49", "60-69"]
    assert set(subjects().age_group) == {""}
    bracketed = subjects(age_bracket=np.array(["22-25"] * 5 + [""]))
    assert bracketed.has_brackets
    assert bracketed.age_group.tolist() == ["22-25"] * 5 + [""]
    assert np.isnan(subjects(age_years=None).years).all()


def test_encoders_keep_their_order_and_folds_are_known_by_their_rows():
    every = [encoding(0, "b"), encoding(0, "a"), encoding(1, "b")]
    assert [(name, len(fitted)) for name, fitted in by_encoder(every).items()] == [("b", 2), ("a", 1)]
    assert fold_numbers([encoding(1), encoding(0)], FOLDS) == [1, 0]
    with pytest.raises(UserError, match="fits none of the 1 folds"):
        fold_numbers([encoding(1)], FOLDS[:1])


def test_latents_are_numbered_as_the_folds_that_they_pair_with():
    spaces = latent_spaces([encoding(1), encoding(0)], FOLDS, first=5)
    assert [space.number for space in spaces] == [6, 5]
    for space, number in zip(spaces, (1, 0), strict=True):
        np.testing.assert_array_equal(space.train_idx, FOLDS[number][0])
        assert (space.train**2).sum(axis=1).mean() == pytest.approx(1)
    assert latent_spaces([], FOLDS) == []


def test_weights_are_fitted_on_those_that_did_not_choose_the_epoch():
    train, test = FOLDS[0]
    latents = np.zeros((4, 3)), np.zeros((2, 3))
    assert FoldEncoding(train, test, *latents, None, "a", 3).fitted is train
    assert FoldEncoding(train, test, *latents, None, "a", 3, train[:3]).fitted.tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sex": np.array(["F"] * 5)}, "sex: expected 6 values, one for every volume, found 5"),
        ({"age_years": np.zeros(7)}, "age_years: expected 6 values"),
    ],
)
def test_what_does_not_fit_is_named(changes, message):
    volumes, mask = np.zeros((6, 2, 2, 2)), np.ones((2, 2, 2), dtype=bool)
    check_inputs(volumes, subjects(), FOLDS, mask)
    with pytest.raises(UserError, match=message):
        check_inputs(volumes, subjects(**changes), FOLDS, mask)
