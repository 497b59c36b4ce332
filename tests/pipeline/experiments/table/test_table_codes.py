"""Eighty codes of a morphometry table keep what the table knows, and lose less than principal components do."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.metrics import r2_score, roc_auc_score

from brainaging.bundles import bundle_path
from brainaging.pipeline.data import SourceFormat, grouped_folds, random_folds, read_cohort
from brainaging.pipeline.data.morphometry import PreparedTable, prepare_morphometry, read_morphometry
from brainaging.pipeline.experiments.fold_training import FoldTraining, encode_folds
from brainaging.pipeline.simulate import draw_causes, load_scenario
from brainaging.pipeline.simulate.freesurfer_table import regional_measures
from brainaging.pipeline.simulate.hcp_layout import restricted_rows, unrestricted_row, write_csv
from brainaging.pipeline.stats.age_regression import regress
from brainaging.pipeline.stats.encodings import FoldEncoding
from brainaging.pipeline.stats.predictions import Predictions
from brainaging.pipeline.stats.probes import classify
from brainaging.pipeline.stats.sample_space import Fold, FoldSpace, fold_spaces, standardise

# a thousand people are encoded by three networks, twice
pytestmark = pytest.mark.slow

Coded = tuple[PreparedTable, list[Fold], list[FoldEncoding]]


def _encoded(prepared: PreparedTable, make_folds: Callable[..., list[Fold]], out: Path) -> Coded:
    folds = make_folds(prepared.cohort.groups(), prepared.cohort.strata(), 3, 0)
    bundle = bundle_path("morphometry_autoencoder")
    return (
        prepared,
        folds,
        encode_folds(prepared, prepared.values, folds, out, FoldTraining(bundle, 80, 30)),
    )


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Coded:
    """Return the table of 1113 simulated young adults, whose columns are drawn without rendering a brain."""
    folder = tmp_path_factory.mktemp("hcp-ya")
    scenario = load_scenario("hcp-ya")
    causes = draw_causes(scenario, 0, 1113)
    rows = [
        unrestricted_row(
            cause, {"FS_InterCranial_Vol": cause.head_size * 1e3, **regional_measures(scenario, 0, cause)}
        )
        for cause in causes
    ]
    write_csv(folder / "unrestricted.csv", rows)
    write_csv(folder / "restricted.csv", restricted_rows(causes, 0))
    cohort = read_cohort(folder / "unrestricted.csv", restricted=folder / "restricted.csv", scans=False)
    prepared = prepare_morphometry(cohort, read_morphometry(folder / "unrestricted.csv"), folder / "prepared")
    return _encoded(prepared, grouped_folds, folder / "codes")


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Coded:
    """Return fcon1000: 1078 people of 7.9 to 85 years, thickness and volumes, on random folds."""
    folder, table = tmp_path_factory.mktemp("fcon"), shared_data / "fcon1000.csv"
    cohort = read_cohort(table, scans=False, source_format=SourceFormat(sex_codes={"0": "F", "1": "M"}))
    prepared = prepare_morphometry(cohort, read_morphometry(table), folder / "prepared")
    return _encoded(prepared, random_folds, folder / "codes")


def _spaces(coded: Coded) -> tuple[list[FoldSpace], list[FoldSpace]]:
    prepared, folds, encodings = coded
    latents = fold_spaces([(each.z_train, each.z_test) for each in encodings], folds)
    return fold_spaces(prepared.values, folds, table=True), latents


def _sex(coded: Coded) -> list[Predictions]:
    """Return the predictions of sex from the table and from its codes."""
    people = coded[0].cohort
    return [classify(space, people.table["sex"].to_numpy(str), people.groups(), 0) for space in _spaces(coded)]


def _auc(predicted: Predictions) -> float:
    folds = [predicted.fold == number for number in np.unique(predicted.fold)]
    return float(np.mean([roc_auc_score(predicted.truth[rows], predicted.score[rows, 1]) for rows in folds]))


def _ratio(coded: Coded) -> float:
    """Return the squared error on test people over that of 80 principal components of the same training people."""
    errors, references = [], []
    for encoding in coded[2]:
        fit, test = encoding.fitted, encoding.test_idx
        values = coded[0].values.astype(float)
        train, truth = standardise(values[fit], values[test])
        pca = PCA(80, svd_solver="full").fit(train)
        references.append(np.square(pca.inverse_transform(pca.transform(truth)) - truth).mean())
        errors.append(np.square(standardise(values[fit], encoding.recon_test.astype(float))[1] - truth).mean())
    return float(np.mean(errors) / np.mean(references))


def test_sex_on_simulated_codes_is_at_most_two_points_under_the_table(simulated) -> None:
    table, latents = ((predicted.truth == predicted.predicted).mean() for predicted in _sex(simulated))
    assert latents > table - 0.02


def test_sex_and_age_on_real_codes_are_near_the_table(real) -> None:
    table, latents = map(_auc, _sex(real))
    assert latents > table - 0.02
    people = real[0].cohort
    predicted = [regress(space, people.age_years(), people.groups(), 0).raw for space in _spaces(real)]
    on_table, on_latents = (r2_score(each.truth, each.predicted) for each in predicted)
    assert on_latents > on_table - 0.05


@pytest.mark.parametrize("which", ["simulated", "real"])
def test_new_people_are_reconstructed_better_than_by_principal_components(which, request) -> None:
    assert _ratio(request.getfixturevalue(which)) < 1
