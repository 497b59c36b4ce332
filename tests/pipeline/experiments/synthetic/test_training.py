"""Networks are trained once, on whole groups, and read back where they are the same work."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from brainaging.pipeline.data import check_leak
from brainaging.pipeline.experiments.synthetic import training as module
from brainaging.pipeline.experiments.synthetic.training import Learner, Training
from brainaging.pipeline.handlers import BEST, LAST, START
from brainaging.pipeline.runtime import UserError

GROUPS = np.repeat(np.arange(20), 2)


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, object]]:
    """Bundles that write files of weights and train nothing; what each was asked for."""
    asked: list[dict[str, object]] = []

    def train_bundle(bundle: Path, folder: Path, scans: list, choosers: list, **words: object) -> None:
        asked.append({"scans": scans, "choosers": choosers, **words})
        for name in (BEST, LAST, START):
            (folder / name).write_text(f"{words['experiment']} {words['epochs']}")

    monkeypatch.setattr(module, "train_bundle", train_bundle)
    monkeypatch.setattr(module, "bundle_recipe", lambda bundle: {})
    monkeypatch.setattr(module, "bundle_code", lambda bundle: [])
    monkeypatch.setattr(module, "load_network", lambda bundle, weights, **words: Path(weights).read_text())
    return asked


@pytest.fixture
def training(tmp_path: Path) -> Training:
    cohort = SimpleNamespace(groups=lambda: GROUPS, strata=lambda: GROUPS % 2, digest="a cohort")
    prepared = SimpleNamespace(
        cohort=cohort,
        fingerprint="a grid",
        folder=tmp_path,
        datalist=lambda rows: [{"image": int(row)} for row in rows],
    )
    return Training(prepared, np.zeros((40, 2, 2, 2), np.float32), tmp_path / "models", 0)


def _learner(**words: object) -> Learner:
    return Learner(**{"name": "one", "bundle": Path("bundle"), "epochs": 3, "overrides": {}, **words})


def test_what_is_trained_is_read_back(runs: list, training: Training) -> None:
    rows = np.arange(30)
    first = training.network(_learner(), rows)
    assert training.network(_learner(), rows) == first == "one 3"
    assert len(runs) == 1
    assert not (training.folder(_learner()) / LAST).exists()
    # other people's weights, or a longer training, are other work
    for learner, others in ((_learner(), np.arange(32)), (_learner(epochs=4), rows)):
        with pytest.raises(UserError, match="another"):
            training.network(learner, others)


def test_weights_that_are_kept_besides_the_best_are_needed(runs: list, training: Training) -> None:
    gan = _learner(weights=(BEST, START))
    training.network(gan, np.arange(30))
    assert training.kept(gan, START) == "one 3"
    (training.folder(gan) / START).unlink()
    training.network(gan, np.arange(30))
    assert len(runs) == 2


def test_nobody_chooses_epochs_whose_relatives_train_weights(runs: list, training: Training) -> None:
    labels = np.where(np.arange(40) < 4, -1, 1)
    training.network(_learner(), np.arange(30), labels=labels)
    training.network(_learner(name="two", stream="another"), np.arange(30), labels=labels)
    chosen = []
    for words in runs:
        fit, choose = ([item["image"] for item in words[name]] for name in ("scans", "choosers"))
        check_leak(GROUPS, fit, choose)
        # without a label nobody is learned from
        assert sorted(fit + choose) == [row for row in range(30) if labels[row] >= 0]
        assert all(item["label"] == 1 for item in words["scans"])
        chosen.append(choose)
    assert chosen[0] != chosen[1]


def test_an_override_that_names_a_file_stands_for_its_content(
    runs: list, training: Training, tmp_path: Path
) -> None:
    weights = tmp_path / "generator.pt"
    torch.save(torch.zeros(2), weights)
    learner = _learner(overrides={"generator": str(weights)})
    training.network(learner, np.arange(30))
    moved = weights.rename(tmp_path / "moved.pt")
    training.network(_learner(overrides={"generator": str(moved)}), np.arange(30))
    torch.save(torch.ones(2), moved)
    with pytest.raises(UserError, match="another overrides"):
        training.network(_learner(overrides={"generator": str(moved)}), np.arange(30))
