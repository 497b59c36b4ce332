"""The latent encoder's two errors, what its trainer may change, and what its evaluator repeats."""

import pytest
import torch
from ignite.engine import Events

from brainaging.pipeline.engines import EncoderEvaluator, EncoderTrainer, inversion_errors


def _loader(blobs: torch.Tensor) -> list[dict[str, torch.Tensor]]:
    return [{"image": part} for part in blobs[:8].split(4)]


def test_the_loss_is_the_sum_of_both_errors(encoder, blobs) -> None:
    draws = torch.Generator().manual_seed(0)
    errors = inversion_errors(encoder, blobs[:6], 7.0, draws)
    z, detail = encoder.generator.draw(6, torch.Generator().manual_seed(0))
    generated = encoder.generator(z, detail)
    assert float(errors["latent"].detach()) == pytest.approx(
        float((encoder(generated) - z).square().mean()), rel=1e-4
    )
    again = encoder.generator(encoder(blobs[:6]))
    assert float(errors["image"].detach()) == pytest.approx(float((again - blobs[:6]).square().mean()), rel=1e-4)
    assert torch.allclose(errors["loss"], errors["latent"] + 7.0 * errors["image"])


def test_training_moves_the_descent_and_never_the_generator(encoder, blobs) -> None:
    before = {name: value.clone() for name, value in encoder.state_dict().items() if hasattr(value, "clone")}
    optimizer = torch.optim.Adam([weight for weight in encoder.parameters() if weight.requires_grad], lr=0.01)
    loop = {"device": "cpu", "max_epochs": 1, "train_data_loader": _loader(blobs)}
    EncoderTrainer(encoder, optimizer, flip=0.0, **loop).run()
    moved = {name for name, value in before.items() if not torch.equal(value, encoder.state_dict()[name])}
    assert "bias" in moved
    assert not {name for name in moved if name.startswith("generator.")}


def test_every_evaluation_is_of_the_same_generated_brains(encoder, blobs) -> None:
    evaluator, errors = EncoderEvaluator("cpu", _loader(blobs), encoder, seed=3), []
    evaluator.add_event_handler(
        Events.ITERATION_COMPLETED, lambda engine: errors.append(float(engine.state.output["latent"]))
    )
    for epoch in (1, 2):
        evaluator.run(global_epoch=epoch)
    assert errors[:2] == errors[2:]
    assert errors[0] != errors[1]
