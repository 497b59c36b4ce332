"""What tissue a place in the template may hold: how often each mixture of the three classes is near it."""

from functools import lru_cache

import numpy as np
from nilearn.datasets import load_mni152_brain_mask, load_mni152_gm_template, load_mni152_wm_template
from scipy.ndimage import gaussian_filter

from brainaging.transforms import GridSpec, template_mask
from brainaging.transforms.placing import place

CLASSES = ("fluid", "grey", "white")
"""What shares are of, in this order; fluid is cerebrospinal fluid."""
#: steps in which a voxel's shares are told apart. Sensitivity: none between the steps, where likelihoods overlap
#: by more than half of one (``class_intensities.NOISE``)
STEPS = 4
#: how far, as a Gaussian's standard deviation, a person's tissue lies from the template's after affine
#: registration. Sensitivity (correlation of grey matter with FreeSurfer's labels on two brains, at 4 mm): 0.832
#: with 3 mm, 0.826 with 5, 0.815 with 8
PLACE_MM = 5.0
#: share of the prior that is the same everywhere in the brain: what is not where the template has it. Sensitivity
#: (the same correlation; fluid's): 0.824 with 0.05, 0.826 with 0.3, 0.818 with all of it (0.929, 0.936, 0.935)
ANYWHERE = 0.3
#: beyond this distance from the template's brain nothing counts: remnants of neck and eyes. The registration looks
#: as far. Sensitivity: none for scans that are stripped well
NEAR_MM = 14.0
#: below this density of template voxels, what lies around says nothing. Sensitivity: bounds a division only
LEAST = 1e-4


def mixtures() -> np.ndarray:
    """Return every mixture of the three classes in steps of a quarter, (15, 3), each of sum 1."""
    parts = [(a, b, STEPS - a - b) for a in range(STEPS + 1) for b in range(STEPS + 1 - a)]
    return np.array(parts, np.float32) / STEPS


@lru_cache(maxsize=1)
def template_maps() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the template's grey matter, white matter and brain at 1 mm, (X, Y, Z) float32, and their affine."""
    images = [
        load(resolution=1) for load in (load_mni152_gm_template, load_mni152_wm_template, load_mni152_brain_mask)
    ]
    grey, white, brain = (np.asarray(image.dataobj, dtype=np.float32) for image in images)
    return grey * brain, white * brain, brain, np.asarray(images[0].affine, float)


@lru_cache(maxsize=2)
def template_shares(grid: GridSpec) -> tuple[np.ndarray, np.ndarray]:
    """Return the template's shares on a grid, (3, X, Y, Z) float32, and how much of a voxel its brain fills."""
    grey, white, brain, affine = template_maps()
    placed = [np.clip(place(part, affine, grid), 0, 1) for part in (grey, white)]
    filled = np.clip(place(brain, affine, grid), 0, 1)
    fluid = np.clip(filled - placed[0] - placed[1], 0, 1)
    total = np.maximum(fluid + placed[0] + placed[1], 1e-6)
    return np.stack([fluid, *placed]) / total, filled


@lru_cache(maxsize=2)
def mixture_prior(grid: GridSpec) -> np.ndarray:
    """Return how probable each of :func:`mixtures` is in the voxels of :func:`near_template`, (n, 15), sums 1.

    A voxel of the template counts for the mixtures that are nearest to its shares, and for the places around it,
    as far as a person's tissue may lie from there. So mixtures are as frequent as voxels of that size make them.
    """
    shares, filled = template_shares(grid)
    states = mixtures()
    brain = filled > 0.5
    near = -np.square(shares[:, brain].T[:, None] - states).sum(axis=2) * (2.0 * STEPS**2)
    weight = np.exp(near - near.max(axis=1, keepdims=True))
    weight /= weight.sum(axis=1, keepdims=True)
    wanted, sigma = near_template(grid), PLACE_MM / grid.spacing
    prior = np.empty((int(wanted.sum()), len(states)), np.float32)
    for number in range(len(states)):
        counted = np.zeros(grid.shape, np.float32)
        counted[brain] = weight[:, number]
        prior[:, number] = gaussian_filter(counted, sigma, mode="constant")[wanted]
    total = np.maximum(prior.sum(axis=1, keepdims=True), LEAST)
    prior = prior / total + ANYWHERE * weight.mean(axis=0)
    prior /= prior.sum(axis=1, keepdims=True)
    prior.setflags(write=False)
    return prior


@lru_cache(maxsize=2)
def near_template(grid: GridSpec) -> np.ndarray:
    """Return the voxels of a grid that a brain may fill, ``grid.shape`` bool: the template's and 14 mm around."""
    return template_mask(grid, dilate_mm=NEAR_MM)
