"""Volumes, tables and latents are written alike from batches and from decollated items, and older files go."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from ignite.engine import Engine

from brainaging.pipeline.engines import read_latents
from brainaging.pipeline.handlers import WriteCodes, WriteOrdered, WriteTable, WriteVolumes
from brainaging.transforms import get_grid

GRID = get_grid("t1w_32")
SUBJECTS = ["007", "NA", "NA"]
SESSIONS = ["", "ses-1", "NA"]
#: a sex and a head size
ASKED = torch.tensor([[0.0, 1400.0], [1.0, float("nan")], [float("nan"), 1500.0]])


def _run(writer: Any, inferer: SimpleNamespace, predictions: torch.Tensor, decollate: bool) -> None:
    batches = []
    for rows in torch.arange(len(predictions)).split(2):
        names = {"subject": [SUBJECTS[row] for row in rows], "session": [SESSIONS[row] for row in rows]}
        batch = {**names, "pred": predictions[rows], "covariates": ASKED[rows]}
        batches.append((rows, batch))

    def step(engine: Engine, pair: tuple[torch.Tensor, dict[str, Any]]) -> Any:
        rows, batch = pair
        inferer.latents = rows[:, None] + torch.zeros(1, 3)
        items = [dict(zip(batch, row, strict=True)) for row in zip(*batch.values(), strict=True)]
        engine.state.batch = items if decollate else batch
        return engine.state.batch

    engine = Engine(step)
    writer.attach(engine)
    engine.run(batches, max_epochs=1)


@pytest.mark.parametrize("decollate", [False, True])
@pytest.mark.parametrize(("kind", "folder"), [(WriteCodes, "reconstructions"), (WriteVolumes, "volumes")])
def test_volumes_and_latents_of_every_subject(kind, folder: str, decollate: bool, tmp_path: Path) -> None:
    inferer = SimpleNamespace(latents=torch.empty(0))
    for count in (3, 2):
        _run(kind(str(tmp_path), GRID, inferer), inferer, torch.rand(count, 1, 32, 32, 32), decollate)
        names = sorted(path.name for path in (tmp_path / folder).iterdir())
        assert names == [f"{number:06d}.nii.gz" for number in range(count)]
        subjects, sessions, latents = read_latents(tmp_path / "latents.csv", GRID.fingerprint)
        assert subjects == SUBJECTS[:count] and sessions == SESSIONS[:count]
        np.testing.assert_array_equal(latents[:, 0], np.arange(count))


@pytest.mark.parametrize("decollate", [False, True])
def test_what_was_asked_stands_beside_what_is_measured(decollate: bool, tmp_path: Path) -> None:
    inferer = SimpleNamespace(latents=torch.empty(0))
    brains = torch.zeros(3, 1, 32, 32, 32)
    for number in range(3):
        brains[number, 0, 8:24, 8:24, 8 : 16 + number] = 1
    writer = WriteOrdered(str(tmp_path), GRID, inferer, "sex + head_size")
    _run(writer, inferer, brains, decollate)
    table = pd.read_csv(tmp_path / "brains.csv", dtype={"subject": str}, keep_default_na=False)
    assert table["subject"].tolist() == SUBJECTS
    assert table["file"].tolist() == [f"volumes/{number:06d}.nii.gz" for number in range(3)]
    assert table["asked_sex"].tolist() == ["F", "M", ""]
    assert table["asked_head_size"].tolist() == ["1400", "", "1500"]
    sizes = table["measured_head_size"].to_numpy(float)
    np.testing.assert_allclose(sizes / sizes[0], [1, 9 / 8, 10 / 8], rtol=0.02)
    assert {"measured_grey", "measured_white", "measured_ventricles"} <= set(table)


@pytest.mark.parametrize("decollate", [False, True])
def test_measures_and_latents_of_every_subject(decollate: bool, tmp_path: Path) -> None:
    inferer = SimpleNamespace(latents=torch.empty(0))
    rows = torch.rand(3, 2)
    _run(WriteTable(str(tmp_path), ["FS_L_Hippo_Vol", "FS_R_Hippo_Vol"], inferer), inferer, rows, decollate)
    table = pd.read_csv(tmp_path / "reconstructions.csv", dtype={"subject": str}, keep_default_na=False)
    assert table["subject"].tolist() == SUBJECTS and table["session"].tolist() == SESSIONS
    np.testing.assert_allclose(table.iloc[:, 2:].to_numpy(), rows, rtol=1e-6)
    assert read_latents(tmp_path / "latents.csv")[0] == SUBJECTS
