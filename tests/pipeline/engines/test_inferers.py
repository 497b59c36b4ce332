"""Inferers: what holds of a mirrored scan, of a seed, of latents that handlers read."""

import torch
from ignite.engine import Engine

from brainaging.networks import T1wPredictor
from brainaging.pipeline.engines import GeneratingInferer, MirrorInferer, SampleInferer

SHAPE = (12, 12, 12)


def test_a_mirrored_scan_gets_the_same_output() -> None:
    torch.manual_seed(0)
    network = T1wPredictor(torch.ones(SHAPE, dtype=torch.bool), outputs=2, width=2).eval()
    x, infer = torch.rand(2, 1, *SHAPE), MirrorInferer()
    torch.testing.assert_close(infer(x, network), infer(x.flip(2), network))


def test_every_validation_draws_the_same_brains(generator) -> None:
    infer, scans, drawn = SampleInferer(seed=3), torch.zeros(4, 1, *SHAPE), []
    engine = Engine(lambda engine, batch: drawn.append(infer(batch, generator).detach()))
    infer.attach(engine)
    engine.run([scans, scans], max_epochs=1)
    engine.run([scans], max_epochs=1)
    assert drawn[0].shape == scans.shape
    assert torch.equal(drawn[0], drawn[2])
    assert not torch.equal(drawn[0], drawn[1])


def test_latents_are_kept_as_they_are_decoded(generator) -> None:
    infer, z = GeneratingInferer(), torch.randn(3, 11)
    assert torch.equal(infer(z, generator), generator(z))
    assert torch.equal(infer.latents, z)
