"""The chain that the original study broke on: judges, a GAN, its inverse, the gate, labels; one table."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import cast

import numpy as np
import torch

from brainaging.networks import T1wGenerator, T1wLatentEncoder
from brainaging.pipeline.data import SEXES, Prepared, sex_numbers
from brainaging.pipeline.engines import Coder, decode_latents, encode_volumes, generate_volumes, predict_volumes
from brainaging.pipeline.experiments.budget import SyntheticBudget
from brainaging.pipeline.experiments.synthetic.age_regressor import score_age
from brainaging.pipeline.experiments.synthetic.classifiers import (
    AGE,
    FIRST,
    NOISE,
    SECOND,
    cross_validated,
    scale_rows,
    sex_learners,
)
from brainaging.pipeline.experiments.synthetic.feasible import impossible
from brainaging.pipeline.experiments.synthetic.fidelity_rows import Samples, fidelity_rows
from brainaging.pipeline.experiments.synthetic.figure_files import Pictures, write_pictures
from brainaging.pipeline.experiments.synthetic.inversion import (
    FRESH,
    inversion_rows,
    latent_errors,
    made_again,
    reconstructed,
)
from brainaging.pipeline.experiments.synthetic.labelling import Panel, gate_rows
from brainaging.pipeline.experiments.synthetic.original_gan import original_brains
from brainaging.pipeline.experiments.synthetic.training import Learner, train, weights_of
from brainaging.pipeline.measures.fidelity import FeatureSpace, GaussianSampler, pca_space
from brainaging.pipeline.measures.tissue import head_sizes
from brainaging.pipeline.results.legacy import Result
from brainaging.pipeline.results.original_study import LOGISTIC
from brainaging.pipeline.results.sheet import Sheet
from brainaging.pipeline.runtime import UserError, subseed
from brainaging.pipeline.stats.baselines import majority
from brainaging.pipeline.stats.head_size_audit import (
    SCALES,
    matched_on_head_size,
    scale_answers,
    without_head_size,
)
from brainaging.pipeline.stats.label_gate import (
    GateError,
    fingerprint_check,
    intensity_check,
    require,
    size_check,
)
from brainaging.pipeline.stats.probes import classify
from brainaging.pipeline.stats.reliability import RELIABILITY_METRICS
from brainaging.pipeline.stats.sample_space import Fold, fold_spaces
from brainaging.pipeline.stats.scores import CLASS_METRICS
from brainaging.transforms import template_mask

log = logging.getLogger(__name__)
SEX, YEARS, GAN, ENCODER = "t1w_sex_classifier", "t1w_age_regressor", "t1w_gan", "t1w_latent_encoder"
CODES = "t1w_autoencoder"
#: bundles that the study trains
BUNDLES = (SEX, YEARS, GAN, ENCODER, CODES)
#: what is trained, as its folders are called
LEARNERS = (FIRST, NOISE, SECOND, AGE, "gan", "latent_encoder", "rival_autoencoder")
OURS, SAMPLER, ORIGINAL = "gan", "pca_gaussian", "original_recipe"
MODEL_METRICS = {**CLASS_METRICS, **RELIABILITY_METRICS}


@dataclass
class Synthetic:
    """One study: what it needs, and the rows that it has so far.

    Attributes:
        prepared: the cohort on its grid.
        volumes: (n, X, Y, Z), its scans.
        folds: grouped folds; judges are scored on them, and the first one's training scans teach the generator.
        bundles: folders of :data:`BUNDLES`.
        budget: how much it may cost.
        out: gets ``synthetic.npz``, weights in ``models``.
        sheet: takes the rows.
        fresh: people outside the cohort to judge made brains by; None for the first fold's test scans. Judges are
            tried on both.
    """

    prepared: Prepared
    volumes: np.ndarray
    folds: Sequence[Fold]
    bundles: Mapping[str, Path]
    budget: SyntheticBudget
    out: Path
    sheet: Sheet
    fresh: Prepared | None = None

    def __post_init__(self) -> None:
        self.seed = self.sheet.seed
        self.models = self.out / "models"
        self.mask = template_mask(self.prepared.grid)
        self.train, self.test = (np.asarray(rows) for rows in self.folds[0])
        self.sex = sex_numbers(self.prepared.cohort)
        self.real = self.volumes[self.test] if self.fresh is None else self.fresh.volumes()
        # a few scans span fewer numbers; mirror images count, and a tenth chooses epochs
        self.latent_size = min(self.budget.latent_size, len(self.train))
        self.blank = Result(
            "", self.sheet.cohort, self.sheet.modality, "voxels", "sex", "", "grouped", "", float("nan")
        )
        self.blank = replace(self.blank, n_train=len(self.train), n_test=len(self.test), seed=self.seed)

    def run(self) -> None:
        """Do everything, and write the pictures.

        A gate that does not open is a result, not an error: its rows say which checks failed, what the judges said
        stands there as a finding about them, and no brain keeps a label.

        Raises:
            UserError: the cohort is too small, see :func:`impossible`.
        """
        if reason := impossible(self.prepared, self.folds):
            raise UserError(f"synthetic brains: {reason}")
        self.judges()
        learner = Learner(AGE, self.bundles[YEARS], self.budget.judge_epochs, {})
        folds = self.folds[: self.budget.age_folds]
        if folds:
            score_age(learner, self.prepared, self.volumes, folds, self.models, self.sheet)
        coder = self.autoencoder()
        made, encoder = self.generators(coder)
        optimised = self.inverse(encoder, coder)
        labels = self.labels(made, encoder)
        write_pictures(
            self.out / "synthetic.npz",
            Pictures(
                self.prepared.grid, self.mask, self.real[:64], made, encoder, self.volumes[self.test], optimised
            ),
            {name: said[:, 1] for name, said in labels.items()},
            dict(zip(SCALES, self.curve, strict=True)),
        )

    def judges(self) -> None:
        """Train and score the sex classifiers, audit the first for head size."""
        budget, seed, groups = self.budget, self.seed, self.sheet.groups
        learners = sex_learners(self.bundles[SEX], budget.judge_epochs)
        sex = np.array(self.prepared.cohort.table["sex"], dtype=str)
        spaces = fold_spaces(self.volumes, self.folds)
        linear = classify(spaces, sex, groups, subseed(seed, "inner folds"))
        found = {}
        for name, count in ((FIRST, budget.judge_folds), (NOISE, budget.noise_folds), (SECOND, 1)):
            folds = self.folds[:count]
            if not folds:
                continue
            pred = cross_validated(
                learners[name], self.prepared, self.volumes, folds, self.sex, SEXES, self.models, seed
            )
            found[name] = pred
            self.sheet.scores(
                "sex",
                "voxels",
                name,
                pred,
                experiment="judges",
                baseline=(LOGISTIC, linear),
                metrics=MODEL_METRICS,
            )
            self.sheet.change("sex", "voxels", f"{name} minus {LOGISTIC}", pred, linear, experiment="judges")
        self.first = found[FIRST]
        size = self.prepared.head_size
        common = ("majority", majority(spaces, sex))
        for ending, without in (("residualised", without_head_size), ("matched", matched_on_head_size)):
            left = without(self.first, size)
            self.sheet.scores(
                "sex", f"voxels_head_size_{ending}", FIRST, left, experiment="judges", baseline=common
            )
        network = self._judge(FIRST)
        answers = scale_answers(lambda brains: predict_volumes(network, brains), self.volumes[self.test])
        self.curve = answers.mean(axis=1)
        asked = self.sex[self.test]
        blank = replace(self.blank, model=FIRST, baseline_value=float(asked[asked >= 0].mean()))
        self.sheet.rows += scale_rows(blank, answers, groups[self.test], self.sheet.replicates)

    def autoencoder(self) -> Coder | None:
        """Train an autoencoder with as many codes as a latent has numbers; None where the budget has none."""
        codes = {"latent_size": self.latent_size}
        learner = Learner(LEARNERS[-1], self.bundles[CODES], self.budget.autoencoder_epochs, codes)
        return cast(Coder, self._trained(learner, self.train)) if learner.epochs else None

    def generators(self, coder: Coder | None) -> tuple[dict[str, np.ndarray], T1wLatentEncoder]:
        """Train the GAN and its encoder, make brains by every generator and measure them."""
        budget = self.budget
        gan = Learner(
            "gan",
            self.bundles[GAN],
            budget.gan_epochs,
            {"warmup": budget.gan_warmup, "latent_size": self.latent_size},
            sexed=True,
        )
        network = cast(T1wGenerator, self._trained(gan, self.train))
        inverse = Learner(
            "latent_encoder",
            self.bundles[ENCODER],
            budget.encoder_epochs,
            {
                "generator": str(weights_of(gan, self.models)),
                "latent_size": self.latent_size,
                "made": budget.encoder_brains,
            },
        )
        encoder = cast(T1wLatentEncoder, self._trained(inverse, self.train))
        learned, count = self.volumes[self.train], budget.brains
        draws = torch.Generator().manual_seed(self.seed)
        made = {OURS: generate_volumes(network, *network.draw(count, draws))}
        if budget.rivals:
            grid = self.prepared.grid
            wide, size = template_mask(grid, dilate_mm=12.0), grid.shape[0]
            made[SAMPLER] = GaussianSampler.fit(learned, wide).sample(count, self.seed)
            if size & (size - 1):
                log.warning("the original's recipe makes 32, 64 or 128 voxels, %s has %d", grid.name, size)
            else:
                made[ORIGINAL] = original_brains(
                    learned, count, budget.gan_epochs, self.models / ORIGINAL, self.seed
                )
        spaces = [pca_space(learned, self.mask)]
        if coder is not None:
            spaces.append(FeatureSpace(f"autoencoder-{self.latent_size}", partial(encode_volumes, coder)))
        for name, brains in made.items():
            log.info("measuring the brains of %s", name)
            samples = Samples(brains, learned, self.real, self.mask, self.prepared.grid)
            self.sheet.rows += fidelity_rows(name, samples, spaces, self.sheet.cohort, self.seed)
        return made, encoder

    def inverse(self, encoder: T1wLatentEncoder, coder: Coder | None) -> np.ndarray:
        """Score the encoder; return the held-out scans' optimised latents."""
        learned, held_out = self.volumes[self.train], self.volumes[self.test]
        made, optimised = reconstructed(encoder, learned, held_out, self.mask, self.budget.invert_steps)
        if coder is not None:
            made[f"autoencoder-{self.latent_size}"] = decode_latents(coder, encode_volumes(coder, held_out))
        errors = latent_errors(encoder, subseed(self.seed, "fresh latents"), min(FRESH, 4 * self.budget.brains))
        groups = self.sheet.groups[self.test]
        self.sheet.rows += inversion_rows(
            self.blank, errors, made, held_out, learned, self.mask, groups, self.sheet.replicates
        )
        return optimised

    def labels(self, made: Mapping[str, np.ndarray], encoder: T1wLatentEncoder) -> dict[str, np.ndarray]:
        """Pass the gate and label the brains; return the first judge's probabilities of brains that passed it."""
        scans, sex, groups = self.tried()
        again = made_again(encoder, scans, encode_volumes(encoder, scans), subseed(self.seed, "detail"))
        share = float((self.sex[self.train][self.sex[self.train] >= 0] == 1).mean())
        panel = Panel({name: self._judge(name) for name in (FIRST, SECOND)}, scans, again, sex, groups, share)
        blank = replace(self.blank, n_test=len(sex))
        self.sheet.rows += panel.rows(blank, self.sheet.replicates)
        grids = {"scans": self.prepared.fingerprint, "generator": encoder.generator.grid, "encoder": encoder.grid}
        grids |= {name: str(network.grid) for name, network in panel.networks.items()}
        passed = {}
        for name, brains in made.items():
            found = panel.label(brains)
            self.sheet.rows += panel.label_rows(blank, name, found)
            checks = [
                fingerprint_check(**grids),
                intensity_check(self.real, brains, self.mask),
                size_check(*(head_sizes(v, self.prepared.grid.spacing) for v in (self.real, brains))),
                *panel.checks(found),
            ]
            self.sheet.rows += gate_rows(blank, name, checks)
            try:
                require(checks)
                passed[name] = found[FIRST]
            except GateError as error:
                log.warning("%s: %s", name, error)
        return passed

    def tried(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return scans (m, X, Y, Z) that no judge learned from, their sex and their families (m,) each."""
        volumes, sex, groups = self.volumes[self.test], self.sex[self.test], self.sheet.groups[self.test]
        if self.fresh is not None:
            volumes = np.concatenate([volumes, self.real])
            sex = np.append(sex, sex_numbers(self.fresh.cohort))
            # its families are none of the cohort's
            groups = np.append(groups, groups.max() + 1 + self.fresh.cohort.groups())
        known = sex >= 0
        return volumes[known], sex[known], groups[known]

    def _judge(self, name: str) -> torch.nn.Module:
        learner = sex_learners(self.bundles[SEX], self.budget.judge_epochs)[name]
        rows = self.train[self.sex[self.train] >= 0]
        return self._trained(learner, rows, self.sex)

    def _trained(self, learner: Learner, rows: np.ndarray, labels: np.ndarray | None = None) -> torch.nn.Module:
        return train(learner, self.prepared, self.volumes, rows, self.models, self.seed, 0, labels)
