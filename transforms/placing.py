"""Place an array on a lattice at physical scale, anti-aliased: a head is resampled, never stretched to fit.

Along one axis the weight of the input sample at x for the output sample at c is a triangle,
max(0, 1 − |x − c| / h), with h = max(output step, input step): linear interpolation when the grid is finer than
the scan, and a low-pass of sinc² response (0.41 at the grid's Nyquist frequency, 0 at its sampling frequency) when
it is coarser. The weights are then corrected so that constants and linear ramps come out exactly. Beyond the scan
lies 0.
"""

from itertools import permutations

import numpy as np
from scipy.ndimage import affine_transform

from brainaging.transforms.checks.image_form import good_affine, real_array
from brainaging.transforms.grid import GridSpec

# A lattice counts as axis-aligned when ignoring its obliqueness moves no voxel by more than this share of a voxel.
ALIGNED_TOLERANCE = 0.01

#: weights of each axis, (n_x, X), (n_y, Y), (n_z, Z)
Matrices = tuple[np.ndarray, np.ndarray, np.ndarray]


def axis_weights(n_in: int, origin: float, step: float, centres: np.ndarray, half_width: float) -> np.ndarray:
    """Weights that take samples at ``origin + step * i`` to the places `centres`.

    Args:
        n_in: input samples.
        origin: where sample 0 lies, mm.
        step: signed distance between samples, mm.
        centres: (n_out,) places wanted, mm.
        half_width: the triangle's half width, mm; raised to ``abs(step)`` where smaller.

    Returns:
        (n_out, n_in) float32. A row sums to 1 where the triangle lies inside the samples, to less at their rim.

    >>> axis_weights(4, 0.0, 1.0, np.array([0.5, 2.0]), 1.0).tolist()
    [[0.5, 0.5, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]]
    """
    h = max(half_width, abs(step))
    # Sums run over an endless lattice, so that a truncated row at the rim is not scaled up.
    reach = int(np.ceil(h / abs(step))) + 1
    nearest = np.rint((centres - origin) / step).astype(int)
    index = nearest[:, None] + np.arange(-reach, reach + 1)[None, :]
    distance = origin + step * index - centres[:, None]
    weight = np.maximum(0.0, 1.0 - np.abs(distance) / h)
    # Where the weights sit at one point only (identity) M2 vanishes, and there is nothing to correct.
    m0, m1, m2 = (np.sum(weight * distance**k, axis=1) for k in range(3))
    skew = np.divide(m1, m2, out=np.zeros_like(m1), where=m2 > 1e-9 * h * h)
    weight *= 1.0 - skew[:, None] * distance
    weight /= (m0 - skew * m1)[:, None]
    matrix = np.zeros((len(centres), n_in), np.float32)
    row, column = np.nonzero((index >= 0) & (index < n_in))
    matrix[row, index[row, column]] = weight[row, column]
    return matrix


def axis_assignment(affine: np.ndarray, shape: tuple[int, ...]) -> tuple[int, ...] | None:
    """For each world axis, the array axis that runs along it; None when the lattice is oblique.

    Args:
        affine: (4, 4) voxel index → mm.
        shape: (X, Y, Z), over which the obliqueness is judged.
    """
    linear = affine[:3, :3]
    for order in permutations(range(3)):
        along = np.array([linear[world, axis] for world, axis in enumerate(order)])
        rest = np.abs(linear).copy()
        rest[range(3), order] = 0.0
        if np.all(along != 0) and np.all(rest @ np.asarray(shape) <= ALIGNED_TOLERANCE * np.abs(along).min()):
            return order
    return None


def apply_along_axes(array: np.ndarray, matrices: Matrices) -> np.ndarray:
    """Multiply each axis by its matrix: three matrix products.

    Args:
        array: (X, Y, Z) float32, in C or Fortran order.
        matrices: (n_x, X), (n_y, Y), (n_z, Z).

    Returns:
        (n_x, n_y, n_z) float32, C order.
    """
    crops = []
    for matrix in matrices:
        used = np.flatnonzero(matrix.any(axis=0))
        crops.append(slice(used[0], used[-1] + 1) if used.size else slice(0, 0))
    if any(crop.stop == 0 for crop in crops):
        return np.zeros(tuple(len(matrix) for matrix in matrices), np.float32)
    a, b, c = (np.ascontiguousarray(matrix[:, crop]) for matrix, crop in zip(matrices, crops, strict=True))
    fortran = array.strides[0] < array.strides[2]
    if fortran:  # NIfTI's order: seen from the other end it is C order, and no copy is needed
        array, crops, (a, c) = array.T, crops[::-1], (c, a)
    x, y, z = crops
    array = array[x]
    first = a @ array.reshape(len(array), -1)
    first = first.reshape(len(a), *array.shape[1:])[:, y, z]
    result = np.matmul(np.matmul(b, first), c.T)
    return np.ascontiguousarray(result.T if fortran else result)


def place(array: np.ndarray, affine: np.ndarray, grid: GridSpec) -> np.ndarray:
    """Resample an array onto a grid at physical scale, anti-aliased.

    Args:
        array: (X, Y, Z) float32.
        affine: (4, 4) voxel index → the grid's space (MNI152 RAS+ mm), registration included.
        grid: where to.

    Returns:
        `grid.shape` float32; 0 outside the scan.
    """
    return resample(array, affine, grid.affine, grid.shape)


def resample(
    array: np.ndarray,
    affine: np.ndarray,
    target: np.ndarray,
    shape: tuple[int, int, int],
    *,
    antialias: bool = True,
) -> np.ndarray:
    """Resample an array onto any lattice, anti-aliased.

    Axis-aligned lattices take three matrix products and are exact for linear ramps. Oblique ones are first
    low-passed and thinned along the array's own axes, to half the target's step, then interpolated linearly.

    Args:
        array: (X, Y, Z) float32.
        affine: (4, 4) voxel index → mm.
        target: (4, 4) the wanted lattice's voxel index → the same mm.
        shape: the wanted shape.
        antialias: False interpolates linearly whatever the lattices' steps, as an image library's resize does.

    Returns:
        `shape` float32.

    Raises:
        ScanError: no volume of real numbers, or an affine that cannot be inverted.
    """
    array = np.asarray(real_array(array, "resample"), np.float32)
    affine, target = good_affine(affine, "resample"), good_affine(target, "resample")
    # Seen in the target's own voxels, the target is the unit lattice and only one affine can be oblique.
    relative = np.linalg.inv(target) @ affine
    order = axis_assignment(relative, array.shape)
    if order is not None:
        return apply_along_axes(
            array.transpose(order), aligned_weights(relative, order, array.shape, shape, antialias)
        )
    thinned, thinned_affine = array, relative
    if antialias:
        weights, thinned_affine = thinning(array.shape, relative)
        thinned = apply_along_axes(array, weights)
    inverse = np.linalg.inv(thinned_affine)
    return affine_transform(
        thinned,
        inverse[:3, :3],
        inverse[:3, 3],
        output_shape=shape,
        order=1,
        mode="grid-constant",
        prefilter=False,
    )


def aligned_weights(
    relative: np.ndarray,
    order: tuple[int, ...],
    in_shape: tuple[int, ...],
    shape: tuple[int, int, int],
    antialias: bool = True,
) -> Matrices:
    """Return what takes an axis-aligned array to a unit lattice: a matrix for each axis of the lattice.

    Args:
        relative: (4, 4) the array's voxel index → the lattice's.
        order: of :func:`axis_assignment`: the array's axis along each of the lattice.
        in_shape: of the array.
        shape: of the lattice.
        antialias: False interpolates linearly.
    """
    x, y, z = (
        axis_weights(
            in_shape[axis],
            relative[world, 3],
            relative[world, axis],
            np.arange(shape[world], dtype=float),
            1.0 if antialias else 0.0,
        )
        for world, axis in enumerate(order)
    )
    return x, y, z


def thinning(shape: tuple[int, ...], relative: np.ndarray) -> tuple[Matrices, np.ndarray]:
    """Return what low-passes an oblique array along its own axes for a unit lattice, and its affine (4, 4) then.

    Every sample that the lattice needs is kept.

    Args:
        shape: of the array.
        relative: (4, 4) the array's voxel index → the lattice's.
    """
    matrices = []
    change = np.eye(4)
    for axis, size in enumerate(shape):
        step = float(np.linalg.norm(relative[:3, axis]))  # in target voxels
        new_step = max(step, 0.5)
        count = int(np.ceil(size * step / new_step)) if new_step > step else size
        start = ((size - 1) * step - (count - 1) * new_step) / 2
        # Linear interpolation afterwards adds the variance of a triangle of half width new_step: take it off here.
        half_width = np.sqrt(max(1.0 - new_step**2, 0.0))
        matrices.append(axis_weights(size, 0.0, step, start + new_step * np.arange(count), half_width))
        change[axis, axis] = new_step / step
        change[axis, 3] = start / step
    return (matrices[0], matrices[1], matrices[2]), relative @ change
