"""Each check can fail; that all pass on the bundles that ship is asked in the slow tests."""

import json
from pathlib import Path

import pytest
import torch

from brainaging.bundles import bundle_names
from brainaging.pipeline.cli.bundle_checks import checks
from brainaging.pipeline.cli.bundle_checks.check_run import verdicts
from brainaging.pipeline.cli.bundle_checks.checked_bundle import CheckedBundle, CheckFailed
from brainaging.pipeline.cli.bundle_checks.checks import CHECKS, ids, metadata, near, processes, weights

SCHEMA = "meta_schema_20240725.json"


def _without(bundle: CheckedBundle, config: str, entry: str) -> None:
    path = bundle.config(config)
    content = json.loads(path.read_text())
    del content[entry]
    path.write_text(json.dumps(content))


def test_an_id_that_lacks_is_named(copied: CheckedBundle) -> None:
    assert ids(copied) == ""
    _without(copied, "inference", "postprocessing")
    with pytest.raises(CheckFailed, match=r"inference\.json: expected postprocessing, found none"):
        ids(copied)


def test_no_weights_is_said(copied: CheckedBundle) -> None:
    with pytest.raises(CheckFailed, match="no weights"):
        weights(copied)


def test_metadata_need_a_schema_and_their_entries(copied: CheckedBundle, shared_data: Path) -> None:
    with pytest.raises(CheckFailed, match="name a copy with --schema"):
        metadata(copied)
    copied.work.mkdir()
    known = CheckedBundle(copied.folder, copied.work, shared_data / SCHEMA)
    assert metadata(known) == ""
    _without(known, "metadata", "supported_apps")
    with pytest.raises(CheckFailed, match=r"expected supported_apps, found none"):
        metadata(known)


def test_an_export_that_computes_something_else_fails() -> None:
    image = torch.ones(1, 3)
    assert near(image * 2, image * 2 + 1e-5).startswith("apart by 5e-06")
    with pytest.raises(CheckFailed, match=r"apart from PyTorch by 1, 0\.0001 allowed"):
        near(image, image * 2)
    row = torch.tensor([[1e6, 2.5]])  # mm³ beside mm: the one does not excuse the other
    assert near(row, row + torch.tensor([[0.5, 0.0]])) == "apart by 5e-07"
    with pytest.raises(CheckFailed, match=r"apart from PyTorch by 0\.2"):
        near(row, row + torch.tensor([[0.0, 0.5]]))
    with pytest.raises(CheckFailed, match="apart from PyTorch by nan"):
        near(image, image * float("nan"))


class Times(torch.nn.Module):
    """What multiplies."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.factor * x


def test_processes_that_train_something_else_fail(copied: CheckedBundle, monkeypatch: pytest.MonkeyPatch) -> None:
    trained = {1: Times(1.0), 2: Times(1.0 + 1e-4)}
    monkeypatch.setattr(checks, "_trained_by", lambda bundle, count: trained[count])
    assert processes(copied) == "apart by 1e-04"
    trained[2] = Times(1.1)
    with pytest.raises(
        CheckFailed, match=r"apart from the network that one process trains by 0\.1, 0\.001 allowed"
    ):
        processes(copied)


@pytest.mark.slow
@pytest.mark.parametrize("bundle", bundle_names())
def test_every_bundle_passes_every_check_but_weights(bundle: str, shared_data: Path, tmp_path: Path) -> None:
    """Whether weights ship is asked by their own tests."""
    asked = [name for name in CHECKS if name != "weights"]
    found = list(verdicts([bundle], asked, tmp_path, shared_data / SCHEMA))
    assert [verdict.check for verdict in found] == asked
    assert [f"{verdict.check}: {verdict.note}" for verdict in found if not verdict.passed] == []
