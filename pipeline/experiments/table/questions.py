"""The questions that a table is asked, one method each; every answer goes to a sheet."""

import logging
from collections.abc import Sequence

import numpy as np

from brainaging.pipeline.data.morphometry import PreparedTable, exponents
from brainaging.pipeline.experiments.scans.questions import head_size_space, latent_spaces, sex_spaces
from brainaging.pipeline.experiments.table.reconstruction_error import table_errors
from brainaging.pipeline.experiments.table.sites import combat_results, site_results
from brainaging.pipeline.results.original_study import LOGISTIC
from brainaging.pipeline.results.sheet import Sheet
from brainaging.pipeline.runtime import generator, subseed
from brainaging.pipeline.stats.age_regression import regress
from brainaging.pipeline.stats.baselines import majority, match, mean_age
from brainaging.pipeline.stats.encodings import FoldEncoding, Subjects
from brainaging.pipeline.stats.learners.age_models import regress_table
from brainaging.pipeline.stats.learners.model_grid import SUPPORT_VECTORS, cross_validate, model_names
from brainaging.pipeline.stats.learners.ordinal import bracket_distance, classify_ordinal, quadratic_kappa
from brainaging.pipeline.stats.permutation import permutation_test
from brainaging.pipeline.stats.predictions import Predictions
from brainaging.pipeline.stats.probes import classify
from brainaging.pipeline.stats.projection import first_components
from brainaging.pipeline.stats.sample_space import Fold, FoldSpace, fold_spaces
from brainaging.pipeline.stats.table_spaces import table_spaces

log = logging.getLogger(__name__)
TABLE, LATENTS = "table", "latents"


class TableStudy:
    """The questions, one method each; every answer goes to the sheet."""

    def __init__(
        self,
        sheet: Sheet,
        table: PreparedTable,
        subjects: Subjects,
        folds: Sequence[Fold],
        random_folds: Sequence[Fold],
        encodings: Sequence[FoldEncoding],
        random_encodings: Sequence[FoldEncoding],
        permutations: int,
        combat: bool,
        trees: int | None = None,
    ) -> None:
        self.sheet, self.table, self.subjects = sheet, table, subjects
        self.encodings, self.permutations, self.combat = encodings, permutations, combat
        self.trees = trees
        self.folds, self.loose = folds, random_folds
        self.groups = np.asarray(subjects.groups)
        self.found: dict[tuple[str, str], Predictions] = {}
        self.inner_seed = subseed(sheet.seed, "inner folds")
        self.values = table.values.astype(float)
        self.size = np.asarray(subjects.head_size, dtype=float)
        sized = bool(np.isfinite(self.size).any())
        self.plain = table_spaces(self.values, folds)
        self.residual = self._adjusted(folds, "residualised") if sized else []
        self.proportional = self._adjusted(folds, "proportional") if sized else []
        names = {encoding.name: LATENTS for encoding in encodings}
        self.spaces = {TABLE: self.plain, **latent_spaces(encodings, folds, names)}
        first = len(folds)
        numbers = range(first, first + len(random_folds))
        self.random = {TABLE: table_spaces(self.values, random_folds, numbers=list(numbers))}
        self.random |= latent_spaces(random_encodings, random_folds, names, first)
        # components of the table are those of its standardised columns
        self.rotated = {
            name: fold_spaces([(s.train, s.test) for s in found], [(s.train_idx, s.test_idx) for s in found])
            for name, found in self.spaces.items()
        }

    def _adjusted(self, folds: Sequence[Fold], method: str) -> list[FoldSpace]:
        powers = exponents(self.table.names) if method == "proportional" else None
        return table_spaces(self.values, folds, head_size=self.size, method=method, exponents=powers)  # type: ignore[arg-type]

    def sex(self) -> None:
        """Sex: the table and its latents, with head size in and out, and the other learners of the grid."""
        sex = np.asarray(self.subjects.sex, dtype=str)
        common = majority(self.plain, sex)
        self.sheet.scores("sex", "none", "majority", common)
        sized = [head_size_space(space, self.size) for space in self.plain]
        alone = self._classify(sized, sex)
        self.sheet.scores("sex", "head_size", LOGISTIC, alone, baseline=("majority", common))
        loose = [head_size_space(space, self.size) for space in self.random[TABLE]]
        # without head sizes the commonest sex is what is left to beat
        beside = ("head_size", alone) if len(alone) else ("majority", common)
        apart = self._classify(loose, sex)
        also = ("head_size", apart) if len(apart) else ("majority", majority(self.random[TABLE], sex))
        self._classes("sex", sex, beside, also)
        for name in (*model_names(2), SUPPORT_VECTORS):
            if name != LOGISTIC:
                pred = cross_validate(name, self.plain, sex, self.groups, self.inner_seed, self.trees)
                self.sheet.scores("sex", TABLE, name, pred, baseline=beside)
        for method, spaces in (("residualised", self.residual), ("proportional", self.proportional)):
            if spaces:
                found = self._classify(spaces, sex)
                self.sheet.scores(
                    "sex", f"{TABLE}_head_size_{method}", LOGISTIC, found, baseline=("majority", common)
                )
        left = self._classify([match(space, sex, self.size) for space in sized], sex)
        self.sheet.scores("sex", "head_size_matched", LOGISTIC, left, baseline=("majority", common))
        for name, spaces in self.spaces.items():
            paired = self._classify([match(space, sex, self.size) for space in spaces], sex)
            beside = ("head_size_matched", left)
            self.sheet.scores("sex", f"{name}_head_size_matched", LOGISTIC, paired, baseline=beside)

    def age_groups(self) -> None:
        """Brackets: the whole grid of models, ordinal handling, latents, beside the majority and sex alone."""
        labels = self.subjects.age_group
        target = "age_bracket" if self.subjects.has_brackets else "age_band"
        common = majority(self.plain, labels)
        self.sheet.scores(target, "none", "majority", common)
        by_sex = self._classify(sex_spaces(self.plain, np.asarray(self.subjects.sex, dtype=str)), labels)
        self.sheet.scores(target, "sex", LOGISTIC, by_sex, baseline=("majority", common))
        self._classes(target, labels, ("majority", common), ("majority", majority(self.random[TABLE], labels)))
        classes = len(np.unique(labels[labels != ""]))
        for features, spaces in self.spaces.items():
            for name in model_names(classes):
                if name == LOGISTIC:
                    continue
                log.info("%s from %s by %s", target, features, name)
                pred = cross_validate(name, spaces, labels, self.groups, self.inner_seed, self.trees)
                self.sheet.scores(target, features, name, pred, baseline=("majority", common))
        ordered = classify_ordinal(self.plain, labels, self.groups, self.inner_seed)
        self.sheet.scores(target, TABLE, "ordinal_logistic", ordered, baseline=("majority", common))
        extra = {"bracket_distance": bracket_distance, "quadratic_kappa": quadratic_kappa}
        for name, pred in (("ordinal_logistic", ordered), (LOGISTIC, self.found[target, TABLE])):
            self.sheet.scores(target, TABLE, name, pred, baseline=("majority", common), metrics=extra)

    def age_years(self) -> None:
        """Years by ridge, boosting and kernel ridge, uncorrected and corrected, beside the mean."""
        years = self.subjects.years
        if not np.isfinite(years).any():
            return
        mean = mean_age(self.plain, years)
        by_sex = mean_age(self.plain, years, np.asarray(self.subjects.sex, dtype=str))
        self.sheet.scores("age_years", "none", "mean", mean)
        self.sheet.scores("age_years", "sex", "mean", by_sex, baseline=("mean", mean))
        found = {}
        for features, spaces in self.spaces.items():
            log.info("age_years from %s", features)
            models = regress_table(spaces, years, self.groups, self.inner_seed)
            found[features] = models["ridge"].raw
            for name, guess in models.items():
                beside = ("mean", mean)
                self.sheet.scores("age_years", features, name, guess.raw, baseline=beside)
                self.sheet.scores(
                    "age_years", features, f"{name}_bias_corrected", guess.corrected, baseline=beside
                )
            self._permutation("age_years", years, features, spaces, found[features])
        if LATENTS in found:
            self.sheet.change("age_years", f"{LATENTS}_minus_{TABLE}", "ridge", found[LATENTS], found[TABLE])
        for features, spaces in self.random.items():
            if spaces:
                loose = regress(spaces, years, np.arange(len(years)), self.inner_seed).raw
                beside = ("mean", mean_age(spaces, years))
                self.sheet.scores("age_years", features, "ridge", loose, split="random", baseline=beside)
                self.sheet.change("age_years", features, "ridge", loose, found[features], random=True)

    def sites(self) -> None:
        """Each site held out in turn, where there are sites."""
        sites = self.table.cohort.table["site"].to_numpy(dtype=str)
        sex = np.asarray(self.subjects.sex, dtype=str)
        years = self.subjects.years
        site_results(self.sheet, self.values, sites, sex, years, self.groups, self.inner_seed, self.size)
        if self.combat:
            alone = np.arange(len(sites))
            for split, folds, groups in (("grouped", self.folds, self.groups), ("random", self.loose, alone)):
                combat_results(self.sheet, self.values, folds, sites, sex, years, groups, self.inner_seed, split)

    def errors(self) -> None:
        """The autoencoder's error on held-out people, beside PCA with as many components."""
        if self.encodings:
            self.sheet.rows += table_errors(self.values, self.encodings, self.sheet)

    def _classes(
        self,
        target: str,
        labels: np.ndarray,
        baseline: tuple[str, Predictions],
        random_baseline: tuple[str, Predictions],
    ) -> None:
        for name, spaces in self.spaces.items():
            log.info("%s from %s", target, name)
            pred = self.found[target, name] = self._classify(spaces, labels)
            self.sheet.scores(target, name, LOGISTIC, pred, baseline=baseline)
            self._permutation(target, labels, name, spaces, pred)
            two = self._classify([first_components(space) for space in self.rotated[name]], labels)
            self.sheet.scores(target, f"{name}_pca2", LOGISTIC, two, baseline=baseline)
        if LATENTS in self.spaces:
            pair = self.found[target, LATENTS], self.found[target, TABLE]
            self.sheet.change(target, f"{LATENTS}_minus_{TABLE}", LOGISTIC, *pair)
        for name, spaces in self.random.items():
            if spaces:
                loose = classify(spaces, labels, np.arange(len(labels)), self.inner_seed)
                self.sheet.scores(target, name, LOGISTIC, loose, split="random", baseline=random_baseline)
                self.sheet.change(target, name, LOGISTIC, loose, self.found[target, name], random=True)

    def _classify(self, spaces: Sequence[FoldSpace], labels: np.ndarray) -> Predictions:
        return classify(spaces, labels, self.groups, self.inner_seed)

    def _permutation(
        self, target: str, labels: np.ndarray, name: str, spaces: Sequence[FoldSpace], pred: Predictions
    ) -> None:
        rng = generator(self.sheet.seed, "permutation", "table", target, name)
        test = permutation_test(spaces, labels, self.groups, rng, self.permutations)
        self.sheet.permutation(target, name, test, pred)
