"""The gate: before synthetic brains get labels, are the readers entitled to read them?

Checks of the brains themselves; those of the readers are in
:mod:`brainaging.pipeline.stats.reader_checks`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from brainaging.pipeline.runtime import UserError

#: two-sided standard normal quantile of a level of 0.001: a gate of some ten checks, asked of several generators,
#: should refuse honest brains about once in a hundred runs
Z = 3.3
#: relative tolerance of mean intensity and head size. No source: half the standard deviation of head volume within
#: a sex (6 %), an eighth of what undid the original study (24 % of the volume). Sensitivity: it decides only where
#: chance, Z standard errors, is less: from some hundred brains on
TOLERANCE = 0.03


class GateError(UserError):
    """Synthetic brains that the readers are not entitled to label; the message names every check that failed."""


@dataclass(frozen=True)
class Check:
    """One check of a gate.

    Attributes:
        metric: what was measured, a code of the results' vocabulary.
        value: the measurement.
        limit: what was allowed.
        passed: whether the value keeps within the limit.
        reason: both in a sentence.
        reader: the classifier that is checked; "" where brains are.
    """

    metric: str
    value: float
    limit: float
    passed: bool
    reason: str
    reader: str = ""


def fingerprint_check(**fingerprints: str) -> Check:
    """Check that classifiers, generator, encoder and scans have one grid, spacing and intensity rule.

    Args:
        fingerprints: of grids, by what carries them.
    """
    kinds = set(fingerprints.values())
    same = len(kinds) == 1 and "" not in kinds
    listed = ", ".join(f"{name} {value or '(none)'}" for name, value in fingerprints.items())
    return Check("grids", float(len(kinds)), 1.0, same, f"one grid expected, found {listed}")


def intensity_check(scans: np.ndarray, synthetic: np.ndarray, mask: np.ndarray) -> Check:
    """Check the intensity rule: the brains' mean intensity in the mask within 3 %, or chance, of the scans'.

    Args:
        scans: (n, X, Y, Z).
        synthetic: (k, X, Y, Z).
        mask: (X, Y, Z) bool.
    """
    ratio, allowed = _ratio_of_means(
        *(volumes[:, mask].mean(axis=1, dtype=float) for volumes in (scans, synthetic))
    )
    reason = f"mean intensity of synthetic brains is {ratio:.3f} of the scans', within {allowed:.3f} of 1 expected"
    return Check("intensity", ratio, 1 + allowed, abs(ratio - 1) <= allowed, reason)


def size_check(scans: np.ndarray, synthetic: np.ndarray) -> Check:
    """Check the scale: mean head size (mL) of synthetic brains (k,) within 3 %, or chance, of the scans' (n,)."""
    ratio, allowed = _ratio_of_means(scans, synthetic)
    reason = f"synthetic heads have {ratio:.3f} of the scans' volume, within {allowed:.3f} of 1 expected"
    return Check("head_size", ratio, 1 + allowed, abs(ratio - 1) <= allowed, reason)


def _ratio_of_means(scans: np.ndarray, synthetic: np.ndarray) -> tuple[float, float]:
    """Return the ratio of two samples' means and how far from 1 it may be."""
    variance = scans.var(ddof=1) / len(scans) + synthetic.var(ddof=1) / len(synthetic)
    chance = Z * float(np.sqrt(variance) / scans.mean())
    return float(synthetic.mean() / scans.mean()), max(TOLERANCE, chance)


def require(checks: Sequence[Check]) -> None:
    """Let labels pass, or stop.

    Raises:
        GateError: one or more checks failed; each is named with what it measured.
    """
    failed = [check for check in checks if not check.passed]
    if failed:
        listed = "; ".join(f"{check.metric}: {check.reason}" for check in failed)
        raise GateError(f"synthetic brains get no labels, {len(failed)} of {len(checks)} checks failed: {listed}")
