"""From a scan to an anatomy: placed, registered, segmented, labelled."""

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import binary_closing, binary_fill_holes

from brainaging.networks.lattice import Lattice
from brainaging.pipeline.simulate.anatomies.anatomy import LATTICE, MAPS, Anatomy
from brainaging.pipeline.simulate.anatomies.carried_labels import (
    carry_labels,
    cortex_and_cerebellum,
    own_ventricles,
    structures,
)
from brainaging.pipeline.simulate.anatomies.phantom import template_anatomy
from brainaging.pipeline.simulate.anatomies.placed_scan import VOXELS, AnatomyScan, place_scan
from brainaging.pipeline.simulate.anatomies.template_registration import points_in_template
from brainaging.pipeline.simulate.anatomies.tissue_shares import TissueClasses, fit_classes, floored
from brainaging.transforms import ScanError, brain_mask
from brainaging.transforms.intensity import half_max_q98

CLOSING_MM = 4
"""Sulci narrower than twice this belong to the brain where a tight skull-strip has left them out: the cortex must
have fluid to give way to. Sensitivity: head size is a person's cause, whatever the brain's own volume."""
MARGIN_MM = 16
"""Around the brain, so that smoothing for any spacing ends within the maps. Sensitivity: none beyond 12."""
EVERY = 5
"""Of so many voxels one is taken to fit the classes: some 300,000 are left. Sensitivity: none."""

Array = NDArray[np.float32]


def anatomy_of(scan: AnatomyScan) -> Anatomy:
    """Return the anatomy of a stripped scan: its own folds, ventricles and contrast.

    Raises:
        ScanError: a scan that cannot be used; the message names the file.
    """
    placed = place_scan(scan)
    mask = brain_mask(placed)
    volume = half_max_q98(placed) * mask
    in_template = points_in_template(volume, template_anatomy())
    try:
        classes, grey, white = segment(volume, mask, in_template)
    except ValueError as error:
        raise ScanError(f"{scan.path}: {error}") from error
    brain = binary_fill_holes(mask | binary_closing(mask, iterations=CLOSING_MM))
    carried = carry_labels(in_template)
    ventricles = own_ventricles(carried, np.clip(1 - grey - white, 0, 1) * brain, brain)
    cortex, cerebellum = cortex_and_cerebellum(carried, grey)
    maps = {
        "t1": volume,
        "grey": grey,
        "white": white,
        "brain": brain,
        "ventricles": ventricles,
        "cortex": cortex,
        "cerebellum": cerebellum,
    }
    box = _box(brain)
    stacked = np.stack([_cut(maps[name].astype(np.float32), box) for name in MAPS])
    x, y, z = (low + start for low, (start, _) in zip(VOXELS.origin, box, strict=True))
    lattice = Lattice((x, y, z), (stacked.shape[1], stacked.shape[2], stacked.shape[3]), VOXELS.step)
    points = torch.from_numpy(np.moveaxis(in_template, -1, 0))
    # beyond the scans' grid the displacement of its edge holds
    moved = VOXELS.sample(points - VOXELS.points().permute(3, 0, 1, 2), LATTICE.points())
    return Anatomy(
        name=scan.name,
        maps=stacked,
        lattice=lattice,
        structures=structures(carried, ventricles, brain),
        in_template=LATTICE.points() + moved.permute(1, 2, 3, 0),
        white=float(classes.means[2]),
        contrast=float(classes.means[2] - classes.means[1]) / 2,
        individual=True,
    )


def segment(volume: Array, mask: NDArray[np.bool_], in_template: Array) -> tuple[TissueClasses, Array, Array]:
    """Return the classes of a scan, and the shares of grey and white matter in its voxels (192, 224, 192).

    Args:
        volume: (192, 224, 192) white matter about 1.
        mask: of the brain.
        in_template: (192, 224, 192, 3) where voxels lie in the template, mm.

    Raises:
        ValueError: classes that cannot be told apart.
    """
    template = template_anatomy()
    tissue = torch.from_numpy(np.stack([template.maps[MAPS.index(name)] for name in ("grey", "white")]))
    grey, white = template.lattice.sample(tissue, torch.from_numpy(in_template[mask])).numpy().astype(float)
    prior = np.stack([np.clip(1 - grey - white, 0, 1), grey, white])
    intensity = volume[mask].astype(float)
    classes = fit_classes(intensity[::EVERY], prior[:, ::EVERY])
    found = classes.shares(intensity, floored(prior))
    shares = np.zeros((2, *volume.shape), np.float32)
    shares[:, mask] = found
    return classes, shares[0], shares[1]


def _box(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return the first voxel and the last but one on each axis around what is in a mask, with a margin."""
    sides = [np.flatnonzero(mask.any(axis=tuple(a for a in range(3) if a != axis))) for axis in range(3)]
    return [(int(used[0]) - MARGIN_MM, int(used[-1]) + 1 + MARGIN_MM) for used in sides]


def _cut(volume: Array, box: list[tuple[int, int]]) -> Array:
    """Return a volume within a box, 0 where the box reaches beyond it."""
    result = np.zeros([stop - start for start, stop in box], np.float32)
    here = [slice(max(start, 0), min(stop, size)) for (start, stop), size in zip(box, volume.shape, strict=True)]
    there = [slice(part.start - start, part.stop - start) for part, (start, _) in zip(here, box, strict=True)]
    result[tuple(there)] = volume[tuple(here)]
    return result
