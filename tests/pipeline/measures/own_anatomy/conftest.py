"""A brain of known shares: the template's own tissue, moved and scaled as another person's would lie."""

from types import SimpleNamespace

import numpy as np
import pytest

from brainaging.pipeline.measures.own_anatomy.template_tissue import template_maps
from brainaging.transforms import get_grid, place

#: intensities of fluid, grey and white matter
MEANS = np.array([0.28, 0.64, 0.95], np.float32)


@pytest.fixture(scope="session")
def phantom():
    """Return a function of a grid: its ``volume`` and true ``shares`` (3, X, Y, Z), of sum 1 in the brain."""

    def made(name, means=MEANS, noise=0.02, shift_mm=(1.0, 3.0, -1.0), scale=1.03):
        grid = get_grid(name)
        grey, white, brain, affine = template_maps()
        moved = np.diag([scale, scale, scale, 1.0])
        moved[:3, 3] = shift_mm
        parts = np.stack([place(part, moved @ affine, grid) for part in (brain - grey - white, grey, white)])
        shares = np.clip(parts, 0, 1)
        signal = np.einsum("k,kxyz->xyz", means, shares)
        drawn = np.random.default_rng(0).normal(size=grid.shape).astype(np.float32)
        held = shares.sum(axis=0) > 0.05
        volume = np.where(held, np.maximum(signal + noise * drawn, 0), 0).astype(np.float32)
        return SimpleNamespace(grid=grid, volume=volume, shares=shares)

    return made
