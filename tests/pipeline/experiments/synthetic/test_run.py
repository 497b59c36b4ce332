"""The chain from end to end on a few simulated brains: every finding, nothing restricted, kept work kept."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from brainaging.bundles import bundle_path
from brainaging.pipeline.data import Prepared, prepare, read_cohort
from brainaging.pipeline.experiments.budget import BUDGETS, SyntheticBudget
from brainaging.pipeline.experiments.context import Context, Outcome
from brainaging.pipeline.experiments.synthetic import BUNDLES, SYNTHETIC, original_gan
from brainaging.pipeline.results import (
    Compared,
    Difference,
    Finding,
    GateCheck,
    NotComputed,
    fidelity_findings,
    to_frame,
)
from brainaging.pipeline.runtime import UserError
from brainaging.pipeline.simulate import simulate

TINY = SyntheticBudget(
    classifier_folds=1,
    noise_folds=1,
    age_folds=1,
    classifier_epochs=1,
    gan_epochs=2,
    gan_warmup=1,
    latent_size=12,
    encoder_epochs=1,
    encoder_brains=60,
    invert_steps=2,
    autoencoder_epochs=1,
    brains=20,
    baselines=True,
)


@pytest.fixture(scope="module", autouse=True)
def narrow() -> Iterator[None]:
    """After two passes the original recipe makes noise at any width, and twenty brains have few pairs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(original_gan, "WIDTH", 8)
        patch.setattr(fidelity_findings, "PAIRS", 20)
        yield


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    torch.set_num_threads(1)
    root = tmp_path_factory.mktemp("cohort")
    source = simulate(root / "simulated", subjects=36, seed=1, spacing=6.0, workers=1)
    return prepare(read_cohort(source), "t1w_32", root / "prepared", progress=False)


def _context(prepared: Prepared, out: Path, budget: SyntheticBudget = TINY) -> Context:
    bundles = {name: bundle_path(name) for name in BUNDLES}
    return Context(out, bundles, replace(BUDGETS["short"], synthetic=budget, replicates=50), scans=prepared)


@pytest.fixture(scope="module")
def done(prepared: Prepared, tmp_path_factory: pytest.TempPathFactory) -> tuple[Outcome, Path]:
    out = tmp_path_factory.mktemp("out")
    return SYNTHETIC.run(_context(prepared, out)), out


def _only(findings: list[Finding], **fields: object) -> Finding:
    matching = [
        finding
        for finding in findings
        if all(getattr(finding, name, None) == value for name, value in fields.items())
    ]
    (finding,) = matching
    return finding


@pytest.mark.slow
@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "score", "model": "residual_network", "metric": "balanced_accuracy", "adjustment": ""},
        {"kind": "score", "model": "residual_network_noise_augmented", "metric": "ece"},
        {"kind": "score", "model": "densenet", "metric": "brier"},
        {"kind": "score", "model": "age_network", "metric": "mae"},
        {"kind": "difference", "model": "residual_network", "reference": "logistic_regression", "metric": "auc"},
        {"kind": "scale_response", "scale": 64 / 70},
        {"kind": "inversion", "metric": "latent_r2"},
        {"kind": "inversion", "model": "encoder_optimised", "metric": "deviation_r"},
        {"kind": "inversion", "model": "pca", "codes": 12, "metric": "ssim"},
        {"kind": "inversion", "model": "autoencoder", "codes": 12, "metric": "deviation_r"},
        {"kind": "label_score", "features": "reconstructions", "model": "densenet", "metric": "ece"},
        {"kind": "label_score", "features": "original_recipe", "model": "residual_network"},
        {"kind": "label_score", "features": "gan", "model": "two_classifiers"},
        {"kind": "gate_check", "model": "gan", "metric": "calibration"},
        {"kind": "gate_check", "model": "gan", "metric": "intended_labels"},
        {"kind": "generator_measure", "model": "gan", "metric": "copies"},
        {"kind": "generator_measure", "model": "gan_before_adversarial", "metric": "variance_ratio"},
        {"kind": "distance", "model": "gan_before_adversarial", "features": "pca", "metric": "frechet"},
        {"kind": "generator_measure", "model": "pca_sampler", "features": "head_size", "metric": "sd_ratio"},
    ],
)
def test_every_question_has_its_finding(fields: dict[str, object], done: tuple[Outcome, Path]) -> None:
    assert np.isfinite(_only(list(done[0].findings), **fields).value)


@pytest.mark.slow
def test_the_encoder_inverts_and_a_generator_of_no_brains_is_stopped(done: tuple[Outcome, Path]) -> None:
    findings = list(done[0].findings)
    assert _only(findings, kind="inversion", metric="latent_r2").value > 0.9
    assert _only(findings, metric="latent_r2").baseline_value == pytest.approx(0.964)
    # the original's recipe after two passes makes no brain at all, and the gate says so
    checks = [finding for finding in findings if isinstance(finding, GateCheck)]
    assert not all(check.passed for check in checks if check.model == "original_recipe")
    assert {check.model for check in checks} == {"gan", "pca_sampler", "original_recipe"}


@pytest.mark.slow
def test_beside_every_score_stand_its_interval_and_its_baseline(done: tuple[Outcome, Path]) -> None:
    for finding in done[0].findings:
        if isinstance(finding, Compared | Difference) and finding.experiment != "fidelity":
            assert finding.ci_low <= finding.ci_high, finding
        # the mean age correlates with nothing
        if isinstance(finding, Compared) and finding.metric != "r":
            assert finding.baseline, finding
            assert np.isfinite(finding.baseline_value), finding


@pytest.mark.slow
def test_the_originals_numbers_stand_beside(done: tuple[Outcome, Path]) -> None:
    score = _only(list(done[0].findings), kind="score", model="residual_network", metric="accuracy", adjustment="")
    assert score.original_value == 0.946


@pytest.mark.slow
def test_readers_learned_from_other_people_than_the_generator(
    done: tuple[Outcome, Path], prepared: Prepared
) -> None:
    facts = json.loads((done[1] / "synthetic.json").read_text(encoding="utf-8"))
    parts = [facts[name] for name in ("generator_learned_from", "readers_learned_from", "held_out")]
    assert sum(part["scans"] for part in parts) == len(prepared)
    assert sum(part["groups"] for part in parts) == len(np.unique(prepared.cohort.groups()))
    findings = list(done[0].findings)
    independence = _only(findings, metric="shared_groups", model="gan")
    assert (independence.value, independence.passed) == (0, True)
    label = _only(findings, kind="label_score", features="gan", model="two_classifiers")
    assert label.n_train == facts["readers_learned_from"]["scans"]
    assert _only(findings, model="gan", metric="copies").n_train == facts["generator_learned_from"]["scans"]


@pytest.mark.slow
def test_the_pictures_hold_what_the_report_shows(done: tuple[Outcome, Path], prepared: Prepared) -> None:
    with np.load(done[1] / "synthetic.npz", allow_pickle=False) as arrays:
        names = set(arrays.files)
        assert {"real", "scans", "inverted", "generated_gan", "generated_original_recipe", "p_male"} <= names
        assert "generated_gan_before_adversarial" in names
        assert arrays["interpolation"].shape == (7, *prepared.grid.shape)
        assert "male_original_recipe" not in names  # no label without the gate


@pytest.mark.slow
def test_nothing_restricted_is_written(done: tuple[Outcome, Path], prepared: Prepared) -> None:
    families = {str(name).encode() for name in prepared.cohort.restricted["Family_ID"].dropna()}
    subjects = {str(name).encode() for name in prepared.table["subject"]}
    for path in done[1].rglob("*"):
        if path.is_file() and path.suffix in {".csv", ".json", ".log", ".txt"}:
            content = path.read_bytes()
            assert not any(name in content for name in families | subjects if len(name) > 4), path


@pytest.mark.slow
def test_run_again_it_trains_nothing_and_finds_the_same(done: tuple[Outcome, Path], prepared: Prepared) -> None:
    before = {path: path.stat().st_mtime_ns for path in (done[1] / "models").rglob("best.pt")}
    again = SYNTHETIC.run(_context(prepared, done[1]))
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert to_frame(again.findings).equals(to_frame(done[0].findings))


@pytest.mark.slow
def test_another_budget_finds_the_folder_taken(done: tuple[Outcome, Path], prepared: Prepared) -> None:
    with pytest.raises(UserError, match="another epochs"):
        SYNTHETIC.run(_context(prepared, done[1], replace(TINY, classifier_epochs=2)))


def test_a_cohort_that_is_too_small_is_a_finding_with_its_reason(
    prepared: Prepared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = np.isin(prepared.cohort.groups(), np.unique(prepared.cohort.groups())[:4])
    few = [(np.flatnonzero(first), np.flatnonzero(~first))]
    monkeypatch.setattr(Context, "folds", lambda self, cohort: few)
    (finding,) = SYNTHETIC.run(_context(prepared, tmp_path)).findings
    assert isinstance(finding, NotComputed)
    assert "at least 12 needed" in finding.reason
    assert list(tmp_path.iterdir()) == []
