import numpy as np
import pytest


@pytest.fixture
def ball():
    """Return 24 volumes (24, 12, 12, 12) with twenty modes inside a ball, and the ball."""
    rng = np.random.default_rng(0)
    grid = np.stack(np.meshgrid(*[np.linspace(-1, 1, 12)] * 3, indexing="ij"))
    mask = (grid**2).sum(axis=0) < 0.7
    maps = rng.normal(size=(20, 12, 12, 12))
    volumes = np.tensordot(rng.normal(size=(24, 20)) * np.linspace(2, 0.1, 20), maps, 1) * 0.1 + 1
    return (volumes * mask).astype(np.float32), mask
