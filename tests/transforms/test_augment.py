from dataclasses import replace

import numpy as np
import pytest
import torch
from monai.transforms import Randomizable

from brainaging.transforms import GridSpec, t1w_augmentation, template_volume
from brainaging.transforms.augment import Augmentation

NONE = Augmentation(flip_prob=0, affine_prob=0, bias_prob=0, gain_prob=0, noise_prob=0)
ALL = Augmentation(flip_prob=1, affine_prob=1, bias_prob=1, gain_prob=1, noise_prob=1)


@pytest.fixture
def sample():
    return {"image": torch.from_numpy(template_volume("t1w_32"))[None].clone()}


def test_replays_from_its_seed(sample):
    one = t1w_augmentation("t1w_32", ALL).set_random_state(7)(dict(sample))["image"]
    again = t1w_augmentation("t1w_32", ALL).set_random_state(7)(dict(sample))["image"]
    other = t1w_augmentation("t1w_32", ALL).set_random_state(8)(dict(sample))["image"]
    assert torch.equal(one, again) and not torch.equal(one, other)


def test_every_step_is_randomizable():
    steps = t1w_augmentation("t1w_32", ALL).transforms
    assert len(steps) == 5 and all(isinstance(step, Randomizable) for step in steps)


def test_nothing_asked_nothing_done(sample):
    assert torch.equal(t1w_augmentation("t1w_32", NONE)(dict(sample))["image"], sample["image"])


@pytest.mark.parametrize(("orientation", "axis"), [("RAS", 1), ("PSR", 3)])
def test_flip_is_left_right(sample, orientation, axis):
    grid = GridSpec("mine", (32, 32, 32), 6.0, orientation)
    out = t1w_augmentation(grid, replace(NONE, flip_prob=1))(dict(sample))["image"]
    assert torch.equal(out, sample["image"].flip(axis))


def test_noise_has_at_most_the_deviation_asked_for(sample):
    chain = t1w_augmentation("t1w_32", replace(NONE, noise_prob=1, noise_std=0.05)).set_random_state(0)
    deviations = [float((chain(dict(sample))["image"] - sample["image"]).std()) for _ in range(20)]
    assert 0 < max(deviations) < 0.051


def test_affine_keeps_head_size_and_moves_little(sample):
    chain = t1w_augmentation("t1w_32", replace(NONE, affine_prob=1)).set_random_state(0)
    for _ in range(5):
        out = chain(dict(sample))["image"]
        assert float(out.sum() / sample["image"].sum()) == pytest.approx(1, abs=0.01)
        assert np.corrcoef(out.ravel(), sample["image"].ravel())[0, 1] > 0.9


def test_bias_and_gain_keep_background(sample):
    chain = t1w_augmentation("t1w_32", replace(NONE, bias_prob=1, gain_prob=1)).set_random_state(0)
    out = chain(dict(sample))["image"]
    assert not out[sample["image"] == 0].any() and not torch.equal(out, sample["image"])


def test_bad_probability():
    with pytest.raises(ValueError, match="flip_prob: expected a probability from 0 to 1, found 2"):
        Augmentation(flip_prob=2)
