"""The gate opens for brains like the scans and stays shut, by name, for every planted failure."""

import numpy as np
import pytest

from brainaging.pipeline.measures.tissue import head_sizes
from brainaging.pipeline.stats import (
    GateError,
    agreement_check,
    calibration_check,
    degeneracy_check,
    fingerprint_check,
    intensity_check,
    require,
    size_check,
    skill_check,
)
from brainaging.pipeline.stats.predictions import Predictions
from brainaging.transforms import get_grid, scale_head, template_mask, template_volume

GRID = get_grid("t1w_32")
MASK = template_mask("t1w_32")


def _brains(n: int, seed: int) -> np.ndarray:
    """Return n templates of different size and brightness."""
    random = np.random.default_rng(seed)
    template = template_volume("t1w_32")
    made = [scale_head(template, float(np.exp(random.normal(0, 0.02)))) for _ in range(n)]
    return (np.stack(made) * random.normal(1, 0.02, (n, 1, 1, 1))).astype(np.float32)


def _said(n: int, seed: int, sharpness: float = 1.0) -> Predictions:
    """Return calibrated predictions of two classes; ``sharpness`` over 1 makes them too sure."""
    random = np.random.default_rng(seed)
    odds = random.normal(0, 3, n)
    truth = (random.random(n) < 1 / (1 + np.exp(-odds))).astype(int)
    male = 1 / (1 + np.exp(-sharpness * odds))
    score = np.column_stack([1 - male, male])
    return Predictions(np.arange(n), np.zeros(n, int), truth, score.argmax(1), score, ("F", "M"), 0)


def test_brains_like_the_scans_pass() -> None:
    real, fake = _brains(60, 0), _brains(60, 1)
    labels = np.arange(60) % 2
    checks = [
        fingerprint_check(scans=GRID.fingerprint, generator=GRID.fingerprint, classifier=GRID.fingerprint),
        intensity_check(real, fake, MASK),
        size_check(head_sizes(real, GRID.spacing), head_sizes(fake, GRID.spacing)),
        skill_check("first", _said(200, 2)),
        calibration_check(_said(200, 2), _said(200, 3)),
        degeneracy_check(labels, 0.5),
        agreement_check((labels, labels), (labels, labels)),
    ]
    require(checks)
    assert all(check.passed for check in checks)


def test_a_generator_that_is_nine_per_cent_too_small_is_stopped() -> None:
    real = _brains(40, 0)
    small = np.stack([scale_head(volume, 0.91) for volume in _brains(40, 1)])
    check = size_check(*(head_sizes(v, GRID.spacing) for v in (real, small)))
    with pytest.raises(GateError, match=r"head_size: made heads have 0\.7\d+ of the scans' volume"):
        require([check])


def test_shifted_intensities_are_stopped() -> None:
    real = _brains(20, 0)
    with pytest.raises(GateError, match=r"intensity: mean intensity of made brains is 1\.1"):
        require([intensity_check(real, _brains(20, 1) + 0.1 * MASK, MASK)])


def test_a_generator_that_repeats_one_brain_is_stopped() -> None:
    with pytest.raises(GateError, match=r"labels: 100\.0% of made brains are labelled male"):
        require([degeneracy_check(np.ones(300, int), 0.45)])


def test_permuted_labels_are_stopped() -> None:
    honest = _said(300, 0)
    random = np.random.default_rng(1)
    permuted = Predictions(
        honest.index, honest.fold, random.permutation(honest.truth), honest.predicted, honest.score, ("F", "M"), 0
    )
    with pytest.raises(GateError, match="skill of first: first is right on"):
        require([skill_check("first", permuted)])


def test_a_classifier_that_is_too_sure_of_reconstructions_is_stopped() -> None:
    with pytest.raises(GateError, match="calibration: calibration error"):
        require([calibration_check(_said(2000, 0), _said(2000, 1, sharpness=6.0))])


def test_judges_that_part_over_made_brains_are_stopped() -> None:
    same = np.arange(400) % 2
    other = np.random.default_rng(0).integers(0, 2, 1000)
    with pytest.raises(GateError, match=r"agreement: two judges agree on .* of made brains and 100\.0% of scans"):
        require([agreement_check((same, same), (np.arange(1000) % 2, other))])


def test_another_grid_is_stopped_with_every_fingerprint() -> None:
    other = get_grid("t1w_64").fingerprint
    with pytest.raises(GateError, match=rf"scans {GRID.fingerprint}, classifier {other}"):
        require([fingerprint_check(scans=GRID.fingerprint, classifier=other)])
    assert not fingerprint_check(scans="", classifier="").passed


def test_every_failed_check_is_named() -> None:
    failed = [degeneracy_check(np.ones(300, int), 0.5), fingerprint_check(scans="a", classifier="b")]
    passed = degeneracy_check(np.arange(300) % 2, 0.5)
    with pytest.raises(GateError, match=r"2 of 3 checks failed: labels: .*; grid: "):
        require([*failed, passed])
