"""Sex and age from scans and their latents, reconstructions."""

from brainaging.pipeline.experiments.scans.run import SCANS

__all__ = ["SCANS"]
