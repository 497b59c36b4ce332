"""Edits of one cohort: learned from some families, tried on others, and where the truth is known, scored by it."""

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch

from brainaging.pipeline.counterfactual.covariates import Covariates, cohort_covariates, registered_scale
from brainaging.pipeline.counterfactual.deformation import KNOTS_MM, Deformation, warped_ml
from brainaging.pipeline.counterfactual.directions import cosine, direction_cosines
from brainaging.pipeline.counterfactual.learn import FORMAT, Learned, learn, load, save
from brainaging.pipeline.counterfactual.rivals import Space, latent_spaces, rivals
from brainaging.pipeline.counterfactual.score.figure_files import write_figures
from brainaging.pipeline.counterfactual.score.scorer import AGED, EDITS, SEXED, Edit, Scorer, renderable
from brainaging.pipeline.counterfactual.score.simulated_truth import Truth
from brainaging.pipeline.data import Cohort, Prepared, grouped_folds
from brainaging.pipeline.engines import Coder, encode_volumes
from brainaging.pipeline.results.legacy import Result
from brainaging.pipeline.runtime import KeptWork, atomic_output, text_sha256
from brainaging.pipeline.stats.bootstrap import mean_ratio
from brainaging.pipeline.stats.sample_space import Fold

log = logging.getLogger(__name__)
MODEL = "edits.pt"


def held_out_fold(cohort: Cohort, held_out: int, seed: int) -> Fold:
    """Return rows (train, test) of a grouped fold whose test part has about ``held_out`` people."""
    groups = cohort.groups()
    folds = max(2, min(len(np.unique(groups)), round(len(groups) / held_out)))
    train, test = grouped_folds(groups, cohort.strata(), folds, seed)[0]
    return train, test[:held_out]


@dataclass
class Study:
    """One cohort, split by families into people to learn from and people to be edited.

    Attributes:
        prepared: the cohort on its grid.
        fold: rows to learn from and rows to edit.
        out: gets ``edits.npz``.
        models: gets ``edits.pt``, which an unchanged run reads back.
        truth: what a simulated cohort was made of; None of a real one.
        edits: what is asked; the first two are in figures.
        trained: networks with latent spaces, trained on the same rows, by name: rivals beside the usual ones.
        seed: of folds and draws.
        knots_mm: distance of the knots of the fields that are learned.
    """

    prepared: Prepared
    fold: Fold
    out: Path
    models: Path
    truth: Truth | None = None
    edits: Sequence[Edit] = EDITS
    trained: Mapping[str, Coder] = field(default_factory=dict)
    seed: int = 0
    knots_mm: float = KNOTS_MM

    def run(self) -> list[Result]:
        """Learn, edit, measure, write the figures' file; return the rows.

        Raises:
            UserError: too few people, or nobody's age and sex known.
        """
        cohort, prepared = self.prepared.cohort, self.prepared
        everyone, known = cohort_covariates(cohort, prepared.head_size)
        train, test = (rows[np.isin(rows, known)] for rows in map(np.asarray, self.fold))
        if self.truth is not None:
            test = test[renderable(self.edits, self.truth, cohort.table["subject"].to_numpy(dtype=str)[test])]
        people, held_out = (everyone[np.searchsorted(known, rows)] for rows in (train, test))
        volumes, scans = prepared.volumes(train), prepared.volumes(test)
        groups = np.asarray(cohort.groups())
        learned, learners = self._learned(volumes, train, people, groups[train])
        held_out = self._measured(learned.edit, scans, test, held_out)
        blank = Result("", cohort.name, "T1w", "", "", "", "grouped", "", float("nan"))
        blank = replace(blank, n_train=len(train), n_test=len(test), seed=self.seed)
        subjects = [str(name) for name in cohort.table["subject"].to_numpy()[test]]
        men = learners.male > 0.5
        logs = np.log(learners.head_size)
        ratio = float(np.exp(logs[men].mean() - logs[~men].mean()))
        scorer = Scorer(
            self.truth,
            prepared.grid,
            scans,
            subjects,
            held_out,
            groups[test],
            learned.judge,
            blank,
            self.edits,
            ratio,
        )
        scorer.rows += self._judge_rows(scorer, learners)
        spaces = latent_spaces(volumes, prepared.grid, self.trained)
        others = rivals(volumes, prepared.grid, learners, groups[train], spaces, self.seed)
        scorer.run([learned.edit, *others])
        for name, space in spaces.items():
            scorer.rows += self._cosines(name, space, learners, groups[train], scorer)
        write_figures(self.out / "edits.npz", scorer, learned, cohort.restricted is not None)
        return scorer.rows

    def _learned(
        self, volumes: np.ndarray, train: np.ndarray, people: Covariates, groups: np.ndarray
    ) -> tuple[Learned, Covariates]:
        """Return the edit, from an earlier run where it is the same work, and its people's covariates."""
        work = KeptWork(
            self.models,
            {
                "knots_mm": self.knots_mm,
                "cohort": self.prepared.cohort.digest,
                "grid": self.prepared.fingerprint,
                "format": FORMAT,
                "subjects": text_sha256(json.dumps(train.tolist())),
                "volumes": hashlib.sha256(volumes.data).hexdigest(),
                "seed": self.seed,
            },
            # what learns, and not what scores the edit
            code=[learn.__module__],
        )
        path, sizes = self.models / MODEL, self.models / "head_size.npy"
        if work.finished:
            return load(path), replace(people, head_size=np.load(sizes))
        log.info("aligning %d scans and learning from them", len(train))
        cohort = self.prepared.cohort
        learned, found = learn(
            volumes,
            self.prepared.grid,
            people.age,
            people.male,
            groups,
            own_scale=registered_scale(self.prepared, train, volumes),
            cohort=cohort.name,
            simulated=cohort.simulated,
            seed=self.seed,
            knots_mm=self.knots_mm,
        )
        with atomic_output(sizes) as temporary, temporary.open("wb") as handle:
            np.save(handle, found.head_size)
        save(learned, path)
        work.finish(path.name, sizes.name)
        # as it is read back, so that a run that is typed again gives the same numbers
        return load(path), found

    def _measured(self, edit: Deformation, scans: np.ndarray, rows: np.ndarray, people: Covariates) -> Covariates:
        """Return held-out people's covariates with head size measured as in training."""
        unknown = people.with_head_size(float(np.exp(edit.design.log_size)))
        velocities = torch.from_numpy(edit.align(scans, unknown))
        own = registered_scale(self.prepared, rows, scans)
        return people.with_head_size(warped_ml(edit.alignment, velocities) * own)

    def _judge_rows(self, scorer: Scorer, learners: Covariates) -> list[Result]:
        """Return how well the judge reads held-out scans, beside the training scans' commoner sex and mean age."""
        people, judge = scorer.people, scorer.judge
        male = people.male > 0.5
        commoner = float((male == (learners.male.mean() > 0.5)).mean())
        right = ((judge.male(scorer.scans, people.head_size) > 0.5) == male).astype(float)
        error = np.abs(scorer.years - people.age)
        blind = float(np.abs(people.age - learners.age.mean()).mean())
        row = replace(
            scorer.blank, experiment="edit_judge", features="voxels given head size", model="linear judge"
        )
        rows = []
        for target, metric, values, beside in (
            ("sex", "accuracy", right, ("majority", commoner)),
            ("age_years", "mae", error, ("mean", blind)),
        ):
            value, low, high = mean_ratio(values, 1.0, scorer.groups, self.seed, scorer.replicates)
            one = replace(row, target=target, metric=metric, value=value, ci_low=low, ci_high=high)
            rows.append(replace(one, baseline=beside[0], baseline_value=beside[1]))
        return rows

    def _cosines(
        self, name: str, space: Space, people: Covariates, groups: np.ndarray, scorer: Scorer
    ) -> list[Result]:
        """Return the cosine of the age and sex directions, with and without covariates, beside the truth's."""
        row = replace(
            scorer.blank,
            experiment="directions",
            features=f"latents_{name}",
            target="age",
            metric="cosine_age_sex",
        )
        rows, beside = [], ("", float("nan"))
        if self.truth is not None:
            beside = ("truth", true_cosine(space.coder, scorer))
            rows = [replace(row, model="truth", value=beside[1])]
        for found in direction_cosines(space.latents, people, groups, self.seed):
            one = replace(row, model=found.adjusted, value=found.value, ci_low=found.low, ci_high=found.high)
            rows.append(replace(one, baseline=beside[0], baseline_value=beside[1]))
            rows.append(replace(row, model=found.adjusted, metric="permutation_p", value=found.p))
        return rows


def true_cosine(coder: Coder, scorer: Scorer) -> float:
    """Return the cosine, in a latent space, of the mean true changes by age and from F to M."""
    start = encode_volumes(coder, scorer.scans)
    aged, sexed = (
        encode_volumes(coder, scorer.scans + scorer.examples[edit.name, "true"]) - start for edit in (AGED, SEXED)
    )
    to_man = np.where(scorer.people.male > 0.5, -1.0, 1.0)[:, None]
    return cosine(aged.mean(axis=0), (sexed * to_man).mean(axis=0))
