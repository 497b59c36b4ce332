"""Edits in latent spaces that can be decoded: the original's way, the linear model of latents, regeneration."""

from dataclasses import dataclass

import numpy as np
import torch
from sklearn.linear_model import Ridge

from brainaging.networks import T1wConditionalGenerator
from brainaging.pipeline.counterfactual.covariates import AGE, HEAD_SIZE, SEX, Covariates, Design
from brainaging.pipeline.counterfactual.estimation.fits import least_squares
from brainaging.pipeline.engines import Coder, decode_latents, encode_volumes
from brainaging.pipeline.runtime import UserError
from brainaging.pipeline.stats.age_regression import choose_alpha
from brainaging.pipeline.stats.probes import choose_penalty, logistic

#: brains that are made at a time. Sensitivity: memory alone
BATCH = 32


def check_decodes(coder: object) -> None:
    """Raise UserError where a network has no latents, or cannot decode them."""
    missing = [name for name in ("encode", "decode") if not hasattr(coder, name)]
    if missing:
        raise UserError(
            f"{type(coder).__name__}: expected a model with a decoder, found one without {' and '.join(missing)}"
        )


def decoded_change(coder: Coder, latents: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """Return decode(z + Δz) − decode(z), (n, X, Y, Z): what the coder loses of a scan is in neither.

    Raises:
        UserError: the network cannot decode.
    """
    check_decodes(coder)
    start = latents.astype(np.float32)
    return decode_latents(coder, start + steps.astype(np.float32)) - decode_latents(coder, start)


@dataclass
class LinearLatent:
    """The closed-form linear model of latents on age, sex and head size together.

    Attributes:
        coder: encodes and decodes.
        design: of the covariates.
        effects: (q, L).
    """

    coder: Coder
    design: Design
    effects: np.ndarray
    name: str
    covariates: tuple[str, ...] = (AGE, SEX, HEAD_SIZE)

    @classmethod
    def fit(cls, coder: Coder, latents: np.ndarray, people: Covariates, name: str) -> "LinearLatent":
        """Fit to training latents (n, L); ``name`` says whose they are."""
        design = Design.of(people)
        return cls(coder, design, least_squares(latents.astype(float), design.matrix(people)), name)

    def predicted_change(self, volumes: np.ndarray, before: Covariates, after: Covariates) -> np.ndarray:
        """Return the changes (n, X, Y, Z)."""
        steps = self.design.covariate_step(before, after) @ self.effects
        return decoded_change(self.coder, encode_volumes(self.coder, volumes), steps)


@dataclass
class Discriminant:
    """A direction along which a linear model tells ages, or sexes, apart, and how far along it people differ.

    The edit moves a scan by as much as people's projections change: a ridge or logistic weight says where to
    look for the difference, not how large it is.

    Attributes:
        coder: encodes and decodes.
        directions: unit vectors (L,) by covariate.
        slopes: change of the projection per decade, and from F to M.
    """

    coder: Coder
    directions: dict[str, np.ndarray]
    slopes: dict[str, float]
    name: str = "ridge_direction"
    covariates: tuple[str, ...] = (AGE, SEX)

    @classmethod
    def fit(
        cls,
        coder: Coder,
        latents: np.ndarray,
        people: Covariates,
        groups: np.ndarray,
        seed: int,
        labelled: tuple[np.ndarray, np.ndarray, np.ndarray] | None = None,
    ) -> "Discriminant":
        """Fit to training latents (n, L): ridge on age and logistic regression on sex; by ``labelled`` both
        logistic.

        Args:
            coder: of the latents.
            latents: of real training scans, (n, L).
            people: their covariates.
            groups: (n,) families; inner folds, which choose penalties, keep them whole.
            seed: of the inner folds.
            labelled: latents (m, L) of synthetic brains with the labels old (m,) and male (m,) that classifiers
                gave them, as the original meant to do; None fits to the real scans' own.

        Raises:
            UserError: labels of one class only: no direction can be fitted, which is where the original stopped.
        """
        # as in the probes: one number scales all latents, and no latent is whitened
        unit = np.sqrt(np.square(latents - latents.mean(axis=0)).sum(axis=1).mean())
        own = (latents - latents.mean(axis=0)) / unit
        if labelled is None:
            old = Ridge(choose_alpha(own, people.age, groups, seed)[0]).fit(own, people.age).coef_
            male = _logistic(own, people.male > 0.5, groups, seed, SEX)
        else:
            synthetic, unrelated = labelled[0] / unit, np.arange(len(labelled[0]))
            old = _logistic(synthetic, labelled[1] > 0, unrelated, seed, AGE)
            male = _logistic(synthetic, labelled[2] > 0, unrelated, seed, SEX)
        directions, slopes = {}, {}
        for key, weight, column in ((AGE, old, people.age / 10), (SEX, male, people.male)):
            direction = weight / np.linalg.norm(weight)
            rows = np.stack([np.ones(len(people)), column], axis=1)
            slopes[key] = float(least_squares((latents @ direction)[:, None].astype(float), rows)[1, 0])
            directions[key] = direction
        return cls(coder, directions, slopes, "ridge_direction" if labelled is None else "labelled_synthetic")

    def predicted_change(self, volumes: np.ndarray, before: Covariates, after: Covariates) -> np.ndarray:
        """Return the changes (n, X, Y, Z)."""
        decades, sexes = (after.age - before.age) / 10, after.male - before.male
        steps = np.outer(decades * self.slopes[AGE], self.directions[AGE])
        steps = steps + np.outer(sexes * self.slopes[SEX], self.directions[SEX])
        return decoded_change(self.coder, encode_volumes(self.coder, volumes), steps)


@dataclass
class Regenerated:
    """The edit that a conditional generator of age, sex and head size makes by inversion.

    A scan's latent z flows back to noise under its own covariates c, and forth from there under c′: the change is
    G(z′, c′) − G(z, c), as of deterministic samplers of diffusions (DDIM; Song et al. 2021, ICLR). The same noise
    is the same person, as far as the generator tells people apart.

    Attributes:
        network: of age, sex and head size, in this order.
    """

    network: T1wConditionalGenerator
    name: str = "regenerated"
    covariates: tuple[str, ...] = (AGE, SEX, HEAD_SIZE)

    @torch.inference_mode()
    def predicted_change(self, volumes: np.ndarray, before: Covariates, after: Covariates) -> np.ndarray:
        """Return the changes (n, X, Y, Z) of scans of the network's grid."""
        latents = torch.from_numpy(encode_volumes(self.network, volumes)).float()
        pairs = [torch.from_numpy(covariate_rows(people)) for people in (before, after)]
        parts = [
            self._change(*rows)
            for rows in zip(latents.split(BATCH), *(each.split(BATCH) for each in pairs), strict=True)
        ]
        changes: np.ndarray = torch.cat(parts).numpy()
        return changes

    def _change(self, latents: torch.Tensor, before: torch.Tensor, after: torch.Tensor) -> torch.Tensor:
        """Return the changes (B, X, Y, Z) of latents (B, L) from covariates (B, 3) to others."""
        flow = self.network.flow
        moved = flow.draw(flow.invert(latents, before), after)
        # less the round trip of no step: what rounding makes of it is no change
        same = flow.draw(flow.invert(latents, before), before)
        start, end = self.network.brains(latents, before), self.network.brains(latents + (moved - same), after)
        return (end - start)[:, 0]


def covariate_rows(people: Covariates) -> np.ndarray:
    """Return years, 0 or 1, and mL (n, 3), as the generator reads people."""
    return np.stack([people.age, people.male, people.head_size], axis=1).astype(np.float32)


def _logistic(latents: np.ndarray, label: np.ndarray, groups: np.ndarray, seed: int, what: str) -> np.ndarray:
    if len(np.unique(label)) < 2:
        raise UserError(f"{what}: every label is of one class, so that no direction can be fitted")
    code = label.astype(int)
    weight: np.ndarray = logistic(choose_penalty(latents, code, groups, seed)).fit(latents, code).coef_[0]
    return weight
