"""Shares of tissue in each voxel: laws, and a brain of known shares."""

import numpy as np
import pytest

from brainaging.pipeline.measures.own_anatomy import CLASSES, inside, tissue_shares
from brainaging.pipeline.runtime import UserError


@pytest.mark.parametrize("name", ["t1w_32", "t1w_48"])
def test_shares_sum_to_the_inside(phantom, name):
    made = phantom(name)
    shares = tissue_shares(made.volume, made.grid)
    hull = inside(made.volume, made.grid)
    assert shares.shape == (3, *made.grid.shape)
    assert shares.dtype == np.float32
    assert shares.min() >= 0
    np.testing.assert_allclose(shares.sum(axis=0), hull, atol=1e-5)


def test_a_mirrored_scan_has_mirrored_shares(phantom):
    made = phantom("t1w_48")
    np.testing.assert_allclose(
        tissue_shares(made.volume[::-1], made.grid), tissue_shares(made.volume, made.grid)[:, ::-1], atol=1e-3
    )


def test_gain_changes_nothing(phantom):
    made = phantom("t1w_32")
    np.testing.assert_allclose(
        tissue_shares(3 * made.volume, made.grid), tissue_shares(made.volume, made.grid), atol=1e-4
    )


def test_the_same_scan_gives_the_same_bytes(phantom):
    made = phantom("t1w_32")
    np.testing.assert_array_equal(tissue_shares(made.volume, made.grid), tissue_shares(made.volume, made.grid))


CONTRASTS = [(0.28, 0.64, 0.95), (0.15, 0.55, 0.95), (0.45, 0.72, 0.95)]


MISSED = pytest.mark.xfail(strict=True, reason="white matter in thin blades under the cortex: 5.2 and 6.4 % short")


@pytest.mark.parametrize(
    ("means", "tissue"),
    [
        *((means, "grey") for means in CONTRASTS),
        *(pytest.param(means, "white", marks=MISSED) for means in CONTRASTS[:2]),
        (CONTRASTS[2], "white"),
    ],
)
def test_known_volumes_are_recovered_whatever_the_contrast(phantom, means, tissue):
    """Within 5 %: the phantom lies a few millimetres off the prior."""
    made = phantom("t1w_48", means=np.array(means, np.float32))
    number = CLASSES.index(tissue)
    found, true = (shares[number].sum() for shares in (tissue_shares(made.volume, made.grid), made.shares))
    assert found == pytest.approx(true, rel=0.05)


@pytest.mark.parametrize("means", CONTRASTS)
def test_known_shares_are_recovered_whatever_the_contrast(phantom, means):
    """Voxels within 0.08 on average."""
    made = phantom("t1w_48", means=np.array(means, np.float32))
    shares = tissue_shares(made.volume, made.grid)
    brain = made.shares.sum(axis=0) > 0.99
    assert np.abs(shares - made.shares)[:, brain].mean() < 0.08


def test_zeros_in_place_of_fluid_count_as_fluid(phantom):
    """A stripper that leaves nothing of the fluid's intensity takes no tissue away and adds none."""
    made = phantom("t1w_48")
    emptied = made.volume - 0.28 * made.shares[0]
    emptied[made.shares[0] > 0.95] = 0
    shares, emptied_shares = (tissue_shares(volume, made.grid) for volume in (made.volume, emptied.clip(0)))
    for found, true in zip(emptied_shares[1:], made.shares[1:], strict=True):
        assert found.sum() == pytest.approx(true.sum(), rel=0.12)
    assert emptied_shares[0].sum() == pytest.approx(shares[0].sum(), rel=0.25)


def test_a_smooth_field_over_the_head_moves_volumes_by_little(phantom):
    made = phantom("t1w_48")
    along = np.linspace(0.8, 1.2, made.grid.shape[1], dtype=np.float32)[None, :, None]
    plain, biased = (tissue_shares(volume, made.grid) for volume in (made.volume, made.volume * along))
    for before, after in zip(plain[1:], biased[1:], strict=True):
        assert after.sum() == pytest.approx(before.sum(), rel=0.03)


def test_an_empty_scan_has_no_shares():
    assert not tissue_shares(np.zeros((32, 32, 32), np.float32), "t1w_32").any()


@pytest.mark.parametrize("what", ["one voxel", "one intensity"])
def test_a_scan_without_contrast_has_finite_shares(what):
    volume = np.zeros((32, 32, 32), np.float32)
    volume[(slice(8, 24),) * 3 if what == "one intensity" else (16, 16, 16)] = 1
    shares = tissue_shares(volume, "t1w_32")
    assert np.isfinite(shares).all()
    np.testing.assert_allclose(shares.sum(axis=0), inside(volume, "t1w_32"), atol=1e-5)


def test_a_scan_of_another_grid_is_refused():
    with pytest.raises(UserError, match="found \\(48, 48, 48\\)"):
        tissue_shares(np.zeros((48, 48, 48), np.float32), "t1w_32")
