"""Checks of the classifiers that read synthetic brains, for :mod:`brainaging.pipeline.stats.label_gate`.

Every one can fail. The share of men among generated brains alone could not: a generator whose latents are drawn
with the training people's share of men has that share by construction, whatever its brains look like.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import binomtest

from brainaging.pipeline.stats.label_gate import Check, Z
from brainaging.pipeline.stats.predictions import Predictions
from brainaging.pipeline.stats.reliability import expected_calibration_error
from brainaging.pipeline.stats.scores import point

#: calibration error on reconstructions by that on scans. No source: half as much again. Sensitivity: under some
#: hundred scans chance allows more than this ratio does, so that it decides in large runs only
MOST_ECE_RATIO = 1.5
#: share of labels of one class from which they say nothing: one in twenty of the other is left
DEGENERATE = 0.95
#: one-sided level of the test that a classifier beats the commoner class, as rare as Z standard errors are
LEVEL = 0.001
#: points by which agreement and shares on synthetic brains may fall short of those on scans. No source: readers
#: disagree about one in twenty people. Sensitivity: under some thousand brains chance is more
MARGIN = 0.05


@dataclass(frozen=True)
class LabelPairs:
    """Two labels, 0 or 1, of each brain of a sample: those of two readers, or one reader's and the intended one.

    Attributes:
        first, second: (n,) each.
    """

    first: np.ndarray
    second: np.ndarray

    @property
    def agreement(self) -> float:
        """Share of brains on which both are the same."""
        return float((self.first == self.second).mean())

    @property
    def by_chance(self) -> float:
        """The agreement of labels with these shares that know nothing of each other."""
        first, second = float(self.first.mean()), float(self.second.mean())
        return first * second + (1 - first) * (1 - second)

    def __len__(self) -> int:
        return len(self.first)


def independence_check(generator: np.ndarray, readers: np.ndarray, tested: np.ndarray) -> Check:
    """Check that generator, readers and the test of the readers share no group of people.

    A classifier fitted on the people that a generator learned from recognises them in its brains.

    Args:
        generator, readers: groups of the people that each learned from.
        tested: groups of the people on whose scans the readers are tested.
    """
    parts = [set(np.unique(groups).tolist()) for groups in (generator, readers, tested)]
    shared = len((parts[0] & parts[1]) | (parts[0] & parts[2]) | (parts[1] & parts[2]))
    reason = (
        f"readers learned from {len(readers)} people and were tested on {len(tested)}, the generator learned from "
        f"{len(generator)}; {shared} groups are shared, none allowed"
    )
    return Check("shared_groups", float(shared), 0.0, shared == 0, reason)


def skill_check(reader: str, scans: Predictions) -> Check:
    """Check that a classifier knows its classes at all: accuracy on held-out scans above the commonest class.

    Args:
        reader: the classifier's code.
        scans: its predictions of scans that it never saw.
    """
    hits = int((scans.predicted == scans.truth).sum())
    common = float(np.bincount(scans.truth.astype(int)).max() / len(scans))
    p = float(binomtest(hits, len(scans), common, alternative="greater").pvalue)
    reason = (
        f"{reader} is right on {hits / len(scans):.1%} of {len(scans)} held-out scans, of which {common:.1%} are "
        f"of the commoner class (p {p:.2g}, less than {LEVEL:g} needed)"
    )
    return Check("skill", hits / len(scans), common, p < LEVEL, reason, reader)


def calibration_check(reader: str, scans: Predictions, reconstructions: Predictions) -> Check:
    """Check calibration error on reconstructions of held-out scans against that on the scans themselves.

    At most 1.5 times as large, or as large as chance makes it at that number of scans: the error of a calibrated
    classifier is above 0.

    Args:
        reader: the classifier's code.
        scans: its predictions of the scans, with probabilities.
        reconstructions: of their reconstructions.
    """
    on_scans, on_reconstructions = (
        point(expected_calibration_error, predictions) for predictions in (scans, reconstructions)
    )
    confidence = reconstructions.score.max(axis=1)
    chance = 2 * float(np.sqrt((confidence * (1 - confidence)).mean() / len(reconstructions)))
    limit = max(MOST_ECE_RATIO * on_scans, chance)
    reason = (
        f"calibration error {on_reconstructions:.3f} on reconstructions, {on_scans:.3f} on scans, at most "
        f"{limit:.3f} allowed"
    )
    return Check("calibration", on_reconstructions, limit, on_reconstructions <= limit, reason, reader)


def degeneracy_check(labels: np.ndarray) -> Check:
    """Check that labels (k,) of synthetic brains, 0 or 1, are not all of one class."""
    share = float(labels.mean())
    passed = max(share, 1 - share) < DEGENERATE
    reason = (
        f"{share:.1%} of synthetic brains are labelled male, {1 - DEGENERATE:.0%} to {DEGENERATE:.0%} expected"
    )
    return Check("labels", share, DEGENERATE, passed, reason)


def balance_check(
    labels: tuple[np.ndarray, np.ndarray], head_sizes: tuple[np.ndarray, np.ndarray], reader: str = ""
) -> Check:
    """Check that labels depend on head size as they do on scans, in heads below and above the scans' median.

    Measured is the largest gap, over the two halves, between the share that a reader labels male among synthetic
    brains and among scans of other people.

    Args:
        labels: of scans (n,) and of synthetic brains (k,) by one reader, 0 or 1.
        head_sizes: of both, (n,) and (k,), mL.
        reader: the classifier's code.
    """
    middle = float(np.median(head_sizes[0]))
    halves = []
    for half, larger in (("smaller", False), ("larger", True)):
        scans, synthetic = (
            read[(sizes > middle) == larger] for read, sizes in zip(labels, head_sizes, strict=True)
        )
        if not len(scans) or not len(synthetic):
            reason = f"{len(synthetic)} synthetic heads and {len(scans)} scans are {half} than {middle:.0f} mL"
            return Check("label_balance", 1.0, MARGIN, False, reason, reader)
        share, shown = float(scans.mean()), float(synthetic.mean())
        # a share of 0 or 1 has no standard error of its own: one more of each kind (Agresti and Coull 1998)
        spread = (scans.sum() + 1) / (len(scans) + 2)
        chance = Z * float(np.sqrt(spread * (1 - spread) * (1 / len(scans) + 1 / len(synthetic))))
        allowed = max(MARGIN, chance)
        text = f"{shown:.1%} of the {half} synthetic heads and {share:.1%} of such scans are labelled male"
        halves.append((abs(shown - share) - allowed, abs(shown - share), allowed, text))
    excess, gap, allowed, text = max(halves)
    return Check("label_balance", gap, allowed, excess <= 0, f"{text}, a gap of {allowed:.1%} allowed", reader)


def intention_check(scans: LabelPairs, synthetic: LabelPairs, reader: str = "") -> Check:
    """Check that labels are what the latents intend: as nearly as on scans, and better than chance.

    A generator with two kinds of latents knows which kind it drew. On scans, a latent's kind is that of the latent
    which the encoder finds.

    Args:
        scans: intended kinds and a reader's labels of held-out scans.
        synthetic: the same of synthetic brains.
        reader: the classifier's code.
    """
    limit = _least_agreement(scans, synthetic)
    reason = (
        f"{synthetic.agreement:.1%} of synthetic brains are labelled as their latents intend, "
        f"{scans.agreement:.1%} of scans as the latents that are found for them, {limit:.1%} needed"
    )
    return Check("intended_labels", synthetic.agreement, limit, synthetic.agreement >= limit, reason, reader)


def agreement_check(scans: LabelPairs, synthetic: LabelPairs) -> Check:
    """Check that two readers agree on synthetic brains nearly as often as on scans, and better than by chance."""
    limit = _least_agreement(scans, synthetic)
    reason = (
        f"two readers agree on {synthetic.agreement:.1%} of synthetic brains and {scans.agreement:.1%} of scans, "
        f"{limit:.1%} needed"
    )
    return Check("label_agreement", synthetic.agreement, limit, synthetic.agreement >= limit, reason)


def _least_agreement(scans: LabelPairs, synthetic: LabelPairs) -> float:
    """Return the agreement on scans less :data:`MARGIN`, or less what sampling takes, and more than by chance.

    Where scans are few, sampling alone would let labels pass that know nothing of each other.
    """
    usual, chance = scans.agreement, synthetic.by_chance
    sampling = Z * float(np.sqrt(usual * (1 - usual) * (1 / len(scans) + 1 / len(synthetic))))
    above_chance = chance + Z * float(np.sqrt(chance * (1 - chance) / len(synthetic)))
    return max(usual - max(MARGIN, sampling), above_chance)
