"""Edits of one cohort: learned from some families, tried on others, and where the truth is known, scored by it."""

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from brainaging.pipeline.counterfactual.cohort_alignment import KNOTS_MM
from brainaging.pipeline.counterfactual.comparators import Space, comparators, latent_spaces
from brainaging.pipeline.counterfactual.covariates import Covariates, cohort_covariates
from brainaging.pipeline.counterfactual.direction_findings import EXPERIMENT as DIRECTIONS
from brainaging.pipeline.counterfactual.direction_findings import direction_findings
from brainaging.pipeline.counterfactual.directions import cosine, direction_cosines
from brainaging.pipeline.counterfactual.edit_checkpoint import FORMAT, MODEL, load, save
from brainaging.pipeline.counterfactual.learn import Learned, LearningScans, learn, measured_covariates
from brainaging.pipeline.counterfactual.reader_split import split_for_reader
from brainaging.pipeline.counterfactual.score.edit_figure_arrays import write_figures
from brainaging.pipeline.counterfactual.score.edit_kinds import AGED, EDITS, SEXED, Edit
from brainaging.pipeline.counterfactual.score.scorer import TRUE, HeldOut, Scorer
from brainaging.pipeline.counterfactual.score.simulated_truth import Truth
from brainaging.pipeline.counterfactual.score.true_changes import renderable
from brainaging.pipeline.data import Cohort, Prepared, grouped_folds
from brainaging.pipeline.engines import Coder, encode_volumes
from brainaging.pipeline.experiments.counterfactuals.axis_findings import axis_findings, fitted_readings
from brainaging.pipeline.experiments.counterfactuals.reader_findings import reader_findings
from brainaging.pipeline.results import Finding, Scoring
from brainaging.pipeline.runtime import KeptWork, atomic_output, text_sha256
from brainaging.pipeline.stats.sample_space import Fold

log = logging.getLogger(__name__)


def held_out_fold(cohort: Cohort, held_out: int, seed: int) -> Fold:
    """Return rows (train, test) of a grouped fold whose test part has about ``held_out`` people."""
    groups = cohort.groups()
    folds = max(2, min(len(np.unique(groups)), round(len(groups) / held_out)))
    train, test = grouped_folds(groups, cohort.strata(), folds, seed)[0]
    return train, test[:held_out]


@dataclass(frozen=True)
class EditSettings:
    """How a study of edits is made.

    Attributes:
        edits: that are scored; the first two are in figures.
        learned_from: people that the edit is learned from, at most.
        knots_mm: distance of the knots of the fields that are learned.
        seed: of folds and draws.
        predictions: an exported task of the same people, and a folder that gets what every method edits, as
            predictions for it; None for none.
        axes: whether simulated people's edits are scored on the score's axes too.
    """

    edits: Sequence[Edit] = EDITS
    learned_from: int | None = None
    knots_mm: float = KNOTS_MM
    seed: int = 0
    predictions: tuple[Path, Path] | None = None
    axes: bool = True


@dataclass(frozen=True)
class Parts:
    """Rows of a cohort by what they are for, and the covariates of all rows in which these are known.

    Attributes:
        edit: rows that the edit and the methods beside it learn from.
        reader: rows of other families, that the reader of edited brains learns from.
        no_reader: why these are none, "" where there are some.
        test: rows that are edited.
        covariates: of the rows ``complete``.
        complete: sorted rows whose covariates are known.
    """

    edit: np.ndarray
    reader: np.ndarray
    no_reader: str
    test: np.ndarray
    covariates: Covariates
    complete: np.ndarray

    def people(self, rows: np.ndarray) -> Covariates:
        """Return the covariates of ``rows`` (m,)."""
        return self.covariates[np.searchsorted(self.complete, rows)]


@dataclass
class EditStudy:
    """One cohort, split by families into people to learn from and people to be edited.

    Attributes:
        prepared: the cohort on its grid.
        fold: rows to learn from and rows to edit.
        out: gets ``edits.npz``.
        models: gets ``edits.pt``, which an unchanged run reads back.
        truth: what a simulated cohort was made of; None of a real one.
        settings: what is scored, and how it is learned.
        trained: networks with latent spaces, trained on the rows to learn from, by encoder: their linear models
            stand
            beside the edit.
    """

    prepared: Prepared
    fold: Fold
    out: Path
    models: Path
    truth: Truth | None = None
    settings: EditSettings = field(default_factory=EditSettings)
    trained: Mapping[str, Coder] = field(default_factory=dict)

    def run(self) -> list[Finding]:
        """Learn, edit, measure, write the figures' file; return the findings.

        Raises:
            UserError: too few people, or nobody's age and sex known.
        """
        cohort, prepared, seed = self.prepared.cohort, self.prepared, self.settings.seed
        parts = self.parts()
        log.info("reading %d scans to learn from", len(parts.edit))
        scans = LearningScans.of(prepared, parts.edit, parts.people(parts.edit))
        learned, learners = self._learned(scans, parts)
        log.info("measuring %d held-out scans", len(parts.test))
        test = LearningScans.of(prepared, parts.test, parts.people(parts.test))
        held_out = HeldOut(
            test.volumes,
            prepared.grid,
            [str(name) for name in cohort.table["subject"].to_numpy()[parts.test]],
            measured_covariates(learned.edit, test),
            test.families,
        )
        scoring = Scoring(cohort.name, "T1w", seed, test.families)
        scorer = Scorer(
            held_out,
            self.truth,
            learned.reader,
            scoring,
            len(parts.edit),
            self.settings.edits,
            _size_ratio(learners),
        )
        log.info("testing the reader of edited brains")
        findings = reader_findings(learned, held_out, parts.people(parts.reader), scoring)
        spaces = latent_spaces(scans.volumes, prepared.grid, self.trained)
        others = comparators(scans.volumes, prepared.grid, learners, scans.families, spaces, seed)
        findings += scorer.run([learned.edit, *others])
        if self.truth is not None and self.settings.axes:
            readings = fitted_readings(prepared, parts.reader, parts.people(parts.reader), parts.no_reader)
            findings += axis_findings(scorer, self.truth, readings, self.settings.predictions)
        for encoder, space in spaces.items():
            findings += self._cosines(encoder, space, learners, scans.families, scorer)
        log.info("gathering what figures show")
        write_figures(self.out / "edits.npz", scorer, learned, cohort.restricted is not None)
        return findings

    def parts(self) -> Parts:
        """Return who is learned from and who is edited, of people whose covariates are known."""
        cohort = self.prepared.cohort
        covariates, complete = cohort_covariates(cohort, self.prepared.head_size)
        train, test = (rows[np.isin(rows, complete)] for rows in map(np.asarray, self.fold))
        if self.truth is not None:
            subjects = cohort.table["subject"].to_numpy(dtype=str)[test]
            test = test[renderable(self.settings.edits, self.truth, subjects)]
        groups, strata = np.asarray(cohort.groups())[train], np.asarray(cohort.strata())[train]
        edit, reader, reason = split_for_reader(groups, strata)
        return Parts(train[edit][: self.settings.learned_from], train[reader], reason, test, covariates, complete)

    def _learned(self, scans: LearningScans, parts: Parts) -> tuple[Learned, Covariates]:
        """Return the edit, from an earlier run where it is the same work, and its people's covariates."""
        cohort, seed = self.prepared.cohort, self.settings.seed
        reader_scans = None
        if len(parts.reader):
            reader_scans = LearningScans.of(self.prepared, parts.reader, parts.people(parts.reader))
        work = KeptWork(
            self.models,
            {
                "knots_mm": self.settings.knots_mm,
                "cohort": cohort.digest,
                "grid": self.prepared.fingerprint,
                "format": FORMAT,
                "subjects": text_sha256(json.dumps([parts.edit.tolist(), parts.reader.tolist()])),
                "volumes": _sha256(scans, reader_scans),
                "seed": seed,
            },
            # what learns, and not what scores the edit
            code=[learn.__module__],
        )
        path, sizes = self.models / MODEL, self.models / "head_size.npy"
        if work.finished:
            return load(path), replace(parts.people(parts.edit), head_size=np.load(sizes))
        log.info("aligning %d scans and learning from them", len(scans))
        learned, learners = learn(
            scans,
            reader_scans,
            cohort=cohort.name,
            simulated=cohort.simulated,
            no_reader=parts.no_reader,
            seed=seed,
            knots_mm=self.settings.knots_mm,
        )
        with atomic_output(sizes) as temporary, temporary.open("wb") as handle:
            np.save(handle, learners.head_size)
        save(learned, path)
        work.finish(path.name, sizes.name)
        # as it is read back, so that a run that is typed again gives the same numbers
        return load(path), learners

    def _cosines(
        self, encoder: str, space: Space, people: Covariates, families: np.ndarray, scorer: Scorer
    ) -> list[Finding]:
        """Return the cosine of the age and sex directions, with and without covariates, beside the truth's."""
        common = scorer.scoring.common(DIRECTIONS, len(people), len(scorer.held_out.scans))
        truth = None if self.truth is None else true_cosine(space.coder, scorer)
        cosines = direction_cosines(space.latents, people, families, self.settings.seed)
        return direction_findings(cosines, encoder, common, truth)


def true_cosine(coder: Coder, scorer: Scorer) -> float:
    """Return the cosine, in a latent space, of the mean true changes by age and from F to M."""
    scans, people = scorer.held_out.scans, scorer.held_out.people
    start = encode_volumes(coder, scans)
    aged, sexed = (
        encode_volumes(coder, scans + scorer.examples[edit.name, TRUE]) - start for edit in (AGED, SEXED)
    )
    to_man = np.where(people.male > 0.5, -1.0, 1.0)[:, None]
    return cosine(aged.mean(axis=0), (sexed * to_man).mean(axis=0))


def _size_ratio(people: Covariates) -> float:
    """Return the head size of men by that of women, of geometric means."""
    men, logs = people.male > 0.5, np.log(people.head_size)
    return float(np.exp(logs[men].mean() - logs[~men].mean()))


def _sha256(*scans: LearningScans | None) -> str:
    digest = hashlib.sha256()
    for part in scans:
        if part is not None:
            digest.update(part.volumes.data)
    return digest.hexdigest()
