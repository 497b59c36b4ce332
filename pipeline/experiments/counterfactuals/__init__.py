"""Held-out scans moved along age and sex, scored where the truth is known."""

from brainaging.pipeline.experiments.counterfactuals.run import COUNTERFACTUALS

__all__ = ["COUNTERFACTUALS"]
