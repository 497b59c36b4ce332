"""The command line: ``brainaging``."""

from brainaging.pipeline.cli.app import main

__all__ = ["main"]
