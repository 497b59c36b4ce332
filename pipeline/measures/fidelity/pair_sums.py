"""Every two members of two samples, a block of rows at a time: sums of a kernel, and the median distance."""

from collections.abc import Iterator

import numpy as np
from sklearn.metrics.pairwise import euclidean_distances

from brainaging.networks.linear.row_blocks import row_blocks

#: of a distance's 64 bits, those that one pass over the pairs tells: tables of 2²² counts, 32 MB
_DIGITS = (22, 22, 20)


def squared_gaps(first: np.ndarray, second: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
    """Yield blocks of rows of ``first`` (n, d) and their squared distances (b, m) to ``second`` (m, d).

    Small samples are one block. A sample beside itself has distances of exactly 0 from each member to itself.
    """
    for block in row_blocks(len(first), 8 * len(second)):
        gaps = euclidean_distances(first[block], second, squared=True)
        if first is second:
            gaps[np.arange(len(gaps)), np.arange(block.start, block.stop)] = 0.0
        yield block, gaps


def kernel_sum(first: np.ndarray, second: np.ndarray, gamma: float) -> float:
    """Return the sum over all pairs of exp(−γ d²), of samples (n, d) and (m, d); members with themselves too."""
    total = 0.0
    for _, gaps in squared_gaps(first, second):
        gaps *= -gamma
        np.exp(gaps, out=gaps)
        total += float(gaps.sum())
    return total


def median_gap(sample: np.ndarray) -> float:
    """Return the median distance of two different members of a sample (n, d), n of at least 2.

    Where the distances are more than one block, the two middle ones are found by their digits: as positive numbers
    are in the order of their bits, every pass counts the pairs by the next bits, and none is kept.
    """
    if len(row_blocks(len(sample), 8 * len(sample))) == 1:
        return float(np.median(np.concatenate(list(_gaps(sample)))))
    pairs = len(sample) * (len(sample) - 1) // 2
    lower = _ranked(sample, (pairs - 1) // 2)
    if pairs % 2:
        return lower
    reached, above = 0, np.inf
    for gaps in _gaps(sample):
        within = gaps <= lower
        reached += int(within.sum())
        above = min(above, float(gaps[~within].min(initial=np.inf)))
    return float(np.mean([lower, lower if reached > pairs // 2 else above]))


def _gaps(sample: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the distances of every two different members, each pair once."""
    for block, squared in squared_gaps(sample, sample):
        own = np.arange(block.start, block.stop)[:, None] < np.arange(len(sample))
        yield np.sqrt(squared[own])


def _ranked(sample: np.ndarray, rank: int) -> float:
    """Return the distance that ``rank`` others of a sample's pairs come before."""
    known, left = 0, 64
    for digits in _DIGITS:
        counts = np.zeros(2**digits, dtype=np.int64)
        for gaps in _gaps(sample):
            bits = gaps.view(np.uint64)
            # a shift by all 64 bits is none
            alike = bits if left == 64 else bits[bits >> np.uint64(left) == known]
            digit = (alike >> np.uint64(left - digits)) & np.uint64(2**digits - 1)
            counts += np.bincount(digit.astype(np.int64), minlength=len(counts))
        before = np.cumsum(counts)
        found = int(np.searchsorted(before, rank, side="right"))
        rank -= int(before[found] - counts[found])
        known, left = (known << digits) | found, left - digits
    return float(np.array([known], dtype=np.uint64).view(np.float64)[0])
