"""The leading principal components of many rows, which are read a block at a time.

The exact ways need a matrix of rows by rows, or of columns by columns. Where both are many, a random sketch finds
the space that the leading components span (Halko, Martinsson and Tropp 2011, SIAM Review 53:217), and nothing is
held beside the rows but (rows + columns) × components.
"""

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from brainaging.networks.linear.row_blocks import Rows, row_blocks

#: rows up to which components are exact by a matrix of rows by rows (of columns by columns, where these are as
#: few): 128 MB a copy, of which a decomposition takes five. The study has 1,113 people, 2,226 with mirror images
MOST_ROWS = 4000
#: components that are sought of many rows where no number is asked for: the original's largest code.
#: Sensitivity: at 3 mm their axes take 2.1 GB, and twice that twice as many
MOST_COMPONENTS = 1000
#: directions that are drawn beside those wanted (Halko et al., section 4.3: 5 or 10 suffice)
OVERSAMPLING = 10
#: times that the sketch goes through the rows and back. Sensitivity: a direction whose variance is r times that of
#: the first one left out stands out by r^(powers + 1)
POWERS = 2
#: variance below this share of the largest is rounding
_LEAST = 1e-10


class LeadingSpace(NamedTuple):
    """The leading components of n rows (n, v), largest variance first.

    Attributes:
        mean: (v,) of the rows.
        scores: (n, k) of the rows about their mean.
        squares: (k,) sums of the squared scores.
        total: sum of the rows' squared deviations, of all components.
        sketch, turn: (v, l) and (l, k); their product are the orthonormal axes (v, k).
    """

    mean: Tensor
    scores: Tensor
    squares: Tensor
    total: float
    sketch: Tensor
    turn: Tensor

    def project(self, rows: Rows) -> Tensor:
        """Return the scores (m, k) of other rows (m, v)."""
        return torch.cat([(block - self.mean) @ self.sketch for block in rows()]) @ self.turn

    def axes(self, count: int, dtype: torch.dtype) -> Tensor:
        """Return the first ``count`` axes (count, v)."""
        axes = torch.empty(count, len(self.sketch), dtype=dtype, device=self.sketch.device)
        for block in row_blocks(len(self.sketch), 8 * self.sketch.shape[1]):
            axes[:, block] = (self.sketch[block] @ self.turn[:, :count]).T.to(dtype)
        return axes


def most_components(rows: int) -> int:
    """Return how many components to ask for where all of so many rows are wanted: of many the leading ones."""
    return rows - 1 if rows <= MOST_ROWS else min(rows - 1, MOST_COMPONENTS)


def leading_space(rows: Rows, count: int, seed: int = 0) -> LeadingSpace:
    """Return at most ``count`` leading components.

    Of at most :data:`MOST_ROWS` columns they are exact, by the columns' covariance; of more the random sketch's,
    Rayleigh and Ritz's best within the space that it found (algorithm 4.4 of Halko et al., with one more step).

    Args:
        rows: (n, v), gone through eight times, three times where exact.
        count: of components.
        seed: of the sketch.

    Returns:
        components whose variance is above rounding; none where the rows are all alike.
    """
    number, mean, square = 0, torch.zeros(0), 0.0
    for block in rows():
        mean = block.sum(0) + (mean if number else 0)
        number += len(block)
        square += float(block.square().sum())
    mean = mean / number
    width = len(mean)
    if width <= MOST_ROWS:
        basis = _covariance_axes(rows, mean)[:, :count]
    else:
        basis = _sketched(rows, mean, number, min(count + OVERSAMPLING, number), seed)
    turn = _orthonormal(basis)
    scores, total = torch.empty(number, turn.shape[1], dtype=basis.dtype, device=basis.device), 0.0
    for place, centred in _placed(rows, mean):
        total += float(centred.square().sum())
        scores[place] = centred @ basis @ turn
    # variance that is rounding beside the mean's square is no variance
    if not total > 1e-12 * max(square, 1e-300) or not turn.shape[1]:
        return LeadingSpace(mean, scores[:, :0], mean[:0], 0.0, basis, turn[:, :0])
    squares, ritz = torch.linalg.eigh(scores.T @ scores)
    keep = min(count, int((squares > _LEAST * squares[-1]).sum()))
    ritz = ritz.flip(1)[:, :keep]
    return LeadingSpace(mean, scores @ ritz, squares.flip(0)[:keep], total, basis, turn @ ritz)


def _placed(rows: Rows, mean: Tensor) -> Iterator[tuple[slice, Tensor]]:
    """Yield every block's place and its rows about their mean."""
    start = 0
    for block in rows():
        yield slice(start, start + len(block)), block.sub_(mean)
        start += len(block)


def _covariance_axes(rows: Rows, mean: Tensor) -> Tensor:
    products = mean.new_zeros(len(mean), len(mean))
    for _, centred in _placed(rows, mean):
        products += centred.T @ centred
    return torch.linalg.eigh(products)[1].flip(1)


def _sketched(rows: Rows, mean: Tensor, number: int, width: int, seed: int) -> Tensor:
    """Return (v, width) directions that span the leading components' space, not orthonormal."""
    random = torch.Generator().manual_seed(seed)
    across = torch.randn(len(mean), width, generator=random, dtype=mean.dtype).to(mean.device)
    along = mean.new_empty(number, width)
    for _ in range(POWERS + 1):
        for place, centred in _placed(rows, mean):
            along[place] = centred @ across
        along = torch.linalg.qr(along)[0]
        across.zero_()
        for place, centred in _placed(rows, mean):
            across.addmm_(centred.T, along[place])
    return across


def _orthonormal(basis: Tensor) -> Tensor:
    """Return (l, k) that make the columns of ``basis`` (v, l) orthonormal, without those that are rounding."""
    turn = torch.eye(basis.shape[1], dtype=basis.dtype, device=basis.device)
    for _ in range(2):  # the first time squares the columns' spread, and loses as many digits
        products = torch.zeros(turn.shape[1], turn.shape[1], dtype=basis.dtype, device=basis.device)
        for block in row_blocks(len(basis), 8 * basis.shape[1]):
            turned = basis[block] @ turn
            products += turned.T @ turned
        values, vectors = torch.linalg.eigh(products)
        kept = values > _LEAST * values.max()
        if not kept.any():
            return turn[:, :0]
        turn = turn @ (vectors[:, kept] / values[kept].sqrt())
    return turn
