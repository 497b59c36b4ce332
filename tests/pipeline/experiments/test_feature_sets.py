"""Features of folds: latents of every size, keyed apart, paired with the folds of other features."""

from dataclasses import replace

import numpy as np
import pytest

from brainaging.pipeline.experiments.feature_sets import FoldedData, latent_sets
from brainaging.pipeline.runtime import UserError
from brainaging.pipeline.stats import FoldEncoding, Subjects

ROWS = np.arange(8)
FOLDS = [(ROWS[:4], ROWS[4:]), (ROWS[4:], ROWS[:4])]
LOOSE = [(ROWS[::2], ROWS[1::2]), (ROWS[1::2], ROWS[::2])]
NOBODY = Subjects(np.array(["F"] * 8), np.array([""] * 8), ROWS, np.full(8, np.nan))


def encoded(fold, size=2):
    rng = np.random.default_rng(size)
    latents = rng.normal(size=(4, size)), rng.normal(size=(4, size))
    return FoldEncoding(*fold, *latents, None, f"autoencoder-{size}", size)


def test_one_size_is_called_latents_and_several_by_their_names():
    one = FoldedData(np.zeros((8, 3)), NOBODY, FOLDS, LOOSE, [encoded(fold) for fold in FOLDS])
    (latents,) = latent_sets(one, "autoencoder")
    assert (latents.key, latents.features) == ("latents", "latents")
    assert (latents.encoder, latents.codes) == ("autoencoder", 2)
    assert list(latents.random) == []
    two = replace(one, encodings=[encoded(FOLDS[0], size) for size in (3, 2)])
    assert [each.key for each in latent_sets(two, "autoencoder")] == [
        "latents_autoencoder-3",
        "latents_autoencoder-2",
    ]
    assert latent_sets(replace(one, encodings=()), "autoencoder") == []


def test_random_folds_are_numbered_after_the_grouped_ones():
    data = FoldedData(np.zeros((8, 3)), NOBODY, FOLDS, LOOSE, [encoded(FOLDS[1])], [encoded(LOOSE[1])])
    (latents,) = latent_sets(data, "autoencoder")
    assert [space.number for space in latents.grouped] == [1]
    assert [space.number for space in latents.random] == [3]
    unknown = replace(data, random_encodings=[encoded(LOOSE[0], 5)])
    with pytest.raises(UserError, match="autoencoder-5: encodings of random folds, but none of grouped folds"):
        latent_sets(unknown, "autoencoder")


def test_a_probe_says_what_is_read():
    data = FoldedData(np.zeros((8, 3)), NOBODY, FOLDS, (), [encoded(fold) for fold in FOLDS])
    probe = latent_sets(data, "morphometry_autoencoder")[0].probe("sex", "ridge", "pca2", "random")
    assert (probe.target, probe.features, probe.model) == ("sex", "latents", "ridge")
    assert (probe.encoder, probe.codes) == ("morphometry_autoencoder", 2)
    assert (probe.adjustment, probe.split) == ("pca2", "random")
