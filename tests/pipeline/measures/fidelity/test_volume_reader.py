"""A reader of volumes finds what voxels say of them, also in blurred brains, and says how right it is."""

import numpy as np
import pytest

from brainaging.pipeline.measures.fidelity.volume_reader import FEWEST, VolumeReader, held_correlation
from brainaging.pipeline.runtime import UserError

MASK = np.ones((6, 6, 6), dtype=bool)


def _people(count: int, seed: int) -> tuple[np.ndarray, dict[str, np.ndarray], np.ndarray]:
    """Return scans whose left half tells one volume and whose right half another, with covariates."""
    rng = np.random.default_rng(seed)
    first, second = 20 + 3 * rng.normal(size=count), 600 + 40 * rng.normal(size=count)
    scans = 0.05 * rng.normal(size=(count, 6, 6, 6))
    scans[:, :3] += first[:, None, None, None] / 20
    scans[:, 3:] += second[:, None, None, None] / 600
    covariates = np.column_stack(
        [rng.uniform(20, 80, count), rng.integers(0, 2, count), rng.normal(1400, 100, count)]
    )
    return scans, {"ventricles": first, "cortex": second}, covariates


def test_volumes_of_people_who_taught_nothing_are_found() -> None:
    scans, known, _ = _people(60, 0)
    fresh, truth, covariates = _people(200, 1)
    seen = VolumeReader.fit(scans, known, np.arange(len(scans)), MASK).read(fresh)
    assert list(seen) == ["ventricles", "cortex"]
    for name, values in seen.items():
        assert held_correlation(values, truth[name], covariates) > 0.9
        assert abs(values.mean() - truth[name].mean()) < 0.1 * truth[name].std()


def test_what_age_alone_foretells_counts_nothing() -> None:
    _, truth, covariates = _people(400, 2)
    ageing = truth["ventricles"] + 5 * covariates[:, 0]
    assert np.corrcoef(ageing, covariates[:, 0])[0, 1] > 0.9
    assert (
        abs(held_correlation(3 * covariates[:, 0] + np.random.default_rng(3).normal(size=400), ageing, covariates))
        < 0.15
    )


def test_a_voxel_outside_the_mask_says_nothing() -> None:
    scans, known, _ = _people(60, 4)
    mask = MASK.copy()
    mask[:3] = False
    reader = VolumeReader.fit(scans, known, np.arange(len(scans)), mask)
    moved = scans.copy()
    moved[:, :3] += 7
    np.testing.assert_array_equal(reader.read(moved)["cortex"], reader.read(scans)["cortex"])


def test_too_few_people_are_refused() -> None:
    scans, known, _ = _people(FEWEST - 1, 5)
    with pytest.raises(UserError, match=f"expected at least {FEWEST} people, found {FEWEST - 1}"):
        VolumeReader.fit(scans, known, np.arange(len(scans)), MASK)


def test_relatives_do_not_choose_the_penalty_for_each_other() -> None:
    rng = np.random.default_rng(6)
    # twins have one scan, and a volume that no scan tells: whoever sees the other twin knows it. Of as many voxels
    # as families any regression of it is noise
    few = np.zeros_like(MASK)
    few[0, :4] = True
    scans = np.repeat(rng.normal(size=(30, 6, 6, 6)), 2, axis=0) + 0.01 * rng.normal(size=(60, 6, 6, 6))
    known = {"cortex": 600 + 40 * np.repeat(rng.normal(size=30), 2)}
    alone, together = (
        VolumeReader.fit(scans, known, groups, few) for groups in (np.arange(60), np.repeat(np.arange(30), 2))
    )
    assert alone.fitted[0].alpha_ == 0.1
    assert together.fitted[0].alpha_ > 1
    fresh, truth = rng.normal(size=(500, 6, 6, 6)), 600 + 40 * rng.normal(size=500)
    errors = [np.square(reader.read(fresh)["cortex"] - truth).mean() for reader in (alone, together)]
    assert errors[1] < errors[0]
    with pytest.raises(UserError, match="at least two families, found one"):
        VolumeReader.fit(scans, known, np.zeros(60), MASK)
