"""Random flips, deformations and noise: their laws."""

import pytest
import torch

from brainaging.pipeline.engines import PredictionBatch, ReconstructionBatch


def _batch(n: int = 6) -> dict[str, torch.Tensor]:
    return {"image": torch.rand(n, 1, 9, 10, 11, generator=torch.Generator().manual_seed(0))}


def test_by_default_the_target_is_the_image_itself() -> None:
    batch = _batch()
    image, target = ReconstructionBatch()(batch)
    assert torch.equal(image, batch["image"])
    assert torch.equal(target, batch["image"])


def test_flipping_always_is_an_involution_along_the_first_axis() -> None:
    flip, batch = ReconstructionBatch(flip=1.0), _batch()
    once = flip(batch)[0]
    assert torch.equal(once, batch["image"].flip(2))
    assert torch.equal(flip({"image": once})[0], batch["image"])


def test_a_scan_is_mirrored_or_left_with_its_target() -> None:
    torch.manual_seed(0)
    batch = _batch(64)
    image, target = ReconstructionBatch(flip=0.5)(batch)
    assert torch.equal(image, target)
    mirrored = [torch.equal(a, b.flip(1)) for a, b in zip(image, batch["image"], strict=True)]
    kept = [torch.equal(a, b) for a, b in zip(image, batch["image"], strict=True)]
    assert all(m != k for m, k in zip(mirrored, kept, strict=True))
    assert 16 < sum(mirrored) < 48  # binomial(64, 0.5): six standard deviations


@pytest.mark.parametrize("amplitude", [0.0, 1e-7])
def test_no_displacement_is_the_identity(amplitude: float) -> None:
    batch = _batch()
    image, _ = ReconstructionBatch(elastic=amplitude)(batch)
    torch.testing.assert_close(image, batch["image"], atol=1e-4, rtol=0)


def test_each_scan_is_deformed_by_its_own_field_and_keeps_its_shape() -> None:
    torch.manual_seed(0)
    same = {"image": _batch(1)["image"].repeat(3, 1, 1, 1, 1)}
    image, target = ReconstructionBatch(elastic=0.05)(same)
    assert image.shape == same["image"].shape
    assert torch.equal(image, target)
    assert not torch.allclose(image[0], image[1], atol=1e-3)
    assert not torch.allclose(image[0], same["image"][0], atol=1e-3)


def test_a_constant_stays_constant_inside_under_deformation() -> None:
    torch.manual_seed(0)
    image, _ = ReconstructionBatch(elastic=0.01)({"image": torch.ones(2, 1, 20, 20, 20)})
    inside = image[:, :, 3:-3, 3:-3, 3:-3]
    torch.testing.assert_close(inside, torch.ones_like(inside))


def test_noise_is_on_the_input_alone_and_as_strong_as_asked() -> None:
    torch.manual_seed(0)
    batch = _batch(20)
    image, target = ReconstructionBatch(noise=0.1)(batch)
    assert torch.equal(target, batch["image"])
    assert (image - target).std().item() == pytest.approx(0.1, rel=0.02)
    assert abs((image - target).mean().item()) < 0.005


def test_a_seed_draws_the_same_again() -> None:
    prepare, batch = ReconstructionBatch(flip=0.5, elastic=0.02, noise=0.1), _batch()
    drawn = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        drawn.append(prepare(batch)[0])
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])


def test_batches_carry_labels_as_the_losses_want_them() -> None:
    image = torch.rand(2, 1, 4, 4, 4)
    _, classes = PredictionBatch()({"image": image, "label": torch.tensor([0, 1])})
    assert classes.dtype == torch.int64
    _, years = PredictionBatch()({"image": image, "label": torch.tensor([30.5, 41.0], dtype=torch.float64)})
    assert years.shape == (2, 1)
    assert years.dtype == torch.float32
