"""Latents drawn and decoded by MONAI's evaluators: for validation, for writing, for pictures."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import ignite.distributed as idist
import numpy as np
import torch
from ignite.engine import Engine, Events
from monai.inferers import Inferer
from monai.utils import CommonKeys
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn

from brainaging.networks import T1wGenerator
from brainaging.pipeline.engines.adversarial import bare
from brainaging.pipeline.engines.inference import WriteCodes
from brainaging.pipeline.runtime import atomic_output

BATCH = 64


class SampleInferer(Inferer):
    """Draw one brain for every scan of a batch: fakes and scans for a metric to compare.

    A validation begins with the same seed each time, so that epochs differ by the weights alone; each of several
    processes draws its own.

    Args:
        seed: of the latents.
    """

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed
        self.draws = torch.Generator().manual_seed(seed)

    def attach(self, engine: Engine) -> None:
        """Begin anew whenever ``engine`` does."""
        engine.add_event_handler(Events.STARTED, lambda: self.draws.manual_seed(self.seed + idist.get_rank()))

    def __call__(self, inputs: Tensor, network: Callable[..., Any], *args: Any, **kwargs: Any) -> Tensor:
        """Return as many made brains ``(B, 1, X, Y, Z)`` as ``inputs`` has volumes."""
        inner = bare(cast(nn.Module, network))
        made: Tensor = inner(*inner.draw(len(inputs), self.draws))
        return made


def latent_draws(network: T1wGenerator, count: int, seed: int = 0) -> list[dict[str, Any]]:
    """Return ``count`` items for a dataset: ``image``, a latent ``(L,)``, ``detail`` ``(D,)`` and ``subject``.

    The first n items of a larger draw are not those of a smaller one.
    """
    z, detail = network.draw(count, torch.Generator().manual_seed(seed))
    return [{CommonKeys.IMAGE: z[i].cpu(), "detail": detail[i].cpu(), "subject": f"{i:06d}"} for i in range(count)]


@torch.inference_mode()
def make_volumes(network: T1wGenerator, z: Tensor, detail: Tensor | None = None) -> NDArray[np.float32]:
    """Return the brains (n, X, Y, Z) of latents ``(n, L)`` and detail ``(n, D)``, in batches."""
    details = [None] * len(z.split(BATCH)) if detail is None else detail.split(BATCH)
    parts = [network(*pair)[:, 0].cpu() for pair in zip(z.split(BATCH), details, strict=True)]
    volumes: NDArray[np.float32] = torch.cat(parts).numpy()
    return volumes


class LatentBatch:
    """``prepare_batch`` for latents: the network is called with ``z`` and ``detail``, and there is no target."""

    def __call__(
        self,
        batchdata: Mapping[str, Any],
        device: str | torch.device | None = None,
        non_blocking: bool = False,
        **kwargs: Any,
    ) -> tuple[Tensor, None, tuple[()], dict[str, Tensor]]:
        """Return the latents ``(B, L)`` and, for the network, the detail ``(B, D)``."""
        z, detail = (batchdata[key].to(device, non_blocking=non_blocking) for key in (CommonKeys.IMAGE, "detail"))
        return z, None, (), {"detail": detail}


class GeneratingInferer(Inferer):
    """Decode latents; keep the batch's in ``latents`` ``(B, L)`` for handlers to read."""

    def __init__(self) -> None:
        self.latents = torch.empty(0)

    def __call__(self, inputs: Tensor, network: Callable[..., Any], *args: Any, **kwargs: Any) -> Tensor:
        """Return the volumes ``(B, 1, X, Y, Z)`` of latents ``(B, L)``."""
        self.latents = inputs
        volumes: Tensor = network(inputs, *args, **kwargs)
        return volumes


class WriteVolumes(WriteCodes):
    """Write made brains (``volumes/000000.nii.gz``, …) and their latents (``latents.csv``), both with the grid."""

    subfolder = "volumes"


class SamplePictures:
    """Write a picture of made brains over scans, middle slices, at validation: ``samples/epoch-0010.png``.

    Args:
        folder: where ``samples`` lies.
        average: the generator that is looked at.
        dataset: scans to stand beside its brains; items hold ``image`` ``(1, X, Y, Z)``.
        interval: epochs from one picture to the next.
        count: brains a row.
        seed: of the latents, the same in every picture.
    """

    def __init__(
        self,
        folder: str,
        average: nn.Module,
        dataset: Sequence[Any],
        interval: int = 5,
        count: int = 8,
        seed: int = 0,
    ) -> None:
        self.folder = Path(folder) / "samples"
        self.average = average
        self.dataset = dataset
        self.interval = interval
        self.count = min(count, len(dataset))
        self.seed = seed

    def attach(self, engine: Engine) -> None:
        """Attach to the trainer ``engine``."""
        engine.add_event_handler(Events.EPOCH_COMPLETED(every=self.interval), self.write)

    @torch.no_grad()
    def write(self, engine: Engine) -> None:
        """Write one picture: three rows of made brains (sagittal, coronal, axial), then three of scans."""
        inner = bare(self.average)
        made = inner(*inner.draw(self.count, torch.Generator().manual_seed(self.seed)))[:, 0].cpu().numpy()
        items = (self.dataset[i][CommonKeys.IMAGE] for i in range(self.count))
        scans = torch.stack([torch.as_tensor(item)[0].cpu() for item in items]).numpy()
        top = float(np.quantile(scans, 0.999)) or 1.0
        rows = np.concatenate([_slices(made), _slices(scans)])
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
