"""The gate opens for brains like the scans and stays shut, by name, for every planted failure of the brains."""

import numpy as np
import pytest

from brainaging.pipeline.measures.tissue import head_sizes
from brainaging.pipeline.stats import GateError, fingerprint_check, intensity_check, require, size_check
from brainaging.transforms import get_grid, scale_head, template_mask, template_volume

GRID = get_grid("t1w_32")
MASK = template_mask("t1w_32")


def _brains(n: int, seed: int) -> np.ndarray:
    """Return n templates of different size and brightness."""
    random = np.random.default_rng(seed)
    template = template_volume("t1w_32")
    sized = [scale_head(template, float(np.exp(random.normal(0, 0.02))), antialias=False) for _ in range(n)]
    return (np.stack(sized) * random.normal(1, 0.02, (n, 1, 1, 1))).astype(np.float32)


def test_brains_like_the_scans_pass() -> None:
    scans, synthetic = _brains(60, 0), _brains(60, 1)
    checks = [
        fingerprint_check(scans=GRID.fingerprint, generator=GRID.fingerprint, classifier=GRID.fingerprint),
        intensity_check(scans, synthetic, MASK),
        size_check(head_sizes(scans, GRID.spacing), head_sizes(synthetic, GRID.spacing)),
    ]
    require(checks)
    assert all(check.passed for check in checks)


def test_a_generator_that_is_nine_per_cent_too_small_is_stopped() -> None:
    scans = _brains(40, 0)
    small = np.stack([scale_head(brain, 0.91, antialias=False) for brain in _brains(40, 1)])
    check = size_check(*(head_sizes(volumes, GRID.spacing) for volumes in (scans, small)))
    with pytest.raises(GateError, match=r"head_size: synthetic heads have 0\.7\d+ of the scans' volume"):
        require([check])


def test_shifted_intensities_are_stopped() -> None:
    scans = _brains(20, 0)
    with pytest.raises(GateError, match=r"intensity: mean intensity of synthetic brains is 1\.1"):
        require([intensity_check(scans, _brains(20, 1) + 0.1 * MASK, MASK)])


def test_another_grid_is_stopped_with_every_fingerprint() -> None:
    other = get_grid("t1w_64").fingerprint
    with pytest.raises(GateError, match=rf"scans {GRID.fingerprint}, classifier {other}"):
        require([fingerprint_check(scans=GRID.fingerprint, classifier=other)])
    assert not fingerprint_check(scans="", classifier="").passed


def test_every_failed_check_is_named() -> None:
    sizes = np.linspace(1000, 1100, 50)
    failed = [size_check(sizes, 0.5 * sizes), fingerprint_check(scans="a", classifier="b")]
    with pytest.raises(GateError, match=r"2 of 3 checks failed: head_size: .*; grids: "):
        require([*failed, size_check(sizes, sizes)])
