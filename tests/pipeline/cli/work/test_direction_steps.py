"""What `directions` writes of a network's latents can be read back."""

import numpy as np

from brainaging.pipeline.cli.work.direction_steps import ENCODERS, write_cosines
from brainaging.pipeline.counterfactual.covariates import Covariates
from brainaging.pipeline.results import TERMS, DirectionCosine, read_results


def test_cosines_are_written_as_findings_that_are_read_back(tmp_path, capsys):
    random = np.random.default_rng(0)
    people = Covariates(random.uniform(20, 80, 60), np.arange(60) % 2.0, random.uniform(1200, 1600, 60))
    latents = random.standard_normal((60, 4))
    common = {"experiment": "directions", "cohort": "c", "n_train": 60, "seed": 0, "modality": "table"}
    write_cosines(latents, people, np.arange(60), "morphometry_autoencoder", common, tmp_path)
    findings = read_results(tmp_path / "directions.csv")
    assert len(findings) == 6
    assert {(f.encoder, f.modality, f.n_train) for f in findings if isinstance(f, DirectionCosine)} == {
        ("morphometry_autoencoder", "table", 60)
    }
    assert "given age, sex and head size" in capsys.readouterr().out


def test_every_bundle_with_latents_has_a_code_that_results_know():
    assert set(ENCODERS.values()) <= set(TERMS["encoder"])
