"""Where each point of a scan lies in the template: demons on intensities, coarse to fine (SimpleITK).

Source: Vercauteren et al. 2009, NeuroImage 45: S61. It carries priors, labels and planted regions to a scan, and
shares no code with the alignment that edits are learned by.
"""

import numpy as np
import SimpleITK as sitk
import torch
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from brainaging.pipeline.simulate.anatomies.anatomy import MAPS, Anatomy
from brainaging.pipeline.simulate.anatomies.placed_scan import GRID, VOXELS

LEVELS = ((4, 60), (2, 40))
"""Thinning of the 1 mm voxels, and iterations. Sensitivity: measured on two FreeSurfer subjects by
benchmarks/anatomies.py, Dice of the thalamus, hippocampus and carried ventricles."""
FIELD_SD = 1.5
"""Smoothing of the displacement after each iteration, voxels of the level. Sensitivity: not measured."""
BINS, MATCHES = 128, 10
"""Of the matching of both images' histograms. Sensitivity: not measured; they make up for contrast alone."""


def points_in_template(volume: NDArray[np.float32], template: Anatomy) -> NDArray[np.float32]:
    """Return where the voxels of a scan lie in the template, (192, 224, 192, 3) mm.

    Args:
        volume: (192, 224, 192) on the scans' grid, white matter about 1, 0 outside the brain.
        template: the brain that it is registered to.
    """
    moving = template_t1(template)
    field = sitk.Image([2, 2, 2], sitk.sitkVectorFloat64, 3)
    for thinning, iterations in LEVELS:
        fixed_image, moving_image = _thinned(volume, thinning), _thinned(moving, thinning)
        moving_image = sitk.HistogramMatching(moving_image, fixed_image, BINS, MATCHES, False)
        demons = sitk.FastSymmetricForcesDemonsRegistrationFilter()
        # one thread, so that the same scan gives the same field
        demons.SetNumberOfThreads(1)
        demons.SetNumberOfIterations(iterations)
        demons.SetSmoothDisplacementField(True)
        demons.SetStandardDeviations(FIELD_SD)
        field = demons.Execute(fixed_image, moving_image, _finer(field, fixed_image))
    displacement = sitk.GetArrayFromImage(_finer(field, _image(volume, 1.0, 0.0))).transpose(2, 1, 0, 3)
    return (VOXELS.points().numpy() + displacement).astype(np.float32)


def template_t1(template: Anatomy) -> NDArray[np.float32]:
    """Return the template's T1 on the scans' grid, 0 outside its brain."""
    t1, brain = (torch.from_numpy(template.maps[MAPS.index(name)])[None] for name in ("t1", "brain"))
    stripped = template.lattice.sample(t1 * (brain > 0.5), VOXELS.points())[0]
    values: NDArray[np.float32] = stripped.numpy()
    return values


def _thinned(volume: NDArray[np.float32], factor: int) -> sitk.Image:
    x, y, z = (size // factor for size in GRID.shape)
    smooth = gaussian_filter(volume, factor / 2.3548)
    mean = smooth.reshape(x, factor, y, factor, z, factor).mean(axis=(1, 3, 5))
    return _image(mean, factor, (factor - 1) / 2)


def _image(volume: NDArray[np.float32], spacing: float, origin: float) -> sitk.Image:
    """Wrap an array in voxels of the scans' grid; RAS goes in and comes out, so ITK's LPS never enters."""
    image = sitk.GetImageFromArray(np.ascontiguousarray(volume.T.astype(np.float32)))
    image.SetSpacing([float(spacing)] * 3)
    image.SetOrigin([float(origin)] * 3)
    return image


def _finer(field: sitk.Image, like: sitk.Image) -> sitk.Image:
    return sitk.Resample(field, like, sitk.Transform(), sitk.sitkLinear, 0.0, sitk.sitkVectorFloat64)
