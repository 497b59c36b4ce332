"""The whole score of one scenario: simulate, learn on some families, edit the others, compare with their truth."""

import logging
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from brainaging.networks import T1wGenerator
from brainaging.pipeline.analysis.claim import claim
from brainaging.pipeline.analysis.edits.covariates import AGE, SEX, Covariates, cohort_covariates
from brainaging.pipeline.analysis.edits.deformation import KNOTS_MM, Deformation, thinned, warped_ml
from brainaging.pipeline.analysis.edits.directions import cosine, direction_cosines
from brainaging.pipeline.analysis.edits.judge import Judge
from brainaging.pipeline.analysis.edits.latent import Discriminant, LinearLatent, PcaCoder
from brainaging.pipeline.analysis.edits.learn import Learned, learn, load, save
from brainaging.pipeline.analysis.edits.methods import Method, Nothing, RescaledHead, VoxelRegression
from brainaging.pipeline.analysis.edits.score import AGED, REACH_MM, SEXED, Scorer
from brainaging.pipeline.analysis.edits.truth import Truth
from brainaging.pipeline.analysis.intervals import mean_ratio
from brainaging.pipeline.analysis.results import Result, write_results
from brainaging.pipeline.data import Prepared, grouped_folds
from brainaging.pipeline.engines import decode_latents, encode_volumes
from brainaging.pipeline.runtime import UserError, atomic_output, subseed
from brainaging.transforms import get_grid, place, template_mask

log = logging.getLogger(__name__)
MODEL = "edits.pt"
#: synthetic brains that the original's way labels
MADE = 1000


@dataclass
class Study:
    """One cohort, split by families into people to learn from and people to be scored on.

    Attributes:
        prepared: the simulated cohort on its grid.
        truth: what it was made of.
        out: gets ``edits.pt``, ``edits.npz``, ``results.csv``.
        held_out: how many people are scored, at most.
        seed: of split, folds and draws.
        knots_mm: distance of the knots of the fields that are learned.
    """

    prepared: Prepared
    truth: Truth
    out: Path
    held_out: int = 100
    seed: int = 0
    knots_mm: float = KNOTS_MM

    def run(self) -> list[Result]:
        """Learn, score, and write; return the rows."""
        cohort, volumes = self.prepared.cohort, self.prepared.volumes()
        people, known = cohort_covariates(cohort, self.prepared.head_size)
        if len(known) < len(volumes):
            raise UserError(
                f"{cohort.name}: expected everyone's age and sex to be known, as a simulated cohort's are"
            )
        groups = cohort.groups()
        folds = max(2, min(len(np.unique(groups)), round(len(groups) / self.held_out)))
        train, rest = grouped_folds(groups, cohort.strata(), folds, self.seed)[0]
        test = rest[: self.held_out]
        learned, learners = self._learned(volumes, train, people, groups)
        scans = volumes[test]
        asked = self._measured(learned.edit, scans, people[test])
        blank = Result("", cohort.name, "T1w", "", "", "", "grouped", "", float("nan"))
        blank = replace(blank, n_train=len(train), n_test=len(test), seed=self.seed)
        mask = template_mask(self.prepared.grid, dilate_mm=REACH_MM)
        judge = learned.judge
        subjects = [str(name) for name in cohort.table["subject"].to_numpy()[test]]
        scorer = Scorer(self.truth, scans, subjects, asked, np.asarray(groups)[test], judge, blank)
        scorer.rows += self._judge_rows(scorer, learners)
        methods, coder, latents = self._methods(volumes[train], learners, np.asarray(groups)[train], mask)
        scorer.run([learned.edit, *methods])
        scorer.rows += self._cosines(coder, latents, learners, groups[train], scorer, blank)
        self._pictures(scorer, learned)
        write_results(scorer.rows, self.out / "results.csv")
        return scorer.rows

    def _learned(
        self, volumes: np.ndarray, train: np.ndarray, people: Covariates, groups: np.ndarray
    ) -> tuple[Learned, Covariates]:
        """Return the edit, from an earlier run where it is the same work, and its people's covariates."""
        claim(
            self.out / "model",
            {
                "knots_mm": self.knots_mm,
                "cohort": self.prepared.cohort.digest,
                "grid": self.prepared.fingerprint,
                "n": len(train),
                "seed": self.seed,
            },
        )
        path, sizes = self.out / "model" / MODEL, self.out / "model" / "head_size.npy"
        if path.is_file() and sizes.is_file():
            return load(path), replace(people[train], head_size=np.load(sizes))
        log.info("aligning %d scans and learning from them", len(train))
        cohort = self.prepared.cohort
        learned, found = learn(
            volumes[train],
            self.prepared.grid,
            people.age[train],
            people.male[train],
            np.asarray(groups)[train],
            cohort=cohort.name,
            simulated=cohort.simulated,
            seed=self.seed,
            knots_mm=self.knots_mm,
        )
        with atomic_output(sizes) as temporary, temporary.open("wb") as handle:
            np.save(handle, found.head_size)
        save(learned, path)
        # as it is read back, so that a run that is typed again gives the same numbers
        return load(path), found

    def _measured(self, edit: Deformation, scans: np.ndarray, people: Covariates) -> Covariates:
        """Return held-out people's covariates with head size measured as in training."""
        unknown = people.with_head_size(float(np.exp(edit.design.log_size)))
        velocities = torch.from_numpy(edit.align(scans, unknown))
        return people.with_head_size(warped_ml(edit.alignment, velocities))

    def _judge_rows(self, scorer: Scorer, learners: Covariates) -> list[Result]:
        """Return how well the judge reads held-out scans, beside the training scans' commoner sex and mean age."""
        people, judge = scorer.people, scorer.judge
        male = people.male > 0.5
        commoner = float((male == (learners.male.mean() > 0.5)).mean())
        right = ((judge.male(scorer.scans, people.head_size) > 0.5) == male).astype(float)
        error = np.abs(judge.years(scorer.scans, people.head_size) - people.age)
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

    def _methods(
        self, volumes: np.ndarray, people: Covariates, groups: np.ndarray, mask: np.ndarray
    ) -> tuple[list[Method], PcaCoder, np.ndarray]:
        """Return the rivals and controls, fitted to the training scans, and the latent space of the linear
        ones.
        """
        grid = self.prepared.grid
        coder = PcaCoder(volumes, mask)
        latents = encode_volumes(coder, volumes)
        methods: list[Method] = [
            VoxelRegression.fit(volumes, people),
            LinearLatent.fit(coder, latents, people),
            Discriminant.fit(coder, latents, people, groups, self.seed),
            RescaledHead.fit(volumes, grid, people),
            Nothing(),
        ]
        try:
            methods.insert(3, self._labelled(volumes, people, groups))
        except UserError as error:
            log.warning("the original's way: %s", error)
        return methods, coder, latents

    def _labelled(self, volumes: np.ndarray, people: Covariates, groups: np.ndarray) -> Method:
        """Return the original's last step on a generator that works: label made brains, fit a direction."""
        grid, coarse = self.prepared.grid, get_grid("t1w_32")
        scans = thinned(volumes, grid)
        count = min(100, len(scans) - 4)
        generator = T1wGenerator(template_mask(coarse, dilate_mm=REACH_MM), count, grid=coarse.fingerprint)
        generator.start_from(scans[:, None])
        latents = encode_volumes(generator, scans.numpy())
        draws = torch.Generator().manual_seed(subseed(self.seed, "made brains"))
        z, _ = generator.draw(MADE, draws)
        made = decode_latents(generator, z.numpy())
        judge = Judge.fit(scans.numpy(), template_mask(coarse, dilate_mm=REACH_MM), people, groups, self.seed)
        typical = np.full(MADE, float(np.exp(np.log(people.head_size).mean())))
        old = judge.years(made, typical) > np.median(people.age)
        labels = (z.numpy(), old.astype(float), judge.male(made, typical) > 0.5)
        found = Discriminant.fit(generator, latents, people, groups, self.seed, labels)
        return _OnCoarse(found, self)

    def _cosines(
        self,
        coder: PcaCoder,
        latents: np.ndarray,
        people: Covariates,
        groups: np.ndarray,
        scorer: Scorer,
        blank: Result,
    ) -> list[Result]:
        """Return the cosine of the age and sex directions, with and without covariates, beside the truth's."""
        true = [scorer.examples[name, "true"] for name in (AGED.name, SEXED.name)]
        sign = np.where(scorer.people.male > 0.5, -1.0, 1.0)[:, None, None, None]
        maps = [true[0].mean(axis=0), (true[1] * sign).mean(axis=0)]
        mask = coder.mask.numpy()
        value = cosine(*(coder.components.numpy() @ one[mask] for one in maps))
        row = replace(
            blank, experiment="directions", features="latents_pca", target="age", metric="cosine_age_sex"
        )
        rows = [replace(row, model="truth", value=value)]
        for found in direction_cosines(latents, people, np.asarray(groups), self.seed):
            one = replace(row, model=found.adjusted, value=found.value, ci_low=found.low, ci_high=found.high)
            rows += [
                replace(one, baseline="truth", baseline_value=value),
                replace(row, model=found.adjusted, metric="permutation_p", value=found.p),
            ]
        return rows

    def _pictures(self, scorer: Scorer, learned: Learned) -> None:
        """Write edits.npz: one person's film of ages, and predicted beside true changes."""
        who = int(np.argsort(scorer.people.age)[len(scorer.people) // 2])
        one = slice(who, who + 1)
        ages = np.linspace(*learned.ages, 6).round()
        scan, person = scorer.scans[one], scorer.people[one]
        edit = learned.edit
        film = np.concatenate(
            [scan + edit.change(scan, person, replace(person, age=np.array([age]))) for age in ages]
        )
        true, made = scorer.examples[AGED.name, "true"], scorer.examples[AGED.name, edit.name]
        arrays = {
            "mask": template_mask(self.prepared.grid),
            "spacing": np.array(self.prepared.grid.spacing),
            "scan": scan[0],
            "film": np.clip(film, 0, None),
            "film_ages": ages,
            "span": np.array(AGED.years),
            "true": true[who],
            "predicted": made[who],
            "mean_true": true.mean(axis=0),
            "mean_predicted": made.mean(axis=0),
            "rival": scorer.examples[AGED.name, "voxel_regression"][who],
        }
        with atomic_output(self.out / "edits.npz") as temporary:
            np.savez_compressed(temporary, allow_pickle=False, **arrays)


@dataclass
class _OnCoarse:
    """A method of the coarse grid, asked on a finer one: scans are thinned, changes are interpolated."""

    method: Discriminant
    study: Study
    name: str = "labelled_synthetic"
    changes: tuple[str, ...] = (AGE, SEX)

    def change(self, volumes: np.ndarray, before: Covariates, after: Covariates) -> np.ndarray:
        """Return the changes (n, X, Y, Z) on the study's grid."""
        grid, coarse = self.study.prepared.grid, get_grid("t1w_32")
        changed = self.method.change(thinned(volumes, grid).numpy(), before, after)
        return np.stack([place(one, coarse.affine, grid) for one in changed])
