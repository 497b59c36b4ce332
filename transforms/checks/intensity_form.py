"""What the numbers of a scan mean: are they 0 outside the head and positive inside, and if not, how to get there.

Every later step takes 0 for "no signal" and a share of the brightest for tissue, so an affine map of intensities
(z-scores, a scale of −1 to 1, an offset) would move fluid, grey matter and head size. The background tells such a
map: it is the value that most of the array's faces have, and what stands there was 0 in the scanner's image. In a
brain that was centred *inside* its mask it tells nothing, and 0 is estimated from the lowest intensities
(`zero_inside`), or the scan is refused.
"""

import contextlib
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import uniform_filter

from brainaging.transforms.checks.contrast import HIGHEST_DARK, USUAL_DARK, check_contrast, depth_correlation
from brainaging.transforms.checks.zero_inside import zero_inside
from brainaging.transforms.scan_errors import ScanError

FACE_SAMPLES = 64
"""Voxels looked at along each side of a face: 24,000 in all."""
VOXEL_MM = 4.0
"""Intensities are judged on voxels of about this distance: 20,000 and more of a brain."""
CONSTANT = 0.5
"""Share of the faces from which one value is a background; stripped scans have 1, whole heads of 8 bits 0.7 up."""
NEAR_ZERO = 0.005
"""Share of the bright level that a background may have and count as 0: it moves head size by 0.3 %."""
RINGING, SLIGHTLY = 0.03, 0.003
"""Shares of the bright level that the lowest thousandth may lie under 0: interpolation leaves 0.01. Between the
two the lowest intensities are asked whether they ring or end at another value than 0."""
SAME = 1e-5
"""Share of the bright level under which a voxel has the background's value: float32 rounds at 1e-7."""
ALONE = 0.2
"""Share of its 27 neighbours under which a voxel with the background's value is no background: five at most."""
CENTRED = 0.05
"""Standard deviations that a mean or median may lie from 0 for the values to be centred."""
UNIT = (0.6, 2.0)
"""Standard deviation of a brain that was divided by its own spread (or its quartiles')."""


@dataclass(frozen=True)
class IntensityForm:
    """How a scan's numbers become 0 outside and positive inside.

    Attributes:
        background: the value outside the head.
        sign: 1, or -1 where the head is darker than what surrounds it.
        zero: the value inside that was 0, where it is not the background's.
    """

    background: float = 0.0
    sign: int = 1
    zero: float | None = None

    @property
    def words(self) -> str:
        """What is done, for tables and logs; "" for a scan as written."""
        if self.zero == 0:
            return f"background {self.background:.6g} set to 0"
        if self.zero is not None:
            return f"centred inside the mask: 0 estimated at {self.zero:.4g}"
        steps = [f"background {self.background:.6g} subtracted"] if self.background else []
        return ", ".join(steps + (["multiplied by -1"] if self.sign < 0 else []))

    def applied(self, volume: np.ndarray) -> np.ndarray:
        """Return the volume with background 0 and a positive inside; the same array where nothing is to be done.

        Args:
            volume: (X, Y, Z) float32, as the form was found on.
        """
        if self == IntensityForm():
            return volume
        above = volume - np.float32(self.background)
        outside = np.abs(above) <= SAME * np.abs(above[::4, ::4, ::4]).max()
        if self.zero is None:
            return np.where(outside, np.float32(0), np.float32(self.sign) * above)
        if self.background > self.zero:  # a voxel among tissue may have the background's value by chance
            outside &= uniform_filter(outside.astype(np.float32), 3) > ALONE
        return np.where(outside, np.float32(0), volume - np.float32(self.zero))


def intensity_form(volume: np.ndarray, spacing: np.ndarray, what: object) -> IntensityForm:
    """Tell an affine map of a positive image, and refuse where 0 is lost.

    Args:
        volume: (X, Y, Z) float32, finite, of more than one value; stripped or a whole head.
        spacing: (3,) voxel size, mm.
        what: the file's name, for the message.

    Returns:
        The form; ``IntensityForm()`` for a scan that is 0 outside and positive inside, but for ringing.

    Raises:
        ScanError: two backgrounds, or a brain centred inside its mask with another contrast than T1w's, or whose
            lowest values do not tell what was 0.
    """
    steps = [max(1, round(VOXEL_MM / float(size))) for size in spacing]
    thin = volume[tuple(slice(step // 2, None, step) for step in steps)]
    background = _background(volume)
    above = thin - np.float32(background)
    inside = np.abs(above) > SAME * np.abs(above).max()
    if not inside.any():
        return IntensityForm()
    low, median, high = (float(value) for value in np.percentile(above[inside], (0.1, 50, 99)))
    scale = max(-low, high)
    share = float(np.mean(above[inside] == np.float32(median)))
    if share > CONSTANT and median < high:
        raise ScanError(
            f"{what}: expected one background, found {background:.4g} at the rim and {median + background:.4g} in "
            f"{share:.0%} of the rest (padded after its intensities were changed?)"
        )
    near_zero = abs(background) <= NEAR_ZERO * scale
    positive = high > RINGING * scale
    centred = low < -RINGING * scale and positive
    spacing_thin = np.diag([*(np.asarray(steps) * spacing), 1.0])
    if not positive and depth_correlation(thin, inside, spacing_thin) < 0:
        return IntensityForm(0.0 if near_zero else background, -1)
    if centred or not positive or (not near_zero and _centred_inside(thin, inside)):
        check_contrast(thin, inside, spacing_thin, what)
        return IntensityForm(background, 1, zero_inside(_inside(volume, background, scale), what))
    if low < -SLIGHTLY * scale:
        with contextlib.suppress(ScanError):  # it rings, and 0 is where it was
            return IntensityForm(background, 1, zero_inside(_inside(volume, background, scale), what))
    if low > HIGHEST_DARK * high and 0 <= low + background < USUAL_DARK * (high + background):
        # the inside is dark to bright as it stands: a marked background, and no offset of the whole volume
        return IntensityForm(background, 1, 0.0)
    return IntensityForm(0.0 if near_zero else background)


def zeroed(volume: np.ndarray, affine: np.ndarray, what: object) -> tuple[np.ndarray, str]:
    """Bring a scan's intensities to 0 outside and above 0 inside, and say in words what was done.

    Args:
        volume: (X, Y, Z) float32.
        affine: (4, 4) voxel index → mm.
        what: the file's name, for the message.

    Returns:
        float32 of the same shape, the same array where nothing is to be done; and the words, "" for nothing.

    Raises:
        ScanError: see `intensity_form`.
    """
    form = intensity_form(volume, np.linalg.norm(affine[:3, :3], axis=0), what)
    return form.applied(volume), form.words


def _inside(volume: np.ndarray, background: float, scale: float) -> np.ndarray:
    """Return every voxel's value (n,) that is not the background's."""
    return volume[np.abs(volume - np.float32(background)) > SAME * scale]


def _centred(values: np.ndarray) -> bool:
    """Whether mean or median is 0."""
    centre = min(abs(float(values.mean())), abs(float(np.median(values))))
    return centre < CENTRED * float(values.std())


def _centred_inside(values: np.ndarray, inside: np.ndarray) -> bool:
    """Whether z-scores were made of the inside alone; made of the whole volume they leave 0 at the background."""
    return UNIT[0] < float(values[inside].std()) < UNIT[1] and _centred(values[inside]) and not _centred(values)


def _background(volume: np.ndarray) -> float:
    """Return what most of the array's faces have; where noise has no value of its own, the lowest of it."""
    sparse = [slice(None, None, max(1, n // FACE_SAMPLES)) for n in volume.shape]
    faces = [
        volume[(*sparse[:axis], end, *sparse[axis + 1 :])].ravel()
        for axis in range(volume.ndim)
        for end in (0, -1)
    ]  # a view of each face: np.take would copy the volume
    rim = np.concatenate(faces)
    values, counts = np.unique(rim, return_counts=True)
    if counts.max() >= CONSTANT * rim.size:
        return float(values[counts.argmax()])
    low = float(np.percentile(rim, 1))
    return low if low < 0 else float(values[0])
