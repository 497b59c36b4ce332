"""Synthetic brains that a classifier can read: judges, GAN, inverse encoder, gate and labels."""

from brainaging.pipeline.analysis.synthetic.feasible import impossible
from brainaging.pipeline.analysis.synthetic.inverted import deviation_correlation
from brainaging.pipeline.analysis.synthetic.rival import original_brains
from brainaging.pipeline.analysis.synthetic.study import BUNDLES, LEARNERS, Synthetic

__all__ = ["BUNDLES", "LEARNERS", "Synthetic", "deviation_correlation", "impossible", "original_brains"]
