"""Does a brain lie as its header says? Compared with the template in all 24 turns of the axes.

A mirror image looks like the brain itself, so of the 48 ways to order and flip three axes only 24 can be told
apart: whether left is left is not seen, and the mend that flips the fewest axes is taken.

First the brain, centred and scaled by its mask, is put once on an 8 mm lattice and turned there by transposes and
flips, which costs milliseconds. Where another turn looks better than the header's, both are registered (rigid and
one scale, 4 mm), and what is closer after that decides: a tilted head is told from a turned one only then.
"""

from dataclasses import dataclass
from functools import cache
from itertools import permutations, product

import nibabel as nib
import numpy as np
from scipy.ndimage import gaussian_filter

from brainaging.transforms.brain import COARSE_MM, SIGNAL, Coarse, brain_mask, coarse
from brainaging.transforms.intensity import half_max_q98
from brainaging.transforms.placing import resample
from brainaging.transforms.registration import closeness
from brainaging.transforms.template import template_1mm

STEP_MM, SIDE = 8.0, 28
"""Where turns are compared at first; the lattice's middle is a corner of voxels, so that flips are exact."""
SIGMA_MM = 4.0
BRAIN_MM3 = 1.9e6
"""Every brain is scaled to about the volume of the template's mask."""
NODS_DEG = (-15.0, 0.0, 15.0)
"""The template is also compared nodding, since heads in a scanner are not in AC-PC."""
SUSPECT = 0.003
"""Another turn must be this much more like the template at 8 mm to be looked at closer (correlations)."""
CLOSER = 0.03
"""Registered, it must be this much closer than what the header says (correlations): on the open scans right ones
have 0.87 and more, wrong ones 0.75 to 0.81."""
LIKE = 0.82
"""Registered, it must be this close: what looks like a brain in no turn says nothing of how it lies."""
GUESSES = 4
"""So many other orientations are registered at most; the first that is clearly closer decides."""
CUBES = 1.02
"""Voxels whose edges differ by less than this factor count as cubes: which edge is which makes no difference."""
UNEVEN = 1.3
"""From this factor on a wrong edge distorts a brain so much that each turn is compared with edges moved too."""
SEEN_EDGES = 0.004
"""One way to give edges to axes must be this much closer than the other for a mend to be sure (correlations)."""


def signed_permutations() -> list[np.ndarray]:
    """Return the 48 matrices (3, 3) that order and flip three axes."""
    matrices = []
    for order, signs in product(permutations(range(3)), product((1.0, -1.0), repeat=3)):
        matrix = np.zeros((3, 3))
        matrix[range(3), order] = signs
        matrices.append(matrix)
    return matrices


TURNS = [matrix for matrix in signed_permutations() if np.linalg.det(matrix) > 0]
"""The 24 turns of the world's axes; each stands for itself and for its mirror image."""
HEADER = next(number for number, turn in enumerate(TURNS) if (turn == np.eye(3)).all())
MIRROR = np.diag([-1.0, 1.0, 1.0])


@dataclass(frozen=True)
class Finding:
    """How a brain lies, and what its header says.

    Attributes:
        header: codes of the header's axes, such as ``LAS``.
        fits: codes that fit the image; the header's own where nothing speaks against it.
        mirrored: the codes that fit as well, since left and right cannot be seen.
        change: (3, 3) signed permutation C of the array's axes: what fits has the linear part A C.
        edges_stay: each axis keeps the voxel edge that the header gives it; else edges move with the directions.
        edges_seen: whether the image tells which of both.
        similarity: correlation with the template as ``fits`` says.
        margin: by how much that exceeds what the header says; 0 where that fits.
    """

    header: str
    fits: str
    mirrored: str
    change: np.ndarray
    edges_stay: bool
    edges_seen: bool
    similarity: float
    margin: float

    @property
    def words(self) -> str:
        """From what the header says to what fits, such as ``LAS→LPS``; "" where both are the same."""
        return "" if self.agrees else f"{self.header}→{self.fits}"

    @property
    def agrees(self) -> bool:
        """Whether the brain lies as its header says, or nothing speaks against it."""
        return self.fits == self.header


@dataclass(frozen=True)
class _Hypothesis:
    """A brain turned by ``turn``, with the header's edges kept or moved, and how it looks at 8 mm."""

    turn: np.ndarray
    edges_stay: bool
    looks: float


def find_orientation(scan: Coarse) -> Finding:
    """Find how a stripped brain lies.

    Args:
        scan: from :func:`brainaging.transforms.brain.coarse`, its affine as the header says.

    Returns:
        The finding; it agrees with the header unless another orientation is clearly closer to the template.
    """
    axes = header_axes(scan.affine)
    edges = np.linalg.norm(scan.affine[:3, :3], axis=0)
    unevenness = edges.max() / edges.min()
    guesses = _stayed(scan)
    header = guesses[HEADER]
    best = max(guesses, key=lambda guess: guess.looks)
    if unevenness > UNEVEN or (unevenness > CUBES and best.looks > header.looks + SUSPECT):
        guesses += _moved(scan, axes)
        best = max(guesses, key=lambda guess: guess.looks)
    if best.looks <= header.looks + SUSPECT:
        return _agreeing(axes, header.looks)
    others = [guess for guess in guesses if guess.looks > header.looks + SUSPECT]
    likeliest = sorted(others, key=lambda guess: -guess.looks)[:GUESSES]
    return _looked_at_closer(scan, axes, likeliest)


def header_axes(affine: np.ndarray) -> np.ndarray:
    """Return the signed permutation (3, 3) nearest to an affine's linear part: array axes → RAS+ axes."""
    axes = np.zeros((3, 3))
    for own, (world, sign) in enumerate(nib.orientations.io_orientation(affine)):
        axes[int(world), own] = sign
    return axes


def codes(axes: np.ndarray) -> str:
    """Return what nibabel calls a signed permutation (3, 3).

    >>> codes(np.diag([-1.0, 1.0, 1.0]))
    'LAS'
    """
    affine = np.eye(4)
    affine[:3, :3] = axes
    return "".join(nib.orientations.aff2axcodes(affine))


def _agreeing(axes: np.ndarray, similarity: float) -> Finding:
    return Finding(codes(axes), codes(axes), codes(MIRROR @ axes), np.eye(3), False, True, similarity, 0.0)


def _both_hands(axes: np.ndarray, turn: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return what a turn makes of the header's axes, and its mirror image: the one with fewer flips first."""
    pair = [turn @ axes, MIRROR @ turn @ axes]
    first, second = sorted(pair, key=lambda fits: int((axes.T @ fits < 0).sum()))
    return first, second


def _looked_at_closer(scan: Coarse, axes: np.ndarray, guesses: list[_Hypothesis]) -> Finding:
    """Register the header's orientation and the likeliest others; what is closest decides."""
    similarity = closeness(scan.volume, scan.affine)
    best, closest, edges_seen = guesses[0], 0.0, True
    for guess in guesses:
        close = _closeness_of(scan, axes, guess)
        if close > closest:
            best, closest = guess, close
        if closest >= max(LIKE, similarity + CLOSER):
            break
    moves_edges = _moves_edges(scan, axes, best.turn)
    if moves_edges:
        other = _Hypothesis(best.turn, not best.edges_stay, 0.0)
        rival = _closeness_of(scan, axes, other)
        edges_seen = abs(rival - closest) > SEEN_EDGES
        best, closest = (other, rival) if rival > closest else (best, closest)
    if closest < max(LIKE, similarity + CLOSER):
        return _agreeing(axes, similarity)
    fits, mirrored = _both_hands(axes, best.turn)
    margin = closest - similarity
    names = codes(axes), codes(fits), codes(mirrored)
    return Finding(*names, axes.T @ fits, moves_edges and best.edges_stay, edges_seen, closest, margin)


def _closeness_of(scan: Coarse, axes: np.ndarray, guess: _Hypothesis) -> float:
    change = axes.T @ _both_hands(axes, guess.turn)[0]
    affine = np.eye(4)
    affine[:3, :3] = changed(scan.affine[:3, :3], change, guess.edges_stay)
    return closeness(scan.volume, affine)


def changed(linear: np.ndarray, change: np.ndarray, edges_stay: bool) -> np.ndarray:
    """Return an affine's linear part (3, 3) with its columns ordered and flipped by ``change``.

    >>> changed(np.diag([1.0, 1.0, 5.0]), np.eye(3)[[0, 2, 1]], edges_stay=True).tolist()
    [[1.0, 0.0, 0.0], [0.0, 0.0, 5.0], [0.0, 1.0, 0.0]]
    """
    mended = linear @ change
    if edges_stay:
        mended = mended * (np.linalg.norm(linear, axis=0) / np.linalg.norm(mended, axis=0))
    return mended


def _moves_edges(scan: Coarse, axes: np.ndarray, turn: np.ndarray) -> bool:
    edges = np.linalg.norm(scan.affine[:3, :3], axis=0)
    return not np.allclose(edges @ np.abs(axes.T @ turn @ axes), edges, rtol=CUBES - 1)


def _stayed(scan: Coarse) -> list[_Hypothesis]:
    """Return the 24 turns, as the header's edges make them look."""
    looks = _looks(scan.volume, scan.affine, scan.threshold)
    return [_Hypothesis(turn, True, look) for turn, look in zip(TURNS, looks, strict=True)]


def _moved(scan: Coarse, axes: np.ndarray) -> list[_Hypothesis]:
    """Return the turns that give another edge to an axis, with the edges moved."""
    edges = np.linalg.norm(scan.affine[:3, :3], axis=0)
    found: dict[tuple[float, ...], list[float]] = {}
    guesses = []
    for number, turn in enumerate(TURNS):
        if not _moves_edges(scan, axes, turn):
            continue
        moved = edges @ np.abs(axes.T @ turn @ axes)
        key = tuple(moved)
        if key not in found:
            affine = scan.affine @ np.diag([*(moved / edges), 1.0])
            found[key] = _looks(scan.volume, affine, scan.threshold)
        guesses.append(_Hypothesis(turn, False, found[key][number]))
    return guesses


def _looks(volume: np.ndarray, affine: np.ndarray, threshold: float) -> list[float]:
    """Return the correlation of a brain with the template in each of the `TURNS`."""
    looks = _templates() @ _unit(_seen(volume, affine, threshold))
    return [float(look) for look in looks.reshape(len(TURNS), -1).max(axis=1)]


@cache
def _templates() -> np.ndarray:
    """The template nodding, turned back by each of the `TURNS`: (24 · 3, 28³), each of mean 0 and length 1."""
    t1w, _, affine = template_1mm()
    thin = coarse(t1w, affine)
    seen = []
    for nod in np.radians(NODS_DEG):
        tilt = np.eye(4)
        tilt[1:3, 1:3] = [[np.cos(nod), -np.sin(nod)], [np.sin(nod), np.cos(nod)]]
        seen.append(_seen(thin.volume, tilt @ thin.affine, thin.threshold))
    return np.stack([_unit(_turned(volume, turn.T)) for turn in TURNS for volume in seen])


def _seen(volume: np.ndarray, affine: np.ndarray, threshold: float) -> np.ndarray:
    """Put a brain on the lattice, centred and scaled by its mask: mask plus normalised intensity, smoothed."""
    steps = [max(1, round(2 * COARSE_MM / edge)) for edge in np.linalg.norm(affine[:3, :3], axis=0)]
    mask = volume[tuple(slice(None, None, step) for step in steps)] > SIGNAL * threshold
    count = max(int(np.count_nonzero(mask)), 1)
    profiles = (np.count_nonzero(mask, axis=rest) for rest in ((1, 2), (0, 2), (0, 1)))
    middle = [
        step * float(np.arange(len(profile)) @ profile) / count
        for step, profile in zip(steps, profiles, strict=True)
    ]
    mm3 = count * float(np.prod(steps)) * abs(np.linalg.det(affine[:3, :3]))
    scale = (BRAIN_MM3 / mm3) ** (1 / 3)
    centred = np.diag([scale, scale, scale, 1.0])
    centred[:3, 3] = -scale * (affine[:3, :3] @ middle + affine[:3, 3])
    lattice = np.diag([STEP_MM, STEP_MM, STEP_MM, 1.0])
    lattice[:3, 3] = -STEP_MM * (SIDE - 1) / 2
    small = resample(volume, centred @ affine, lattice, (SIDE, SIDE, SIDE))
    inside = brain_mask(small)
    return gaussian_filter((inside + half_max_q98(small) * inside).astype(np.float32), SIGMA_MM / STEP_MM)


def _turned(volume: np.ndarray, turn: np.ndarray) -> np.ndarray:
    """Turn a cube about its middle."""
    order = np.abs(turn).argmax(axis=1)
    flipped = [axis for axis in range(3) if turn[axis, order[axis]] < 0]
    return np.flip(volume.transpose(order), tuple(flipped))


def _unit(volume: np.ndarray) -> np.ndarray:
    flat = volume.ravel() - volume.mean()
    return flat / max(float(np.linalg.norm(flat)), 1e-12)
