"""What stands beside an edit: the rivals and controls, and the latent spaces that the linear ones live in."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch

from brainaging.networks import T1wGenerator
from brainaging.pipeline.counterfactual.covariates import AGE, SEX, Covariates
from brainaging.pipeline.counterfactual.deformation import thinned
from brainaging.pipeline.counterfactual.latent_models import Discriminant, LinearLatent
from brainaging.pipeline.counterfactual.methods import Method, Nothing, RescaledHead, VoxelRegression
from brainaging.pipeline.counterfactual.readers import Judge
from brainaging.pipeline.counterfactual.score.scorer import REACH_MM
from brainaging.pipeline.engines import Coder, decode_latents, encode_volumes
from brainaging.pipeline.measures.pca_baseline import PcaCoder
from brainaging.pipeline.runtime import UserError, subseed
from brainaging.transforms import GridSpec, get_grid, place, template_mask

log = logging.getLogger(__name__)
#: synthetic brains that the original's way labels
MADE = 1000
PCA = "pca"


@dataclass(frozen=True)
class Space:
    """A latent space: its coder, and the training scans' latents (n, L)."""

    coder: Coder
    latents: np.ndarray


def latent_spaces(volumes: np.ndarray, grid: GridSpec, trained: Mapping[str, Coder]) -> dict[str, Space]:
    """Return principal components of training scans (n, X, Y, Z), and networks that were trained on the same
    scans, by name.
    """
    coders = {PCA: PcaCoder(volumes, template_mask(grid, dilate_mm=REACH_MM)), **trained}
    return {name: Space(coder, encode_volumes(coder, volumes)) for name, coder in coders.items()}


def rivals(
    volumes: np.ndarray,
    grid: GridSpec,
    people: Covariates,
    groups: np.ndarray,
    spaces: Mapping[str, Space],
    seed: int,
) -> list[Method]:
    """Return every rival and control, fitted to training scans.

    Args:
        volumes: (n, X, Y, Z) training scans.
        grid: of them.
        people: their covariates.
        groups: (n,) families.
        spaces: of :func:`latent_spaces`, for the linear model of latents; the discriminants take the first.
        seed: of inner folds and of made brains.
    """
    first = spaces[PCA]
    methods: list[Method] = [VoxelRegression.fit(volumes, people)]
    for name, space in spaces.items():
        found = LinearLatent.fit(space.coder, space.latents, people)
        found.name = f"linear_latent_{name}"
        methods.append(found)
    methods.append(Discriminant.fit(first.coder, first.latents, people, groups, seed))
    try:
        methods.append(labelled(volumes, grid, people, groups, seed))
    except UserError as error:
        log.warning("the original's way: %s", error)
    return [*methods, RescaledHead.fit(volumes, grid, people), Nothing()]


def labelled(volumes: np.ndarray, grid: GridSpec, people: Covariates, groups: np.ndarray, seed: int) -> Method:
    """Return the original's last step on a generator that works: label made brains, fit a direction.

    Raises:
        UserError: all brains got one label.
    """
    coarse = get_grid("t1w_32")
    scans = thinned(volumes, grid)
    count = min(100, len(scans) - 4)
    generator = T1wGenerator(template_mask(coarse, dilate_mm=REACH_MM), count, grid=coarse.fingerprint)
    generator.start_from(scans[:, None])
    latents = encode_volumes(generator, scans.numpy())
    draws = torch.Generator().manual_seed(subseed(seed, "made brains"))
    z, _ = generator.draw(MADE, draws)
    made = decode_latents(generator, z.numpy())
    judge = Judge.fit(scans.numpy(), coarse, people, groups, seed)
    typical = np.full(MADE, float(np.exp(np.log(people.head_size).mean())))
    old = judge.years(made, typical) > np.median(people.age)
    labels = (z.numpy(), old.astype(float), judge.male(made, typical) > 0.5)
    return _OnCoarse(Discriminant.fit(generator, latents, people, groups, seed, labels), grid)


@dataclass
class _OnCoarse:
    """A method of the coarse grid, asked on a finer one: scans are thinned, changes are interpolated."""

    method: Discriminant
    grid: GridSpec
    name: str = "labelled_synthetic"
    changes: tuple[str, ...] = (AGE, SEX)

    def change(self, volumes: np.ndarray, before: Covariates, after: Covariates) -> np.ndarray:
        """Return the changes (n, X, Y, Z) on the finer grid."""
        coarse = get_grid("t1w_32")
        changed = self.method.change(thinned(volumes, self.grid).numpy(), before, after)
        return np.stack([place(one, coarse.affine, self.grid) for one in changed])
