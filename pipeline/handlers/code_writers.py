"""What inference writes beside its latents: reconstructed or generated volumes, or a table of measures."""

from abc import abstractmethod
from pathlib import Path
from typing import Any, Protocol

import pandas as pd
import torch
from ignite.engine import Engine
from torch import Tensor

from brainaging.pipeline.data import covariate_terms
from brainaging.pipeline.data.morphometry import table_fingerprint
from brainaging.pipeline.engines import entry, stacked, write_latents
from brainaging.pipeline.handlers.run_writer import RunWriter
from brainaging.pipeline.measures.tissue import head_sizes, tissue_volumes
from brainaging.pipeline.runtime import atomic_output
from brainaging.transforms import GridSpec, save_nifti


class KeepsLatents(Protocol):
    """An inferer that keeps the last batch's latents ``(B, L)``."""

    latents: Tensor


class CodeWriter(RunWriter):
    """Gather an inference run's latents and write ``latents.csv``; what is done with predictions, a subclass says.

    Args:
        folder: where the table goes.
        fingerprint: of the grid or the columns, carried by the table.
        inferer: the engine's inferer, which keeps the latents.
        options: ``output_transform`` and ``batch_transform`` of :class:`RunWriter`.
    """

    def __init__(self, folder: str, fingerprint: str, inferer: KeepsLatents, **options: Any) -> None:
        super().__init__(**options)
        self.folder = Path(folder)
        self.fingerprint = fingerprint
        self.inferer = inferer
        self.latents: list[Tensor] = []

    def start(self) -> None:
        """Forget what an earlier run gathered."""
        super().start()
        self.latents = []

    def gather(self, engine: Engine) -> None:
        """Keep a batch's predictions and latents."""
        first = len(self.subjects)
        self.name_rows(engine.state.batch)
        rows = range(first, len(self.subjects))
        for row, prediction in zip(rows, self.output_transform(engine.state.output), strict=True):
            self.keep(row, prediction.float().cpu())
        self.latents.append(self.inferer.latents.float().cpu())

    @abstractmethod
    def keep(self, number: int, prediction: Tensor) -> None:
        """Keep the prediction of the row ``number``."""

    def finish(self) -> None:
        """Write the latent table."""
        latents = torch.cat(self.latents).numpy()
        write_latents(self.folder / "latents.csv", self.scans, latents, self.fingerprint)
        self.logger.info("%d rows and their latents in %s", len(self.subjects), self.folder)


class WriteCodes(CodeWriter):
    """Write each scan's reconstruction (``reconstructions/000000.nii.gz``, …) and ``latents.csv``.

    Files carry running numbers, since a subject's id is data and no path; ``latents.csv`` has the ids, in the
    same order. Numbered reconstructions of an earlier run that this one does not replace are removed, so that
    table and files always agree.

    Args:
        folder: where both go.
        grid: the network's grid, whose fingerprint both carry.
        inferer: the engine's inferer, which keeps the latents.
        options: ``output_transform`` and ``batch_transform`` of :class:`RunWriter`.
    """

    #: where the volumes go, under the folder
    subfolder = "reconstructions"

    def __init__(self, folder: str, grid: GridSpec, inferer: KeepsLatents, **options: Any) -> None:
        super().__init__(folder, grid.fingerprint, inferer, **options)
        self.grid = grid

    def keep(self, number: int, prediction: Tensor) -> None:
        """Write one scan's reconstruction ``(1, X, Y, Z)``."""
        with atomic_output(self.folder / self.subfolder / f"{number:06d}.nii.gz") as temporary:
            save_nifti(prediction[0].numpy(), self.grid, temporary)

    def finish(self) -> None:
        """Write the latent table, and remove what an earlier, larger run left."""
        remove_beyond(self.folder / self.subfolder, len(self.subjects))
        super().finish()


class WriteVolumes(WriteCodes):
    """Write generated brains (``volumes/000000.nii.gz``, …) and their latents (``latents.csv``), with the grid."""

    subfolder = "volumes"


class WriteOrdered(WriteVolumes):
    """Write brains to order as :class:`WriteVolumes` does, and ``brains.csv``: what was asked, what was measured.

    Its columns are subject and file, ``asked_age`` and so on (empty where any would do), ``measured_head_size``,
    ``measured_grey``, ``measured_white`` and ``measured_ventricles`` in mL, as
    :mod:`brainaging.pipeline.measures.tissue` measures them on the grid.

    Args:
        folder: where all goes.
        grid: the network's grid.
        inferer: the engine's inferer, which keeps the latents.
        covariates: the design, which names the columns of the batches' ``covariates``.
        options: ``output_transform`` and ``batch_transform`` of :class:`RunWriter`.
    """

    def __init__(
        self, folder: str, grid: GridSpec, inferer: KeepsLatents, covariates: str, **options: Any
    ) -> None:
        super().__init__(folder, grid, inferer, **options)
        self.terms = covariate_terms(covariates)
        self.asked: list[list[float]] = []
        self.measured: list[dict[str, float]] = []

    def start(self) -> None:
        """Forget what an earlier run gathered."""
        super().start()
        self.asked, self.measured = [], []

    def gather(self, engine: Engine) -> None:
        """Keep a batch's predictions, latents and what was asked."""
        super().gather(engine)
        self.asked += stacked(entry("covariates")(engine.state.batch)).tolist()

    def keep(self, number: int, prediction: Tensor) -> None:
        """Write and measure one brain ``(1, X, Y, Z)``."""
        super().keep(number, prediction)
        volume = prediction.numpy()
        tissue = {name: float(values[0]) for name, values in tissue_volumes(volume, self.grid).items()}
        self.measured.append({"head_size": float(head_sizes(volume, self.grid.spacing)[0]), **tissue})

    def finish(self) -> None:
        """Write both tables."""
        asked = pd.DataFrame(self.asked, columns=[term.name for term in self.terms])
        for term in self.terms:
            if term.words:
                asked[term.name] = [term.text(number) for number in asked[term.name]]
        table = pd.concat(
            [asked.add_prefix("asked_"), pd.DataFrame(self.measured).add_prefix("measured_")], axis=1
        )
        files = [f"{self.subfolder}/{number:06d}.nii.gz" for number in range(len(table))]
        table.insert(0, "subject", self.subjects)
        table.insert(1, "file", files)
        with atomic_output(self.folder / "brains.csv") as temporary:
            table.to_csv(temporary, index=False, float_format="%.7g")
        super().finish()


def remove_beyond(folder: Path, count: int) -> None:
    """Remove numbered volumes (``000000.nii.gz``, …) from ``count`` on: an earlier, larger run's."""
    for old in folder.glob("[0-9]" * 6 + ".nii.gz"):
        if int(old.name[:6]) >= count:
            old.unlink()


class WriteTable(CodeWriter):
    """Write ``reconstructions.csv`` (subject, session, then the measures in their own units) and ``latents.csv``.

    Args:
        folder: where both go.
        columns: the measures' names.
        inferer: the engine's inferer, which keeps the latents.
        options: ``output_transform`` and ``batch_transform`` of :class:`RunWriter`.
    """

    def __init__(self, folder: str, columns: list[str], inferer: KeepsLatents, **options: Any) -> None:
        super().__init__(folder, table_fingerprint(columns), inferer, **options)
        self.columns = columns
        self.rows: list[Tensor] = []

    def start(self) -> None:
        """Forget what an earlier run gathered."""
        super().start()
        self.rows = []

    def keep(self, number: int, prediction: Tensor) -> None:
        """Keep one row of measures ``(p,)``."""
        self.rows.append(prediction)

    def finish(self) -> None:
        """Write both tables."""
        table = pd.DataFrame(torch.stack(self.rows).numpy(), columns=self.columns)
        table.insert(0, "subject", self.subjects)
        table.insert(1, "session", self.sessions)
        with atomic_output(self.folder / "reconstructions.csv") as temporary:
            table.to_csv(temporary, index=False, float_format="%.7g")
        super().finish()
