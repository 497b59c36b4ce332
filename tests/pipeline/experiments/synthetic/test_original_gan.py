"""The original's recipe, and the mistake that came with it."""

from pathlib import Path

import numpy as np
import pytest
import torch

from brainaging.pipeline.experiments.synthetic import original_brains, original_gan
from brainaging.pipeline.experiments.synthetic.original_gan import (
    original_discriminator,
    original_generator,
    stretched,
)
from brainaging.pipeline.measures.tissue import head_sizes
from brainaging.pipeline.runtime import UserError
from brainaging.transforms import template_volume


@pytest.mark.parametrize("size", [32, 64])
def test_both_networks_have_the_grids_size(size: int) -> None:
    with torch.no_grad():
        made = original_generator(size)(torch.rand(2, 100, 1, 1, 1))
        assert made.shape == (2, 1, size, size, size)
        assert 0 <= made.min() < made.max() <= 1
        assert original_discriminator(size)(made).shape == (2,)


def test_a_stretched_head_is_0_914_of_its_length() -> None:
    one = template_volume("t1w_64")[None]
    before, after = (head_sizes(v, 3.0)[0] for v in (one, stretched(one)))
    assert (after / before) ** (1 / 3) == pytest.approx(64 / 70, rel=0.01)


def test_brains_are_kept_and_the_same_seed_makes_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(original_gan, "WIDTH", 8)
    scans = np.repeat(template_volume("t1w_32")[None], 12, axis=0) * np.linspace(0.9, 1.1, 12)[:, None, None, None]
    scans = scans.astype(np.float32)
    first = original_brains(scans, 3, 1, tmp_path / "a", 0)
    assert first.shape == (3, 32, 32, 32)
    np.testing.assert_array_equal(original_brains(scans, 3, 1, tmp_path / "a", 0), first)
    np.testing.assert_array_equal(original_brains(scans, 3, 1, tmp_path / "b", 0), first)
    with pytest.raises(UserError, match="another seed"):
        original_brains(scans, 3, 1, tmp_path / "a", 1)
    # other scans, as many and of the same sum
    with pytest.raises(UserError, match="another volumes"):
        original_brains(scans[:, ::-1], 3, 1, tmp_path / "a", 0)
