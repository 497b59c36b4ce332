"""Families are told apart by their differences: less error than least squares, and the right one."""

import numpy as np

from brainaging.pipeline.counterfactual.estimation.fits import generalised, least_squares, shared_by_kin

FAMILIES = np.repeat(np.arange(40), 5)


def cohort(seed: int, shared: float) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    design = np.stack([np.ones(len(FAMILIES)), random.standard_normal(len(FAMILIES))], axis=1)
    kin = random.standard_normal((40, 6))[FAMILIES] * np.sqrt(shared)
    own = random.standard_normal((len(FAMILIES), 6)) * np.sqrt(1 - shared)
    return 0.5 * design[:, 1:] + kin + own, design


def test_what_kin_share_is_measured():
    for shared in (0.0, 0.5, 0.9):
        found = np.mean([shared_by_kin(*cohort(seed, shared), FAMILIES) for seed in range(10)])
        assert abs(found - shared) < 0.07


def test_slopes_within_families_err_less_than_least_squares():
    wrong = {generalised: [], least_squares: []}
    for seed in range(30):
        values, design = cohort(seed, 0.9)
        wrong[generalised].append(np.square(generalised(values, design, FAMILIES)[1] - 0.5).mean())
        wrong[least_squares].append(np.square(least_squares(values, design)[1] - 0.5).mean())
    assert np.mean(wrong[generalised]) < 0.3 * np.mean(wrong[least_squares])


def test_strangers_are_fitted_by_least_squares():
    values, design = cohort(0, 0.5)
    alone = np.arange(len(values))
    np.testing.assert_allclose(generalised(values, design, alone), least_squares(values, design))
