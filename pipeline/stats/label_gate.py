"""The gate: before a synthetic brain gets a label, is the classifier entitled to judge it?"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import binomtest

from brainaging.pipeline.runtime import UserError
from brainaging.pipeline.stats.predictions import Predictions
from brainaging.pipeline.stats.reliability import expected_calibration_error
from brainaging.pipeline.stats.scores import point

#: calibration error on reconstructions by that on scans
MOST_ECE_RATIO = 1.5
#: two-sided level of the tests of share and size: a gate that is asked often should seldom be wrong
Z = 3.3
#: share of predicted labels of one class from which they say nothing
DEGENERATE = 0.95
#: one-sided level of the test that a classifier beats the commoner class
LEVEL = 0.001
#: points by which the judges may agree less on made brains than on scans, and made shares differ from training's
MARGIN = 0.05
#: relative tolerance of the made brains' mean intensity and head size
TOLERANCE = 0.03


class GateError(UserError):
    """Synthetic brains that the classifier is not entitled to judge; the message names every check that failed."""


@dataclass(frozen=True)
class Check:
    """One check: its name, what was measured, what was allowed, and whether it passed."""

    name: str
    value: float
    limit: float
    passed: bool
    says: str


def fingerprint_check(**found: str) -> Check:
    """Check that classifier, generator, encoder and scans have one grid, spacing and intensity rule.

    Args:
        found: fingerprints by what carries them.
    """
    kinds = set(found.values())
    same = len(kinds) == 1 and "" not in kinds
    listed = ", ".join(f"{name} {value or '(none)'}" for name, value in found.items())
    return Check("grid", float(len(kinds)), 1.0, same, f"one grid expected, found {listed}")


def intensity_check(real: np.ndarray, fake: np.ndarray, mask: np.ndarray) -> Check:
    """Check the intensity rule: the made brains' mean intensity in the mask within 3 %, or chance, of the scans'.

    Args:
        real: (n, X, Y, Z) scans.
        fake: (k, X, Y, Z) made brains.
        mask: (X, Y, Z) bool.
    """
    ratio, allowed = _means(*(volumes[:, mask].mean(axis=1, dtype=float) for volumes in (real, fake)))
    said = f"mean intensity of made brains is {ratio:.3f} of the scans', within {allowed:.3f} of 1 expected"
    return Check("intensity", ratio, 1 + allowed, abs(ratio - 1) <= allowed, said)


def size_check(real: np.ndarray, fake: np.ndarray) -> Check:
    """Check the scale: mean head size (mL) of made brains (k,) within 3 %, or chance, of the scans' (n,)."""
    ratio, allowed = _means(real, fake)
    said = f"made heads have {ratio:.3f} of the scans' volume, within {allowed:.3f} of 1 expected"
    return Check("head_size", ratio, 1 + allowed, abs(ratio - 1) <= allowed, said)


def _means(real: np.ndarray, fake: np.ndarray) -> tuple[float, float]:
    """Return the ratio of two samples' means and how far from 1 it may be."""
    chance = Z * float(np.sqrt(real.var(ddof=1) / len(real) + fake.var(ddof=1) / len(fake)) / real.mean())
    return float(fake.mean() / real.mean()), max(TOLERANCE, chance)


def skill_check(name: str, scans: Predictions) -> Check:
    """Check that a classifier knows its classes at all: accuracy on held-out scans above the commonest class.

    Args:
        name: of the classifier.
        scans: what the classifier says of scans that it never saw.
    """
    hits = int((scans.predicted == scans.truth).sum())
    common = float(np.bincount(scans.truth.astype(int)).max() / len(scans))
    p = float(binomtest(hits, len(scans), common, alternative="greater").pvalue)
    said = (
        f"{name} is right on {hits / len(scans):.1%} of {len(scans)} held-out scans, of which {common:.1%} are "
        f"of the commoner class (p {p:.2g}, less than {LEVEL:g} needed)"
    )
    return Check(f"skill of {name}", hits / len(scans), common, p < LEVEL, said)


def calibration_check(scans: Predictions, again: Predictions) -> Check:
    """Check calibration error on reconstructions of held-out scans against that on the scans themselves.

    At most 1.5 times as large, or as large as chance makes it at that number of scans: the error of a calibrated
    classifier is above 0.

    Args:
        scans: what the classifier says of the scans, with probabilities.
        again: what it says of their reconstructions.
    """
    on_scans, on_made = (point(expected_calibration_error, pred) for pred in (scans, again))
    confidence = again.score.max(axis=1)
    chance = 2 * float(np.sqrt((confidence * (1 - confidence)).mean() / len(again)))
    limit = max(MOST_ECE_RATIO * on_scans, chance)
    said = (
        f"calibration error {on_made:.3f} on reconstructions, {on_scans:.3f} on scans, at most {limit:.3f} allowed"
    )
    return Check("calibration", on_made, limit, on_made <= limit, said)


def degeneracy_check(labels: np.ndarray, train_share: float) -> Check:
    """Check that labels (k,) of made brains, 0 or 1, are not all of one class and near the training share.

    Args:
        labels: the classifier's.
        train_share: share of class 1 among the training scans.
    """
    share = float(labels.mean())
    chance = Z * float(np.sqrt(train_share * (1 - train_share) / len(labels)))
    allowed = max(MARGIN, chance)
    passed = max(share, 1 - share) < DEGENERATE and abs(share - train_share) <= allowed
    said = f"{share:.1%} of made brains are labelled male, {train_share:.1%} ± {allowed:.1%} expected"
    return Check("labels", share, allowed, passed, said)


def agreement_check(scans: tuple[np.ndarray, np.ndarray], made: tuple[np.ndarray, np.ndarray]) -> Check:
    """Check that two judges, (k,) labels each, agree on made brains nearly as often as on held-out scans."""
    on_scans, on_made = (float((one == other).mean()) for one, other in (scans, made))
    chance = Z * float(np.sqrt(on_scans * (1 - on_scans) * (1 / len(scans[0]) + 1 / len(made[0]))))
    limit = on_scans - max(MARGIN, chance)
    said = f"two judges agree on {on_made:.1%} of made brains and {on_scans:.1%} of scans, {limit:.1%} needed"
    return Check("agreement", on_made, limit, on_made >= limit, said)


def require(checks: Sequence[Check]) -> None:
    """Let labels pass, or stop.

    Raises:
        GateError: one or more checks failed; each is named with what it found.
    """
    failed = [check for check in checks if not check.passed]
    if failed:
        said = "; ".join(f"{check.name}: {check.says}" for check in failed)
        raise GateError(f"synthetic brains get no labels, {len(failed)} of {len(checks)} checks failed: {said}")
