"""Cells' kinds: by shares and labels, and means of fine maps over cells."""

import numpy as np
import pytest

from brainaging.pipeline.simulate.elastic.cell_kinds import FLUID, OUTSIDE, Extent, Tissue, cell_means
from brainaging.pipeline.simulate.elastic.prescribed_structures import NAMES


def test_means_over_cells_keep_what_a_map_holds():
    fine = np.zeros((2, 20, 24, 22))
    fine[0, 5:15, 6:17, 4:18] = np.random.default_rng(0).uniform(size=(10, 11, 14))
    fine[1] = 1
    extent = Extent((-2.0, 1.0, 0.0), (8, 8, 8), 4.0)
    means = cell_means(fine, (-3.0, 0.0, 0.5), 1.0, extent)
    assert means.shape == (2, 7, 7, 7)
    assert means[0].sum() * 64 == pytest.approx(fine[0].sum(), rel=0.02)
    np.testing.assert_allclose(means[1, 0, :5, :5], 1.0)
    assert means[1, 6].max() < 0.1


def test_cells_are_structures_fluid_or_skull():
    labels = np.zeros((4, 4, 4), dtype=np.int32)
    labels[:2], labels[2:] = 10, 53
    shares = {name: np.zeros((3, 3, 3)) for name in ("brain", "tissue", "ventricles")}
    shares["brain"][:] = 1
    shares["tissue"][:, 1:] = 1
    shares["ventricles"][2, 0, 0] = 0.9
    shares["brain"][:, 2] = 0.3
    tissue = Tissue.of(shares, labels, 4.0)
    assert (tissue.kind[0, 1] == NAMES.index("thalamus")).all()
    assert (tissue.kind[2, 1] == NAMES.index("hippocampus")).all()
    assert tissue.kind[0, 0, 0] == FLUID
    assert tissue.nearest[0, 0, 0] == NAMES.index("thalamus")
    assert tissue.kind[2, 0, 0] == NAMES.index("ventricles")
    assert (tissue.kind[:, 2] == OUTSIDE).all()


def test_only_points_within_brain_on_all_sides_are_free(make_ball):
    free = make_ball(10, 4.0).free()
    kind = make_ball(10, 4.0).kind
    assert free.shape == (11, 11, 11)
    for x, y, z in np.argwhere(free):
        assert (kind[x - 1 : x + 1, y - 1 : y + 1, z - 1 : z + 1] != OUTSIDE).all()
    assert free.any()
