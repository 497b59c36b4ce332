"""Inference with an autoencoder in one pass: reconstructions as NIfTI, latents as a table."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import torch
from ignite.engine import Engine, Events
from monai.inferers import Inferer
from monai.utils import CommonKeys
from torch import Tensor

from brainaging.pipeline.engines.encode import Coder
from brainaging.pipeline.engines.latents import write_latents
from brainaging.pipeline.runtime import atomic_output
from brainaging.transforms import GridSpec, save_nifti


class CodingInferer(Inferer):
    """Encode and decode; keep the batch's latents in ``latents`` ``(B, L)`` for handlers to read."""

    def __init__(self) -> None:
        self.latents = torch.empty(0)

    def __call__(self, inputs: Tensor, network: Callable[..., Any], *args: Any, **kwargs: Any) -> Tensor:
        """Return the reconstruction of ``inputs`` ``(B, 1, X, Y, Z)``."""
        coder = cast(Coder, getattr(network, "module", network))
        self.latents = coder.encode(inputs)
        return coder.decode(self.latents)


class WriteCodes:
    """Write each scan's reconstruction (``reconstructions/000000.nii.gz``, …) and ``latents.csv``.

    Files carry running numbers, since a subject's id is data and no path; ``latents.csv`` has the ids, in the
    same order. Numbered reconstructions of an earlier run that this one does not replace are removed, so that
    table and files always agree.

    Args:
        folder: where both go.
        grid: the network's grid, whose fingerprint both carry.
        inferer: the engine's inferer, which keeps the latents.
    """

    def __init__(self, folder: str, grid: GridSpec, inferer: CodingInferer) -> None:
        self.folder = Path(folder)
        self.grid = grid
        self.inferer = inferer
        self.subjects: list[str] = []
        self.latents: list[Tensor] = []
        self.logger = logging.getLogger(__name__)

    def attach(self, engine: Engine) -> None:
        """Attach to an evaluator whose batches hold ``subject``."""
        engine.add_event_handler(Events.STARTED, self.start)
        engine.add_event_handler(Events.ITERATION_COMPLETED, self.gather)
        engine.add_event_handler(Events.COMPLETED, self.finish)

    def start(self) -> None:
        """Forget what an earlier run gathered."""
        self.subjects, self.latents = [], []

    def gather(self, engine: Engine) -> None:
        """Write a batch's reconstructions and keep its latents."""
        batch, output = cast(dict[str, Any], engine.state.batch), cast(dict[str, Any], engine.state.output)
        for subject, volume in zip(batch["subject"], output[CommonKeys.PRED], strict=True):
            path = self.folder / "reconstructions" / f"{len(self.subjects):06d}.nii.gz"
            self.subjects.append(subject)
            with atomic_output(path) as temporary:
                save_nifti(volume[0].float().cpu().numpy(), self.grid, temporary)
        self.latents.append(self.inferer.latents.float().cpu())

    def finish(self) -> None:
        """Write the latent table, and remove what an earlier, larger run left."""
        for old in (self.folder / "reconstructions").glob("[0-9]" * 6 + ".nii.gz"):
            if int(old.name[:6]) >= len(self.subjects):
                old.unlink()
        latents = torch.cat(self.latents).numpy()
        write_latents(self.folder / "latents.csv", self.subjects, latents, self.grid.fingerprint)
        self.logger.info("%d scans reconstructed and encoded in %s", len(self.subjects), self.folder)
