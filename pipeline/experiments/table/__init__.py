"""Sex and age from a FreeSurfer table and its latents, importance of measures, sites."""

from brainaging.pipeline.experiments.table.run import TABLE

__all__ = ["TABLE"]
