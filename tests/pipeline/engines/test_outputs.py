"""One entry of an output, decollated or not."""

import pytest
import torch
from monai.data import decollate_batch

from brainaging.pipeline.engines import entry, stacked

OUTPUT = {"loss": torch.tensor(0.5), "pred": torch.arange(6.0).reshape(3, 2)}


@pytest.mark.parametrize("output", [OUTPUT, decollate_batch(OUTPUT)], ids=["batch", "items"])
def test_a_batch_and_its_items_say_the_same(output) -> None:
    assert float(entry("loss", first=True)(output)) == 0.5
    assert torch.equal(stacked(entry("pred")(output)), OUTPUT["pred"])
