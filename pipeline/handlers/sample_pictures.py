"""Pictures of generated brains over scans, for the eye to follow a training."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from ignite.engine import Engine, Events
from monai.utils import CommonKeys
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn

from brainaging.networks import T1wGenerator
from brainaging.pipeline.engines import unwrapped
from brainaging.pipeline.runtime import atomic_output

#: the quantile of the scans' intensities that is white: a few bright voxels must not leave the brain dark
WHITE = 0.999


Generates = Callable[[nn.Module, int, torch.Generator], Tensor]


def _by_latents(network: nn.Module, count: int, draws: torch.Generator) -> Tensor:
    generator = cast(T1wGenerator, network)
    volumes: Tensor = generator(*generator.draw(count, draws))
    return volumes


class SamplePictures:
    """Write a picture of generated brains over scans, middle slices: ``samples/epoch-0010.png``.

    Args:
        folder: where ``samples`` lies.
        average: the generator that is looked at.
        dataset: scans to stand beside its brains; items hold ``image`` ``(1, X, Y, Z)``.
        interval: epochs from one picture to the next.
        count: brains a row.
        seed: of the latents, the same in every picture.
        generate: from the generator, a number of brains and a random generator to volumes ``(count, 1, X, Y, Z)``,
            of any other network than :class:`brainaging.networks.T1wGenerator`.

    >>> import tempfile
    >>> def noise(network: nn.Module, count: int, draws: torch.Generator) -> torch.Tensor:
    ...     return torch.rand(count, 1, 8, 8, 8, generator=draws)
    >>> scans = [{"image": torch.rand(1, 8, 8, 8)} for _ in range(3)]
    >>> trainer = Engine(lambda engine, batch: batch)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     SamplePictures(folder, nn.Identity(), scans, interval=1, generate=noise).attach(trainer)
    ...     _ = trainer.run([0.5])
    ...     print(Image.open(f"{folder}/samples/epoch-0001.png").size)
    (24, 48)
    """

    def __init__(
        self,
        folder: str,
        average: nn.Module,
        dataset: Sequence[Any],
        interval: int = 5,
        count: int = 8,
        seed: int = 0,
        generate: Generates | None = None,
    ) -> None:
        self.folder = Path(folder) / "samples"
        self.average = average
        self.dataset = dataset
        self.interval = interval
        self.count = min(count, len(dataset))
        self.seed = seed
        self.generate = generate or _by_latents

    def attach(self, engine: Engine) -> None:
        """Attach to the trainer ``engine``."""
        engine.add_event_handler(Events.EPOCH_COMPLETED(every=self.interval), self.write)

    @torch.no_grad()
    def write(self, engine: Engine) -> None:
        """Write one picture: three rows of generated brains (sagittal, coronal, axial), then three of scans."""
        draws = torch.Generator().manual_seed(self.seed)
        generated = self.generate(unwrapped(self.average), self.count, draws)[:, 0].cpu().numpy()
        items = (self.dataset[i][CommonKeys.IMAGE] for i in range(self.count))
        scans = torch.stack([torch.as_tensor(item)[0].cpu() for item in items]).numpy()
        top = float(np.quantile(scans, WHITE)) or 1.0
        rows = np.concatenate([_slices(generated), _slices(scans)])
        pixels = (np.clip(rows / top, 0, 1) * 255).astype(np.uint8)
        with atomic_output(self.folder / f"epoch-{engine.state.epoch:04d}.png") as temporary:
            Image.fromarray(pixels).save(temporary, format="png")


def _slices(volumes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the middle slices of volumes (n, X, Y, Z), up and front as a reader expects, in three rows."""
    size = max(volumes.shape[1:])
    rows = []
    for axis in range(3):
        middle = np.take(volumes, volumes.shape[axis + 1] // 2, axis=axis + 1)
        turned = middle.transpose(0, 2, 1)[:, ::-1]
        room = [(0, 0), *((((size - side) // 2), size - side - (size - side) // 2) for side in turned.shape[1:])]
        rows.append(np.concatenate(list(np.pad(turned, room)), axis=1))
    return np.concatenate(rows)
