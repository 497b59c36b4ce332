"""Ordered batches reach the network by name, and latents are kept."""

import torch

from brainaging.pipeline.engines.flow import OrderBatch, OrderInferer


def test_a_batch_becomes_brains_and_their_latents(conditional, sized) -> None:
    noise, detail = conditional.draw(3, torch.Generator().manual_seed(0))
    batch = {"image": noise, "detail": detail, "covariates": sized.covariates[:3].double()}
    inputs, target, args, named = OrderBatch()(batch, "cpu")
    assert target is None
    inferer = OrderInferer(steps=4)
    with torch.no_grad():
        volumes = inferer(inputs, conditional, *args, **named)
        torch.testing.assert_close(volumes, conditional(noise, sized.covariates[:3], detail, steps=4))
        torch.testing.assert_close(conditional.brains(inferer.latents, sized.covariates[:3], detail), volumes)


def test_guidance_makes_people_more_as_asked(conditional, sized) -> None:
    noise, detail = conditional.draw(60, torch.Generator().manual_seed(0))
    big = torch.tensor([[float("nan"), float("nan"), float(sized.covariates[:, 2].max())]]).expand(60, 3)
    sizes = []
    for guidance in (0.0, 1.0, 2.0):
        with torch.no_grad():
            made = OrderInferer(16, guidance)(noise, conditional, covariates=big, detail=detail)
        sizes.append(float(made.flatten(1).sum(1).mean()))
    assert sizes[0] < sizes[1] < sizes[2]
