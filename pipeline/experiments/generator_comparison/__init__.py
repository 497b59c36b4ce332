"""What each generator of brains is worth, on the same people."""

from brainaging.pipeline.experiments.generator_comparison.run import GENERATORS

__all__ = ["GENERATORS"]
