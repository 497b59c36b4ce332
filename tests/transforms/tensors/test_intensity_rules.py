"""The rules for tensors are those for arrays."""

import numpy as np
import pytest
import torch

from brainaging.transforms import ScanError, get_grid, normalize_intensity, template_volume
from brainaging.transforms.head_size import half_maximum
from brainaging.transforms.intensity import RULES
from brainaging.transforms.tensors.intensity_rules import (
    TENSOR_RULES,
    half_max_q98_tensor,
    half_maximum_tensor,
    normalize_tensor,
)

GRID = get_grid("t1w_32")


@pytest.fixture(scope="module")
def brain() -> np.ndarray:
    return 800 * template_volume(GRID) + np.random.default_rng(0).normal(0, 20, GRID.shape).astype(np.float32)


def test_every_rule_has_one_for_tensors() -> None:
    assert TENSOR_RULES.keys() == RULES.keys()


def test_both_give_the_same(brain) -> None:
    tensor = torch.from_numpy(brain)
    assert float(half_maximum_tensor(tensor)) == pytest.approx(half_maximum(brain), rel=1e-5)
    np.testing.assert_allclose(normalize_tensor(tensor, GRID), normalize_intensity(brain, GRID), atol=1e-5)
    nothing = torch.zeros(4, 4, 4)
    assert torch.equal(half_max_q98_tensor(nothing), nothing) and half_maximum_tensor(nothing) == 0


def test_gain_says_nothing_and_nan_is_refused(brain) -> None:
    tensor = torch.from_numpy(brain)
    torch.testing.assert_close(half_max_q98_tensor(3 * tensor), half_max_q98_tensor(tensor), atol=1e-5, rtol=0)
    tensor[0, 0, 0] = float("nan")
    with pytest.raises(ScanError, match="expected finite intensities"):
        normalize_tensor(tensor, GRID)


def test_on_the_gpu_too(brain) -> None:
    if not torch.cuda.is_available():
        pytest.skip("this machine has no CUDA device")
    found = normalize_tensor(torch.from_numpy(brain).cuda(), GRID)
    assert found.is_cuda
    np.testing.assert_allclose(found.cpu(), normalize_intensity(brain, GRID), atol=1e-5)
