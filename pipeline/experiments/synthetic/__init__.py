"""Synthetic brains that a classifier can read: judges, GAN, inverse encoder, gate and labels."""

from brainaging.pipeline.experiments.synthetic.feasible import impossible
from brainaging.pipeline.experiments.synthetic.inversion import deviation_correlation
from brainaging.pipeline.experiments.synthetic.original_gan import original_brains
from brainaging.pipeline.experiments.synthetic.run import BUNDLES, LEARNERS, Synthetic

__all__ = ["BUNDLES", "LEARNERS", "Synthetic", "deviation_correlation", "impossible", "original_brains"]
