"""Register a stripped scan to the MNI152 template: rigid, then affine (SimpleITK)."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import SimpleITK as sitk
from scipy.ndimage import gaussian_filter

from brainaging.transforms.brain import brain_mask, trimmed
from brainaging.transforms.checks.image_form import good_affine, real_array
from brainaging.transforms.grid import CENTRE_MM, GridSpec
from brainaging.transforms.intensity import half_max_q98
from brainaging.transforms.placing import resample
from brainaging.transforms.template import template_1mm, template_mask

Linear = (
    sitk.VersorRigid3DTransform | sitk.Similarity3DTransform | sitk.ScaleVersor3DTransform | sitk.AffineTransform
)

LATTICE = GridSpec("registration", (56, 64, 56), 4.0)
"""Where images are compared: 4 mm, 224 × 256 × 224 mm."""

NEAR_MM = 14.0
"""Only voxels this near to the template's brain are compared: remnants of the neck must not tilt a head."""


@dataclass(frozen=True)
class Steps:
    """When a descent ends: its ``smallest`` step in voxels, ``most`` steps, and a gradient that is ``flat``."""

    smallest: float
    most: int
    flat: float


TEMPLATE_STEPS = Steps(1e-3, 60, 1e-4)
"""Of a scan to the template. Sensitivity: not measured."""


@dataclass(frozen=True)
class Registration:
    """How a scan lies in the template.

    Attributes:
        affine: (4, 4) the scan's RAS+ mm → MNI152 RAS+ mm.
        dof: 6, 9 or 12.
    """

    affine: np.ndarray
    dof: int

    @property
    def volume_scale(self) -> float:
        """Template volume over own volume (the affine's determinant): what registration took away of head size."""
        return float(np.linalg.det(self.affine[:3, :3]))

    @property
    def own_size(self) -> np.ndarray:
        """What, after :attr:`affine`, gives the head its own volume back: a scaling (4, 4) about the origin."""
        return np.diag([*[self.volume_scale ** (-1 / 3)] * 3, 1.0])


def features(volume: np.ndarray) -> np.ndarray:
    """What is compared: the filled brain mask plus the normalised intensity, both in one image.

    Args:
        volume: (X, Y, Z) of a stripped scan on a 4 mm lattice.

    Returns:
        (X, Y, Z) float32.
    """
    mask = trimmed(brain_mask(volume))
    return (mask + half_max_q98(volume) * mask).astype(np.float32)


def as_image(volume: np.ndarray, lattice: np.ndarray) -> sitk.Image:
    """Wrap an array on a cubic RAS lattice (4, 4); RAS numbers go in and come out, so ITK's LPS never enters."""
    image = sitk.GetImageFromArray(np.ascontiguousarray(volume.T))
    image.SetSpacing([float(lattice[0, 0])] * 3)
    image.SetOrigin([float(o) for o in lattice[:3, 3]])
    return image


@cache
def _template() -> np.ndarray:
    t1w, _, affine = template_1mm()
    return features(resample(t1w, affine, LATTICE.affine, LATTICE.shape))


@cache
def _near_template() -> sitk.Image:
    """Where images are compared: the template and its surroundings, so that remnants of the neck do not pull."""
    return as_image(template_mask(LATTICE, dilate_mm=NEAR_MM).astype(np.uint8), LATTICE.affine)


def register(volume: np.ndarray, affine: np.ndarray, dof: int = 12) -> Registration:
    """Find the affine that lays a stripped scan on the MNI152 template.

    Centres and sizes are matched by the masks' moments; then correlation of `features` is climbed, rigid first,
    then with 9 (rotation, scales) or 12 parameters. One thread and every voxel, so the same scan gives
    the same affine.

    Args:
        volume: (X, Y, Z) float32, stripped.
        affine: (4, 4) voxel index → RAS+ mm.
        dof: 6, 9 or 12.

    Raises:
        ValueError: another `dof`.
        ScanError: no volume of finite real numbers, or an affine that cannot be inverted.
    """
    volume, affine = real_array(volume, "register", finite=True), good_affine(affine, "register")
    if dof not in (6, 9, 12):
        raise ValueError(f"dof: expected 6, 9 or 12, found {dof}")
    fixed = _template()
    moving, shift = _moving(volume, affine)
    # ITK maps the fixed image's points to the moving one's: template mm to (shifted) scan mm.
    transform: Linear = sitk.VersorRigid3DTransform()
    similar = sitk.Similarity3DTransform()
    start = transform if dof == 6 else similar
    _start(start, fixed, moving)
    _climb(fixed, moving, start, ((2, 1.5), (2, 1.0)))
    if dof == 6:
        # ITK's thinned image lies half a voxel beside the whole one, 2 mm: the last level is not thinned
        _climb(fixed, moving, start, ((1, 0.5),))
    else:
        transform = _widened(similar, dof)
        _climb(fixed, moving, transform, ((2, 1.0), (1, 0.5)))
    return Registration(np.linalg.inv(matrix_of(transform)) @ shift, dof)


def closeness(volume: np.ndarray, affine: np.ndarray) -> float:
    """Tell how much a stripped scan is like the template once turned, moved and scaled as one (7 parameters).

    Args:
        volume: (X, Y, Z) float32, stripped.
        affine: (4, 4) voxel index → RAS+ mm.

    Returns:
        The correlation of `features`, 0…1.
    """
    fixed = _template()
    moving, _ = _moving(volume, affine)
    similar = sitk.Similarity3DTransform()
    _start(similar, fixed, moving)
    squared = _climb(fixed, moving, similar, ((2, 1.5), (2, 1.0)))
    return float(np.sqrt(max(-squared, 0.0)))


def _moving(volume: np.ndarray, affine: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return a scan's features on `LATTICE`, and the shift (4, 4), mm, that brought the scan to its middle."""
    shift = np.eye(4)
    shift[:3, 3] = np.asarray(CENTRE_MM) - centroid(volume, affine)
    return features(resample(volume, shift @ affine, LATTICE.affine, LATTICE.shape)), shift


def _start(transform: Linear, fixed: np.ndarray, moving: np.ndarray) -> None:
    """Match centres, and sizes where the transform has a scale, by the masks' moments."""
    middle = centroid(fixed, LATTICE.affine)
    transform.SetCenter([float(c) for c in middle])
    transform.SetTranslation([float(c) for c in centroid(moving, LATTICE.affine) - middle])
    if isinstance(transform, sitk.Similarity3DTransform):
        # `features` is above 0 in the mask, so counts are volumes.
        transform.SetScale(float((np.count_nonzero(moving) / np.count_nonzero(fixed)) ** (1 / 3)))


def _widened(similarity: sitk.Similarity3DTransform, dof: int) -> Linear:
    """Turn a similarity into the same map with 9 (three scales) or 12 parameters."""
    if dof == 12:
        affine = sitk.AffineTransform(3)
        affine.SetMatrix(similarity.GetMatrix())
        affine.SetCenter(similarity.GetCenter())
        affine.SetTranslation(similarity.GetTranslation())
        return affine
    # ITK adds scale − 1 to the rotation's diagonal: for the few degrees between heads about the same map.
    scaled = sitk.ScaleVersor3DTransform()
    scaled.SetCenter(similarity.GetCenter())
    scaled.SetRotation(similarity.GetVersor())
    scaled.SetScale([similarity.GetScale()] * 3)
    scaled.SetTranslation(similarity.GetTranslation())
    return scaled


def _climb(
    fixed: np.ndarray, moving: np.ndarray, transform: Linear, levels: tuple[tuple[int, float], ...]
) -> float:
    """Improve a transform of images on `LATTICE` in place; see :func:`climb`."""
    return climb(fixed, moving, LATTICE.affine, _near_template(), transform, levels, TEMPLATE_STEPS)


def climb(
    fixed: np.ndarray,
    moving: np.ndarray,
    lattice: np.ndarray,
    around: sitk.Image,
    transform: Linear,
    levels: tuple[tuple[int, float], ...],
    steps: Steps,
) -> float:
    """Improve a transform in place, level by level, by the correlation of two images.

    Args:
        fixed, moving: (X, Y, Z) both on one lattice.
        lattice: (4, 4) of them, cubic, along RAS.
        around: where they are compared.
        transform: from the fixed image's mm to the moving one's.
        levels: thinning and Gaussian's SD in voxels of each.
        steps: of the descent.

    Returns:
        ITK's measure at the end: minus the squared correlation.
    """
    value = 0.0
    for shrink, sigma in levels:
        method = sitk.ImageRegistrationMethod()
        method.SetGlobalDefaultNumberOfThreads(1)
        method.SetNumberOfThreads(1)
        method.SetMetricAsCorrelation()
        method.SetMetricSamplingStrategy(method.NONE)
        method.SetInterpolator(sitk.sitkLinear)
        # Steps start at one voxel's shift and shrink whenever the gradient turns.
        method.SetOptimizerAsRegularStepGradientDescent(
            1.0, steps.smallest, steps.most, 0.6, steps.flat, method.Once
        )
        method.SetOptimizerScalesFromPhysicalShift()
        method.SetInitialTransform(transform, inPlace=True)
        method.SetMetricFixedMask(around)
        coarse = sitk.Shrink(as_image(gaussian_filter(fixed, sigma), lattice), [shrink] * 3)
        method.Execute(coarse, as_image(gaussian_filter(moving, sigma), lattice))
        value = float(method.GetMetricValue())
    return value


def matrix_of(transform: Linear) -> np.ndarray:
    """Return the (4, 4) matrix of a linear transform about its centre: y = A (x − c) + t + c."""
    linear = np.asarray(transform.GetMatrix()).reshape(3, 3)
    centre, translation = np.asarray(transform.GetCenter()), np.asarray(transform.GetTranslation())
    matrix = np.eye(4)
    matrix[:3, :3] = linear
    matrix[:3, 3] = translation + centre - linear @ centre
    return matrix


def centroid(volume: np.ndarray, affine: np.ndarray) -> np.ndarray:
    """Return the middle (3,) of what is above 0, by an affine (4, 4): mm, or voxels by the identity."""
    steps = tuple(slice(None, None, max(1, n // 64)) for n in volume.shape)
    index = np.argwhere(volume[steps] > 0).mean(axis=0) * [s.step for s in steps]
    return affine[:3, :3] @ index + affine[:3, 3]
