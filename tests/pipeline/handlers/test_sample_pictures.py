"""Pictures: three rows of generated brains over three of scans, the same latents each time."""

import numpy as np
import torch
from ignite.engine import Engine
from PIL import Image

from brainaging.pipeline.handlers import SamplePictures


class _Generator(torch.nn.Module):
    """Paints every voxel with the latent's first number."""

    def draw(self, count: int, draws: torch.Generator) -> tuple[torch.Tensor, None]:
        return torch.rand(count, 1, generator=draws), None

    def forward(self, z: torch.Tensor, detail: None) -> torch.Tensor:
        return z[:, :, None, None, None].expand(-1, 1, 6, 8, 4)


def _pixels(path) -> np.ndarray:
    return np.asarray(Image.open(path))


def test_a_picture_every_few_epochs_of_the_same_latents(tmp_path) -> None:
    scans = [{"image": torch.full((1, 6, 8, 4), value)} for value in (0.25, 0.5, 1.0)]
    trainer = Engine(lambda engine, batch: None)
    SamplePictures(str(tmp_path), _Generator(), scans, interval=2, count=2).attach(trainer)
    trainer.run([0], max_epochs=5)
    names = sorted(path.name for path in (tmp_path / "samples").iterdir())
    assert names == ["epoch-0002.png", "epoch-0004.png"]
    first, second = (_pixels(tmp_path / "samples" / name) for name in names)
    assert np.array_equal(first, second)
    assert first.shape == (6 * 8, 2 * 8)  # six rows as high as the longest axis, two brains a row
    # the brightest of the scans that are shown is white, one of half its intensity is grey
    assert set(np.unique(first[3 * 8 :])) == {0, 127, 255}
