"""The comparison from end to end on a few simulated people; cohorts that are too small or unknown say why."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from brainaging.bundles import bundle_path
from brainaging.pipeline.data import Prepared, prepare, read_cohort
from brainaging.pipeline.experiments.budget import BUDGETS, GeneratorsBudget
from brainaging.pipeline.experiments.context import Context, Outcome
from brainaging.pipeline.experiments.generator_comparison import GENERATORS, run
from brainaging.pipeline.experiments.generator_comparison.compared_people import known_people, true_volumes
from brainaging.pipeline.experiments.generator_comparison.registered_volumes import registered_volumes
from brainaging.pipeline.results import NotComputed, fidelity_findings
from brainaging.pipeline.simulate import simulate

TINY = replace(BUDGETS["short"].synthetic, gan_epochs=2, gan_warmup=1, latent_size=12)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    torch.set_num_threads(1)
    root = tmp_path_factory.mktemp("cohort")
    source = simulate(root / "simulated", scenario="lifespan", subjects=36, seed=1, spacing=6.0, workers=1)
    return prepare(read_cohort(source), "t1w_32", root / "prepared", progress=False)


@pytest.fixture(scope="module")
def done(prepared: Prepared, tmp_path_factory: pytest.TempPathFactory) -> tuple[Outcome, Path]:
    out = tmp_path_factory.mktemp("out")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fidelity_findings, "PAIRS", 20)
        patch.setattr(run, "FEWEST", 8)
        return GENERATORS.run(_context(prepared, out)), out


def _context(prepared: Prepared, out: Path) -> Context:
    bundles = {name: bundle_path(name) for name in GENERATORS.bundles}
    budget = replace(
        BUDGETS["short"], synthetic=TINY, generators=GeneratorsBudget(flow_epochs=1, latent_size=12), replicates=50
    )
    return Context(out, bundles, budget, scans=prepared)


@pytest.mark.slow
def test_every_generator_is_measured_in_the_same_way(done: tuple[Outcome, Path]) -> None:
    findings = done[0].findings
    generators = {finding.model for finding in findings} - {"real_people"}
    assert generators == {
        *("conditional_flow", "conditional_flow_start", "gan", "gan_before_adversarial"),
        *("appearance_model", "pca_sampler"),
    }
    for metric in ("frechet", "mmd", "copies", "membership_distance", "variance_ratio"):
        assert {finding.model for finding in findings if finding.metric == metric} == generators
    ordered = {finding.model for finding in findings if finding.metric == "age_slope"}
    assert ordered == {"conditional_flow", "conditional_flow_start"}
    assert {finding.model for finding in findings if finding.metric == "taught_age_over_mean"} == {
        "conditional_flow"
    }
    assert {finding.experiment for finding in findings} == {"generators"}


@pytest.mark.slow
def test_the_pictures_name_nobody(done: tuple[Outcome, Path]) -> None:
    with np.load(done[1] / "generators.npz") as arrays:
        assert arrays["real"].shape == arrays["generated_conditional_flow"].shape == (6, 32, 32, 32)
        assert set(arrays.files) >= {"mask", "spacing", "generated_gan", "generated_pca_sampler"}


def test_a_cohort_that_is_too_small_says_so(
    prepared: Prepared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "FEWEST", 40)
    (missing,) = GENERATORS.run(_context(prepared, tmp_path)).findings
    assert isinstance(missing, NotComputed)
    assert (
        "people of known age, sex and head size that generators learn from, at least 40 needed" in missing.reason
    )


def test_true_volumes_are_the_simulation_s(prepared: Prepared) -> None:
    true = true_volumes(prepared.cohort)
    assert {"ventricles", "cortex", "grey", "white"} == set(true)
    people = known_people(prepared, prepared.volumes(), np.array([3, 1]))
    np.testing.assert_array_equal(people.true["cortex"], true["cortex"][[3, 1]])
    np.testing.assert_allclose(people.covariates[:, 2], prepared.head_size[[3, 1]], rtol=1e-6)


def test_registration_sees_a_larger_brain_as_larger(prepared: Prepared) -> None:
    order = np.argsort(prepared.head_size)[[0, 1, 2, -3, -2, -1]]
    volumes = registered_volumes(prepared.volumes(order), prepared.grid)
    assert volumes["cortex"][:3].max() < volumes["cortex"][3:].min()
    assert (volumes["ventricles"] > 0).all()
