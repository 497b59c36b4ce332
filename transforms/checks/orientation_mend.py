"""What is done about a brain that does not lie as its header says: refused, or its affine mended on request."""

from dataclasses import replace
from itertools import permutations
from typing import Literal

import numpy as np

from brainaging.transforms.brain import Coarse, check_brain, coarse
from brainaging.transforms.checks.orientation import CUBES, Finding, changed, find_orientation, header_axes
from brainaging.transforms.grid import CENTRE_MM
from brainaging.transforms.registration import centroid
from brainaging.transforms.scan_errors import ScanError

OrientationRule = Literal["check", "fix", "trust"]
"""Refuse a brain that does not lie as its header says, mend its affine, or take the header's word for it."""
NEARER_MM = 15.0
"""By so much must another place of a mended brain be nearer to the template's to be taken."""
RULES: tuple[OrientationRule, ...] = ("check", "fix", "trust")


def check_brain_and_header(
    volume: np.ndarray, affine: np.ndarray, what: object, rule: OrientationRule
) -> tuple[Coarse, Finding | None]:
    """Refuse what is no stripped brain (:func:`check_brain`), or does not lie as its header says.

    Args:
        volume: (X, Y, Z) float32.
        affine: (4, 4) voxel index → RAS+ mm, as the header says.
        what: the file's name, for the message.
        rule: what is done about a header that is wrong.

    Returns:
        The scan at about 2 mm; and what is to be mended (:func:`mended_affine`) by ``rule`` "fix", None where the
        header stands.

    Raises:
        ScanError: no brain; a header that contradicts the image, or that was never written.
    """
    scan = coarse(volume, affine)
    if rule == "trust":
        check_brain(scan, what)
        return scan, None
    try:
        check_brain(scan, what)
    except ScanError:
        # Axes whose voxel edges are swapped can make a brain too long for one.
        with_edges = _with_moved_edges(volume, affine, what)
        if with_edges is None:
            raise
        scan, finding = with_edges
    else:
        finding = find_orientation(scan)
    if never_written(affine):
        raise ScanError(_unwritten(what, affine, finding))
    if finding.agrees:
        return scan, None
    if rule == "fix" and finding.edges_seen:
        return scan, finding
    raise ScanError(_contradiction(what, finding))


def never_written(affine: np.ndarray) -> bool:
    """Tell whether an affine (4, 4) says no more than voxel sizes, as an array's does that has lost its own.

    Its axes are RAS or LPS (SimpleITK's) and its origin is the first voxel: no scanner puts it into the corner.
    """
    sizes = np.abs(np.diag(affine)[:3])
    return any(bool((affine == np.diag([*sizes * signs, 1])).all()) for signs in ((1, 1, 1), (-1, -1, 1)))


def mended_affine(volume: np.ndarray, affine: np.ndarray, finding: Finding) -> np.ndarray:
    """Return the affine that fits the image.

    Where the brain then lies is not seen either. Likely are three places: the array was flipped in place, the
    header's columns were flipped, or the world's axes. The first is taken unless another is clearly nearer to the
    template's.

    Args:
        volume: (X, Y, Z), stripped.
        affine: (4, 4) as the header says.
        finding: from :func:`find_orientation`.

    Returns:
        (4, 4).
    """
    linear, origin, change = affine[:3, :3], affine[:3, 3], finding.change
    mended = np.eye(4)
    mended[:3, :3] = changed(linear, change, finding.edges_stay)
    shape = np.array(volume.shape)
    middle = (shape - 1) / 2
    if finding.edges_stay:
        in_place = linear @ middle + origin - mended[:3, :3] @ middle
    else:
        # the index that the array's first voxel had along each axis before it was ordered and flipped
        ends = np.abs(change) @ (shape - 1.0)
        in_place = origin + linear @ np.where(change.sum(axis=1) < 0, ends, 0.0)
    axes = header_axes(affine)
    places = (in_place, origin, axes @ change @ axes.T @ origin)
    brain = mended[:3, :3] @ centroid(volume, np.eye(4))
    away = np.array([np.linalg.norm(brain + place - CENTRE_MM) for place in places])
    away[0] -= NEARER_MM
    mended[:3, 3] = places[int(np.argmin(away))]
    return mended


def _with_moved_edges(volume: np.ndarray, affine: np.ndarray, what: object) -> tuple[Coarse, Finding] | None:
    """Find the orientation by which what is no brain becomes one, where voxels have unlike edges."""
    edges = np.linalg.norm(affine[:3, :3], axis=0)
    if edges.max() / edges.min() <= CUBES:
        return None
    best = None
    for moved in sorted(set(permutations(edges)) - {tuple(edges)}):
        scan = coarse(volume, affine @ np.diag([*(np.array(moved) / edges), 1.0]))
        try:
            check_brain(scan, what)
        except ScanError:
            continue
        finding = find_orientation(scan)
        consistent = np.allclose(edges @ np.abs(finding.change), moved, rtol=CUBES - 1)
        if finding.edges_stay and consistent and (best is None or finding.similarity > best[1].similarity):
            best = scan, replace(finding, edges_stay=False)
    return best


def _contradiction(what: object, finding: Finding) -> str:
    found = (
        f"{what}: expected a brain that lies as its header says ({finding.header}), found one that fits "
        f"{finding.fits} (or its mirror image {finding.mirrored}: left and right cannot be seen)"
    )
    if not finding.edges_seen:
        return f"{found}; which voxel edge belongs to which axis cannot be seen either: correct the header"
    return (
        f"{found}: correct the header, have it mended with --fix-orientation (ScanSteps(orientation='fix')), "
        "or insist on it with --trust-orientation"
    )


def _unwritten(what: object, affine: np.ndarray, finding: Finding) -> str:
    sizes = np.linalg.norm(affine[:3, :3], axis=0)
    found, unknown, insist = "voxel sizes and no origin", "left and right are unknown", finding.header
    if (sizes == 1).all():
        found, unknown = "the identity matrix", f"voxel sizes, {unknown}"
        insist = f"1 mm and {insist}"
    return (
        f"{what}: expected a header that says how the brain lies, found {found}, with which arrays are saved that "
        f"have lost theirs (the image fits {finding.fits} or its mirror image {finding.mirrored}; {unknown}): "
        f"save it with the affine of the scan that it came from, or insist on {insist} with --trust-orientation"
    )
