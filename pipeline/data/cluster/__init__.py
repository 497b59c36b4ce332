"""Scans prepared by the workers of a Dask scheduler: same bytes as in one process, and no other way to stop."""

from brainaging.pipeline.data.cluster.scheduled_jobs import scheduled_scans

__all__ = ["scheduled_scans"]
