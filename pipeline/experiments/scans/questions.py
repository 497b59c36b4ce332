"""The whole analysis of one prepared cohort: every table and figure file that a report needs."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from brainaging.pipeline.experiments.figure_files import write_cohort, write_placement, write_reconstructions
from brainaging.pipeline.measures.reconstruction import score_reconstructions
from brainaging.pipeline.results.legacy import write_results
from brainaging.pipeline.results.original_study import LOGISTIC
from brainaging.pipeline.results.sheet import Sheet
from brainaging.pipeline.runtime import UserError, generator, subseed
from brainaging.pipeline.stats.age_regression import AgePredictions, regress
from brainaging.pipeline.stats.baselines import majority, match, mean_age, residualise
from brainaging.pipeline.stats.bootstrap import REPLICATES
from brainaging.pipeline.stats.encodings import FoldEncoding, Subjects, by_encoder, check_inputs, fold_numbers
from brainaging.pipeline.stats.permutation import PERMUTATIONS, permutation_test
from brainaging.pipeline.stats.predictions import Predictions
from brainaging.pipeline.stats.probes import classify
from brainaging.pipeline.stats.projection import first_components, project, write_projections
from brainaging.pipeline.stats.sample_space import Fold, FoldSpace, fold_spaces

log = logging.getLogger(__name__)
VOXELS = "voxels"


def analyse(
    volumes: np.ndarray,
    subjects: Subjects,
    folds: Sequence[Fold],
    random_folds: Sequence[Fold],
    encodings: Sequence[FoldEncoding],
    mask: np.ndarray,
    out_dir: str | Path,
    *,
    cohort_name: str,
    spacing: float,
    seed: int = 0,
    modality: str = "T1w",
    facts: Mapping[str, Any] | None = None,
    permutations: int = PERMUTATIONS,
    replicates: int = REPLICATES,
    random_encodings: Sequence[FoldEncoding] = (),
) -> pd.DataFrame:
    """Probe voxels and latents for sex and age, score reconstructions, and write what the report reads.

    Args:
        volumes: (n, X, Y, Z) float32 on one grid.
        subjects: what is known of the n subjects.
        folds: grouped folds, pairs of rows (train, test); may be several repeats.
        random_folds: folds that ignore groups, to show the leak; empty to leave it out.
        encodings: what encoders made of folds, each fold one of ``folds`` (not every fold needs one).
        mask: (X, Y, Z) bool, the brain, for reconstructions.
        out_dir: gets results.csv, cohort.json, pca.csv, pca.json, placement.npz and, where there are
            reconstructions, reconstructions.npz.
        cohort_name: for the table.
        spacing: voxel size in mm.
        seed: of bootstraps, permutations and inner folds.
        modality: for the table.
        facts: more for cohort.json: "excluded", "grid", "simulated".
        permutations: relabellings a permutation test.
        replicates: bootstrap draws an interval.
        random_encodings: what the same encoders made of folds of ``random_folds``, for the latents' leak; not
            every encoder or fold needs one.

    Returns:
        the results table.

    Raises:
        UserError: inputs that do not fit together. A cohort that cannot answer a question (one sex, no age) is no
            error: its row says why.
    """
    check_inputs(volumes, subjects, folds, mask)
    out_dir = Path(out_dir)
    sheet = Sheet(cohort_name, modality, seed, np.asarray(subjects.groups), replicates)
    study = _Study(sheet, subjects, permutations)
    log.info("rotating %d volumes into the sample space of %d folds", len(volumes), len(folds) + len(random_folds))
    all_folds = [*folds, *random_folds]
    both = fold_spaces(volumes, all_folds, numbers=range(len(all_folds)))
    encoders = by_encoder(encodings)
    labels = {name: "latents" if len(encoders) == 1 else f"latents_{name}" for name in encoders}
    spaces = {VOXELS: both[: len(folds)], **latent_spaces(encodings, folds, labels)}
    random = {VOXELS: both[len(folds) :], **latent_spaces(random_encodings, random_folds, labels, len(folds))}
    study.sex(spaces, random)
    study.age_groups(spaces, random)
    study.age_years(spaces, random)
    write_projections({name: project(found[0]) for name, found in spaces.items()}, subjects, out_dir, seed)
    first = True
    for name, fitted in encoders.items():
        log.info("scoring the reconstructions of %s", name)
        scores = score_reconstructions(volumes, mask, fitted)
        if scores is not None:
            sheet.reconstructions(name, scores)
            if first:
                write_reconstructions(out_dir / "reconstructions.npz", name, scores, mask, spacing)
            first = False
    write_placement(out_dir / "placement.npz", volumes, mask, subjects.template_dice)
    write_cohort(out_dir / "cohort.json", subjects, cohort_name, facts or {})
    return write_results(sheet.rows, out_dir / "results.csv")


def latent_spaces(
    encodings: Sequence[FoldEncoding], folds: Sequence[Fold], labels: Mapping[str, str], first: int = 0
) -> dict[str, list[FoldSpace]]:
    """Return the sample spaces of every encoder's latents, by the label that the encoder's name has.

    Folds are numbered from ``first``, as those that other features were scored on, so that predictions pair up.

    Raises:
        UserError: an encoding fits none of the folds, or is of an encoder without a label.
    """
    spaces = {}
    for name, fitted in by_encoder(encodings).items():
        if name not in labels:
            raise UserError(f"{name}: encodings of random folds, but none of grouped folds ({', '.join(labels)})")
        pairs = [(np.asarray(part.z_train), np.asarray(part.z_test)) for part in fitted]
        found = fold_numbers(fitted, folds)
        numbers = [first + number for number in found]
        spaces[labels[name]] = fold_spaces(pairs, [folds[number] for number in found], numbers=numbers)
    return spaces


class _Study:
    """The questions, one method each; every answer goes to the sheet."""

    def __init__(self, sheet: Sheet, subjects: Subjects, permutations: int) -> None:
        self.sheet = sheet
        self.subjects = subjects
        self.groups = np.asarray(subjects.groups)
        self.permutations = permutations
        self.inner_seed = subseed(sheet.seed, "inner folds")

    def sex(self, spaces: Mapping[str, list[FoldSpace]], random: Mapping[str, list[FoldSpace]]) -> None:
        """Sex: raw, on a random split, head-size-residualised and head-size-matched, beside head size alone."""
        sex = np.asarray(self.subjects.sex, dtype=str)
        size = np.asarray(self.subjects.head_size, dtype=float)
        folds = spaces[VOXELS]
        sized = [head_size_space(space, size) for space in folds]
        alone = self._classify(sized, sex)
        common = majority(folds, sex)
        self.sheet.scores("sex", "none", "majority", common)
        self.sheet.scores("sex", "head_size", LOGISTIC, alone, baseline=("majority", common))
        unsized = random[VOXELS]
        loose = self._classify([head_size_space(space, size) for space in unsized], sex) if unsized else alone
        self._classes("sex", sex, spaces, random, ("head_size", alone), ("head_size", loose))
        for name, found in spaces.items():
            residual = self._classify([residualise(space, size) for space in found], sex)
            self.sheet.scores(
                "sex", f"{name}_head_size_residualised", LOGISTIC, residual, baseline=("majority", common)
            )
            paired = self._classify([match(space, sex, size) for space in found], sex)
            if name == VOXELS:
                left = self._classify([match(space, sex, size) for space in sized], sex)
                self.sheet.scores("sex", "head_size_matched", LOGISTIC, left, baseline=("majority", common))
            self.sheet.scores(
                "sex", f"{name}_head_size_matched", LOGISTIC, paired, baseline=("head_size_matched", left)
            )

    def age_groups(self, spaces: Mapping[str, list[FoldSpace]], random: Mapping[str, list[FoldSpace]]) -> None:
        """Age brackets (or 10-year bands), beside the majority and sex alone."""
        labels = self.subjects.age_group
        target = "age_bracket" if self.subjects.has_brackets else "age_band"
        folds = spaces[VOXELS]
        common = majority(folds, labels)
        self.sheet.scores(target, "none", "majority", common)
        by_sex = self._classify(sex_spaces(folds, np.asarray(self.subjects.sex, dtype=str)), labels)
        self.sheet.scores(target, "sex", LOGISTIC, by_sex, baseline=("majority", common))
        beside = ("majority", majority(random[VOXELS], labels) if random[VOXELS] else common)
        self._classes(target, labels, spaces, random, ("majority", common), beside)

    def age_years(self, spaces: Mapping[str, list[FoldSpace]], random: Mapping[str, list[FoldSpace]]) -> None:
        """Years by ridge, uncorrected and then corrected for bias, beside the mean and the mean of each sex."""
        years = self.subjects.years
        if not np.isfinite(years).any():
            return
        folds = spaces[VOXELS]
        mean = mean_age(folds, years)
        by_sex = mean_age(folds, years, np.asarray(self.subjects.sex, dtype=str))
        self.sheet.scores("age_years", "none", "mean", mean)
        self.sheet.scores("age_years", "sex", "mean", by_sex, baseline=("mean", mean))
        found: dict[str, AgePredictions] = {}
        for name, sample in spaces.items():
            found[name] = regress(sample, years, self.groups, self.inner_seed)
            self.sheet.scores("age_years", name, "ridge", found[name].raw, baseline=("mean", mean))
            self.sheet.scores(
                "age_years", name, "ridge_bias_corrected", found[name].corrected, baseline=("mean", mean)
            )
            self._permutation("age_years", years, name, sample, found[name].raw)
            if name != VOXELS:
                self.sheet.change("age_years", f"{name}_minus_voxels", "ridge", found[name].raw, found[VOXELS].raw)
        for name, sample in random.items():
            if not sample:
                continue
            loose = regress(sample, years, np.arange(len(years)), self.inner_seed).raw
            beside = mean_age(sample, years)
            self.sheet.scores("age_years", name, "ridge", loose, split="random", baseline=("mean", beside))
            self.sheet.change("age_years", name, "ridge", loose, found[name].raw, random=True)

    def _classes(
        self,
        target: str,
        labels: np.ndarray,
        spaces: Mapping[str, list[FoldSpace]],
        random: Mapping[str, list[FoldSpace]],
        baseline: tuple[str, Predictions],
        random_baseline: tuple[str, Predictions],
    ) -> None:
        found: dict[str, Predictions] = {}
        for name, sample in spaces.items():
            log.info("%s from %s", target, name)
            found[name] = self._classify(sample, labels)
            self.sheet.scores(target, name, LOGISTIC, found[name], baseline=baseline)
            self._permutation(target, labels, name, sample, found[name])
            two = self._classify([first_components(space) for space in sample], labels)
            self.sheet.scores(target, f"{name}_pca2", LOGISTIC, two, baseline=baseline)
            if name != VOXELS:
                self.sheet.change(target, f"{name}_minus_voxels", LOGISTIC, found[name], found[VOXELS])
        for name, sample in random.items():
            if not sample:
                continue
            # relatives on both sides, as in the original: inner folds ignore families too
            loose = classify(sample, labels, np.arange(len(labels)), self.inner_seed)
            self.sheet.scores(target, name, LOGISTIC, loose, split="random", baseline=random_baseline)
            self.sheet.change(target, name, LOGISTIC, loose, found[name], random=True)

    def _classify(self, sample: Sequence[FoldSpace], labels: np.ndarray) -> Predictions:
        return classify(sample, labels, self.groups, self.inner_seed)

    def _permutation(
        self, target: str, labels: np.ndarray, name: str, sample: Sequence[FoldSpace], pred: Predictions
    ) -> None:
        rng = generator(self.sheet.seed, "permutation", target, name)
        test = permutation_test(sample, labels, self.groups, rng, self.permutations)
        self.sheet.permutation(target, name, test, pred)


def head_size_space(space: FoldSpace, size: np.ndarray) -> FoldSpace:
    """Return a fold with head size as its only feature; subjects without it are left out."""
    train, test = (rows[np.isfinite(size[rows])] for rows in (space.train_idx, space.test_idx))
    if not len(train):
        return FoldSpace(train, test, np.zeros((0, 1)), np.zeros((len(test), 1)), space.number)
    return fold_spaces(size[:, None], [(train, test)], table=True, numbers=[space.number])[0]


def sex_spaces(spaces: Sequence[FoldSpace], sex: np.ndarray) -> list[FoldSpace]:
    """Return the folds with sex as the only feature, one column a code."""
    coded = (sex[:, None] == np.unique(sex)).astype(float)
    pairs = [(space.train_idx, space.test_idx) for space in spaces]
    return fold_spaces(coded, pairs, numbers=[space.number for space in spaces])
