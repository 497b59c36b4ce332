"""One entry of an output, decollated or not."""

import pytest
import torch
from monai.data import decollate_batch

from brainaging.pipeline.engines import entry, gathered, loss_of, optional_entry, stacked

OUTPUT = {"loss": torch.tensor(0.5), "pred": torch.arange(6.0).reshape(3, 2)}


@pytest.mark.parametrize("output", [OUTPUT, decollate_batch(OUTPUT)], ids=["batch", "items"])
def test_a_batch_and_its_items_say_the_same(output) -> None:
    assert float(entry("loss", first=True)(output)) == 0.5
    assert torch.equal(stacked(entry("pred")(output)), OUTPUT["pred"])


@pytest.mark.parametrize("output", [0.5, OUTPUT["loss"], OUTPUT, decollate_batch(OUTPUT)])
def test_a_loss_is_an_entry_or_the_output_itself(output) -> None:
    assert float(loss_of(output)) == 0.5


def test_an_entry_may_lack() -> None:
    assert optional_entry("fake")(OUTPUT) is None and optional_entry("fake")(decollate_batch(OUTPUT)) is None
    assert optional_entry("fake")(0.5) is None
    assert torch.equal(stacked(optional_entry("pred")(decollate_batch(OUTPUT))), OUTPUT["pred"])


def test_batches_of_unlike_size_are_one() -> None:
    assert gathered([torch.zeros(2, 3), torch.ones(1, 3)]).tolist() == [[0] * 3, [0] * 3, [1] * 3]
    assert gathered([]).size == 0
