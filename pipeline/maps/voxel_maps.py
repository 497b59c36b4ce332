"""Group maps: what age and sex do to every voxel, given each other and head size, tested family by family.

One linear model a voxel, all covariates together. For each of age and sex: the effect in residual standard
deviations, Student's t, and p corrected for all voxels by the largest |t| (two-sided; Westfall and Young 1993)
under Freedman and Lane's permutation (1983): residuals given the other covariates are permuted, then refitted
(Winkler et al. 2014, "Permutation inference for the general linear model", NeuroImage 92). Who may stand in for
whom is in :mod:`brainaging.pipeline.stats.exchangeability`. The maps show differences between people.

Voxels are worked on in blocks, each permuted in all orders by one matrix product: beside the volumes nothing is
held that grows with people times voxels.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from brainaging.pipeline.counterfactual.covariates import AGE, SEX, Covariates, Design
from brainaging.pipeline.runtime import UserError, counting, generator
from brainaging.pipeline.stats.exchangeability import (
    FEWEST_BLOCKS,
    exchangeable,
    family_builds,
    family_orders,
)

#: units of the effects: Cohen's d with everything else held, and residual standard deviations a decade
UNITS = {AGE: "residual SD per decade", SEX: "Cohen's d, men − women"}
#: of significance, corrected for all voxels: the convention
LEVEL = 0.05
#: degrees of freedom of the residuals below which their standard deviation says nothing. Sensitivity: a refusal,
#: no number
FEWEST_FREEDOM = 5
#: voxels of a block, and numbers in one matrix product. Sensitivity: memory and time; digits to rounding
_BLOCK, _ROOM = 2**12, 2**24
#: shares of a typical spread below which a voxel, or of a column's length below which a covariate, does not vary:
#: a little above the rounding of single precision. Sensitivity: none
_STILL, _COLLINEAR, _ROUNDING = 1e-5, 1e-6, 1e-5


@dataclass(frozen=True, eq=False)
class EffectMap:
    """One covariate's effect on every voxel, (X, Y, Z) float32; outside the mask 0, and p 1.

    Attributes:
        effect: adjusted effect over the residual standard deviation, see :data:`UNITS`.
        t: Student's t.
        p: corrected for all voxels, two-sided.
        critical: |t| beyond which a voxel has p of at most :data:`LEVEL`.
    """

    effect: np.ndarray
    t: np.ndarray
    p: np.ndarray
    critical: float

    @property
    def significant(self) -> np.ndarray:
        """Voxels (X, Y, Z) whose corrected p is at most :data:`LEVEL`."""
        return self.p <= LEVEL


@dataclass(frozen=True, eq=False)
class GroupMaps:
    """Maps of age and sex and what they rest on: ``mask`` (X, Y, Z), people, families, how many of these can
    change places with another, permutations, and the model's columns."""

    age: EffectMap
    sex: EffectMap
    mask: np.ndarray
    people: int
    families: int
    exchangeable: int
    permutations: int
    columns: tuple[str, ...]

    def items(self) -> list[tuple[str, EffectMap]]:
        """Return the covariates' names and maps."""
        return [(AGE, self.age), (SEX, self.sex)]

    def share(self, name: str) -> float:
        """Return the share of the mask's voxels that is significant for "age" or "sex"."""
        return float(dict(self.items())[name].significant[self.mask].mean())


def group_maps(
    volumes: np.ndarray,
    mask: np.ndarray,
    people: Covariates,
    families: np.ndarray,
    *,
    seed: int,
    permutations: int = 500,
) -> GroupMaps:
    """Return the maps of age given sex and head size, and of sex given age and head size.

    Args:
        volumes: (n, X, Y, Z).
        mask: (X, Y, Z) voxels that are tested.
        people: of the n volumes. Where the design bends with age, the effect is the slope at the mean age.
        families: (n,) labels; whoever shares one is not independent.
        seed: of the permutations.
        permutations: the true order is counted beside them: p = (1 + # that reach it) / (1 + permutations).

    Raises:
        UserError: too few people for the model, too few families to permute, or a covariate that the others
            determine.
    """
    design = Design.of(people)
    matrix, names = design.matrix(people), design.columns()
    if len(people) - len(names) < FEWEST_FREEDOM:
        raise UserError(f"group maps: expected {len(names) + FEWEST_FREEDOM} people or more, found {len(people)}")
    builds = family_builds(np.asarray(families), people.age, people.male)
    movable = exchangeable(builds)
    if movable < FEWEST_BLOCKS:
        raise UserError(
            f"group maps: expected {FEWEST_BLOCKS} families or more that can change places with another of the "
            f"same build, found {movable}"
        )
    orders = family_orders(builds, permutations, generator(seed, "group maps"))
    people_voxels = _Voxels(np.asarray(volumes), np.asarray(mask, dtype=bool))
    tested = {name: _tested(people_voxels, matrix, names.index(name), orders, name) for name in (AGE, SEX)}
    return GroupMaps(
        tested[AGE],
        tested[SEX],
        np.asarray(mask, dtype=bool),
        len(people),
        len(np.unique(families)),
        movable,
        permutations,
        tuple(names),
    )


def adjusted_effect(values: np.ndarray, matrix: np.ndarray, column: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the coefficient of a design's column over the residual standard deviation (p,), and t (p,).

    Args:
        values: (n, p).
        matrix: (n, q) design.
        column: which of its columns.
    """
    axis, norm, basis = _residual_axis(matrix, column)
    residual = values - basis @ (basis.T @ values)
    return _standardised(axis @ residual, (residual**2).sum(axis=0), len(values) - matrix.shape[1], norm)


def _standardised(
    slope: np.ndarray, square: np.ndarray, freedom: int, norm: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return effect and t (p,) of slopes on a column at unit length, and squared lengths of residuals (p,)."""
    spread = np.sqrt(np.maximum(square - slope**2, 0.0) / freedom)
    varies = spread > _COLLINEAR * (np.median(spread) or 1.0)
    t = np.where(varies, slope / np.where(varies, spread, 1.0), 0.0)
    return t / norm, t


def _residual_axis(matrix: np.ndarray, column: int) -> tuple[np.ndarray, float, np.ndarray]:
    """Return what of a column (n,) the others leave, at unit length, its length, and the others' basis."""
    basis = np.linalg.qr(np.delete(matrix, column, axis=1))[0]
    residual = matrix[:, column] - basis @ (basis.T @ matrix[:, column])
    norm = float(np.linalg.norm(residual))
    if norm < _COLLINEAR * np.linalg.norm(matrix[:, column]):
        raise UserError(
            "group maps: age, sex and head size tell one another wholly in these people: nothing is left to ask"
        )
    return residual / norm, norm, basis


@dataclass(frozen=True, eq=False)
class _Voxels:
    """The voxels of volumes (n, X, Y, Z) inside a mask (X, Y, Z), about their means, a block at a time."""

    volumes: np.ndarray
    mask: np.ndarray

    @property
    def blocks(self) -> list[slice]:
        count = int(self.mask.sum())
        return [slice(start, min(start + _BLOCK, count)) for start in range(0, count, _BLOCK)]

    def residuals(self, basis: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
        """Yield every block and what a basis (n, k) leaves of it, (n, b) float32."""
        where = np.nonzero(self.mask)
        for block in self.blocks:
            i, j, k = (axis[block] for axis in where)
            voxels = np.ascontiguousarray(self.volumes[:, i, j, k], dtype=np.float32)
            voxels = voxels - voxels.mean(axis=0)
            yield block, voxels - basis @ (basis.T @ voxels)


def _tested(voxels: _Voxels, matrix: np.ndarray, column: int, orders: np.ndarray, name: str) -> EffectMap:
    axis, norm, basis = _residual_axis(matrix, column)
    single = basis.astype(np.float32)
    freedom = len(matrix) - matrix.shape[1]
    slope, square = np.zeros((2, int(voxels.mask.sum())), dtype=np.float32)
    for block, residual in voxels.residuals(single):
        slope[block], square[block] = axis.astype(np.float32) @ residual, (residual**2).sum(axis=0)
    effect, t = _standardised(slope, square, freedom, norm)
    length = np.sqrt(square)
    # what never varies is no evidence either way
    varies = length > _STILL * (np.median(length) or 1.0)
    # residuals are orthogonal to the constant in every order; the constant is the basis' first vector
    frame = np.concatenate([axis[None], basis.T[1:]]).astype(np.float32)
    turned = np.empty((len(orders), *frame.shape), dtype=np.float32)
    for place, order in enumerate(orders):
        # frame · residual[order] = turned · residual
        turned[place][:, order] = frame
    largest = np.zeros(len(orders))
    with counting(f"mapping {name}, blocks of voxels", len(voxels.blocks)) as advance:
        for block, residual in voxels.residuals(single):
            kept = varies[block]
            _raise_to(largest, turned, residual[:, kept] / length[block][kept])
            advance()
    mask = voxels.mask
    largest = np.sort(np.sqrt(largest * freedom))
    # a tie is counted against the claim; rounding must not undo it
    reached = len(largest) - np.searchsorted(largest, np.abs(t) * (1 - _ROUNDING))
    p = (1 + reached) / (1 + len(largest))
    allowed = int(LEVEL * (1 + len(largest)) + 1e-9) - 1
    critical = float(largest[len(largest) - 1 - allowed]) if 0 <= allowed < len(largest) else float("inf")
    return EffectMap(_whole(effect, mask, 0.0), _whole(t, mask, 0.0), _whole(p, mask, 1.0), critical)


def _raise_to(largest: np.ndarray, turned: np.ndarray, residual: np.ndarray) -> None:
    """Raise (m,) to the largest t² by freedom that a block's residuals (n, b) of unit length have in each order.

    ``turned`` (m, k, n) are the tested column, and the others' basis but for the constant, in every order.
    """
    count, width = turned.shape[1], residual.shape[1]
    step = max(1, _ROOM // max(1, count * width))
    for start in range(0, len(turned), step):
        part = turned[start : start + step]
        squares = (part.reshape(-1, part.shape[2]) @ residual).reshape(len(part), count, width)
        np.square(squares, out=squares)
        rest = np.maximum(1 - squares.sum(axis=1), 1e-12)
        found = (squares[:, 0] / rest).max(axis=1, initial=0.0)
        np.maximum(largest[start : start + step], found, out=largest[start : start + step])


def _whole(values: np.ndarray, mask: np.ndarray, outside: float) -> np.ndarray:
    out = np.full(mask.shape, outside, dtype=np.float32)
    out[mask] = values
    return out
