"""Baseline methods beside an edit, and the latent spaces that the linear ones live in."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import torch

from brainaging.networks import T1wConditionalGenerator, T1wGenerator
from brainaging.pipeline.counterfactual.cohort_alignment import ALIGNED, FIELD_MM, thinned
from brainaging.pipeline.counterfactual.covariates import Covariates
from brainaging.pipeline.counterfactual.latent_models import (
    Discriminant,
    LinearLatent,
    Regenerated,
    covariate_rows,
)
from brainaging.pipeline.counterfactual.methods import Method, NoChange, RescaledHead, VoxelRegression
from brainaging.pipeline.counterfactual.readers import SexAgeReader
from brainaging.pipeline.engines import Coder, decode_latents, encode_volumes
from brainaging.pipeline.measures.pca_baseline import PcaCoder
from brainaging.pipeline.runtime import UserError, subseed
from brainaging.transforms import GridSpec, get_grid, place, template_mask

log = logging.getLogger(__name__)
#: synthetic brains that the original's way labels. Sensitivity: not measured; the labels' noise is what limits it
SYNTHETIC = 1000
#: codes of the generator whose brains are labelled, as the demo's GAN has. Sensitivity: not measured
LATENT_SIZE = 100
#: scans more than codes, so that the generator's spread is not fitted exactly. Sensitivity: none above a few
SPARE = 4
PCA = "pca"
#: the linear model of latents, by the encoder whose latents they are
LINEAR_LATENT = {
    PCA: "linear_latent_pca",
    "autoencoder": "linear_latent_autoencoder",
    "gan": "linear_latent_gan",
}


@dataclass(frozen=True)
class Space:
    """A latent space: its coder, and the training scans' latents (n, L)."""

    coder: Coder
    latents: np.ndarray


def latent_spaces(volumes: np.ndarray, grid: GridSpec, trained: Mapping[str, Coder]) -> dict[str, Space]:
    """Return principal components of training scans (n, X, Y, Z), and ``trained`` networks' latents of them, by
    the encoder's code.
    """
    log.info("principal components of %d scans", len(volumes))
    coders = {PCA: PcaCoder(volumes, template_mask(grid, dilate_mm=FIELD_MM)), **trained}
    return {name: Space(coder, encode_volumes(coder, volumes)) for name, coder in coders.items()}


def comparators(
    volumes: np.ndarray,
    grid: GridSpec,
    people: Covariates,
    groups: np.ndarray,
    spaces: Mapping[str, Space],
    seed: int,
) -> list[Method]:
    """Return every baseline method and control, fitted to the scans that the edit was learned from.

    Args:
        volumes: (n, X, Y, Z) training scans.
        grid: of them.
        people: their covariates.
        groups: (n,) families.
        spaces: of :func:`latent_spaces`, for the linear model of latents; the discriminants take the first.
        seed: of inner folds and of synthetic brains.
    """
    first = spaces[PCA]
    log.info("fitting the ways that stand beside the edit")
    methods: list[Method] = [VoxelRegression.fit(volumes, people)]
    methods += [
        LinearLatent.fit(space.coder, space.latents, people, LINEAR_LATENT[name]) for name, space in spaces.items()
    ]
    methods.append(Discriminant.fit(first.coder, first.latents, people, groups, seed))
    methods.append(_OnCoarse(regenerated(thinned(volumes, grid).numpy(), people), grid))
    try:
        methods.append(labelled_synthetic(volumes, grid, people, groups, seed))
    except UserError as error:
        log.warning("the original's way: %s", error)
    return [*methods, RescaledHead.fit(volumes, grid, people), NoChange()]


def labelled_synthetic(
    volumes: np.ndarray, grid: GridSpec, people: Covariates, groups: np.ndarray, seed: int
) -> Method:
    """Return the original's last step on a generator that works: label synthetic brains, fit a direction.

    The reader that labels them is fitted to the same people as the generator: that is the original's way, and the
    labels are a step of the method here, not a measure of it.

    Raises:
        UserError: all brains got one label.
    """
    log.info("labelling %d synthetic brains", SYNTHETIC)
    coarse = get_grid(ALIGNED)
    scans = thinned(volumes, grid)
    count = min(LATENT_SIZE, len(scans) - SPARE)
    generator = T1wGenerator(template_mask(coarse, dilate_mm=FIELD_MM), count, grid=coarse.fingerprint)
    generator.start_from(scans[:, None])
    latents = encode_volumes(generator, scans.numpy())
    draws = torch.Generator().manual_seed(subseed(seed, "made brains"))
    z, _ = generator.draw(SYNTHETIC, draws)
    synthetic = decode_latents(generator, z.numpy())
    reader = SexAgeReader.fit(scans.numpy(), coarse, people, groups, seed)
    typical = np.full(SYNTHETIC, float(np.exp(np.log(people.head_size).mean())))
    old = reader.years(synthetic, typical) > np.median(people.age)
    labels = (z.numpy(), old.astype(float), reader.probability_male(synthetic, typical) > 0.5)
    return _OnCoarse(Discriminant.fit(generator, latents, people, groups, seed, labels), grid)


def regenerated(volumes: np.ndarray, people: Covariates) -> Regenerated:
    """Return the conditional generator as an editor, fitted in closed form to scans (n, X, Y, Z), coarse ones.

    Its perceptron is left as it starts: over the closed form it added nothing that was measured.
    """
    log.info("fitting a generator of brains to order to %d scans", len(volumes))
    coarse = get_grid(ALIGNED)
    mask = template_mask(coarse, dilate_mm=FIELD_MM)
    count = min(LATENT_SIZE, len(volumes) - SPARE)
    # of detail the least: none is drawn
    network = T1wConditionalGenerator(mask, count, detail=1, grid=coarse.fingerprint)
    network.start_from(torch.from_numpy(volumes[:, None]), torch.from_numpy(covariate_rows(people)))
    return Regenerated(network.eval())


@dataclass
class _OnCoarse:
    """A method of the coarse grid, asked on a finer one: scans are thinned, changes are interpolated."""

    method: Discriminant | Regenerated
    grid: GridSpec
    name: str = field(init=False)
    covariates: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.name, self.covariates = self.method.name, self.method.covariates

    def predicted_change(self, volumes: np.ndarray, before: Covariates, after: Covariates) -> np.ndarray:
        """Return the changes (n, X, Y, Z) on the finer grid."""
        coarse = get_grid(ALIGNED)
        changes = self.method.predicted_change(thinned(volumes, self.grid).numpy(), before, after)
        return np.stack([place(change, coarse.affine, self.grid) for change in changes])
