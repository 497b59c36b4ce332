"""Synthetic brains that a classifier can read: classifiers, GAN, inverse encoder, gate and labels."""

from brainaging.pipeline.experiments.synthetic.inversion_findings import deviation_correlation
from brainaging.pipeline.experiments.synthetic.original_gan import original_brains
from brainaging.pipeline.experiments.synthetic.run import BUNDLES, ENCODER, LEARNERS, SYNTHETIC, run

__all__ = ["BUNDLES", "ENCODER", "LEARNERS", "SYNTHETIC", "deviation_correlation", "original_brains", "run"]
