"""What networks weigh is counted without filling them, and keeps issue 22's bars where grids are fine."""

import pytest
import torch
from torch import nn

from brainaging.networks import T1wDiscriminator, T1wGenerator
from brainaging.pipeline.engines.resources.training_plan import TrainedParts, kept_for_backward, on_meta
from brainaging.transforms import get_grid, template_mask


@pytest.mark.parametrize(("grid", "megabytes"), [("t1w_64", 150), ("t1w_96", 400), ("t1w_128", 800)])
def test_a_gan_of_full_size_keeps_its_bars(grid: str, megabytes: int) -> None:
    mask = torch.as_tensor(template_mask(get_grid(grid)))
    # a little wider than the bundles' masks, without the time that widening takes
    wide = nn.functional.interpolate(mask[None, None].float(), size=[32] * 3, mode="area") > 0
    wide = nn.functional.max_pool3d(wide.float(), 3, 1, 1)
    wide = nn.functional.interpolate(wide, size=mask.shape)[0, 0] > 0
    generator, discriminator = on_meta(lambda: (T1wGenerator(wide), T1wDiscriminator(get_grid(grid).shape)))
    networks = {"model": generator.follower(), "generator": generator, "discriminator": discriminator}
    trained = [w for w in (*generator.parameters(), *discriminator.parameters()) if w.requires_grad]
    parts = TrainedParts(networks, trained)
    assert parts.checkpoint < 1e6 * megabytes
    assert parts.halved < 1e6 * megabytes / 3
    assert all(value.is_meta for value in generator.parameters())


def test_what_networks_share_counts_once_and_moments_twice() -> None:
    one, other = on_meta(lambda: (nn.Linear(3, 5), nn.Linear(3, 5)))
    other.weight = one.weight
    parts = TrainedParts({"model": one, "other": other}, [one.weight])
    assert parts.stored == 4 * (15 + 5 + 5)
    assert parts.checkpoint == parts.stored + 2 * 4 * 15
    assert parts.halved == 2 * (15 + 5)


def test_activations_are_those_that_gradients_need() -> None:
    network = on_meta(lambda: nn.Sequential(nn.Linear(10, 20), nn.Sigmoid(), nn.Linear(20, 1)))
    x = torch.empty(7, 10, device="meta")
    # the input and the sigmoid's output; no weights
    assert kept_for_backward(lambda: network(x), [network]) == 4 * (7 * 10 + 7 * 20)
