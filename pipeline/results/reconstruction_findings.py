"""Findings about reconstructions: likeness, error beside another method's, and inversion."""

from dataclasses import dataclass
from typing import ClassVar

from brainaging.pipeline.results.shared_fields import Compared


@dataclass(frozen=True, kw_only=True)
class Reconstruction(Compared):
    """Likeness of held-out scans (or table rows) and what a method makes of them; ``codes`` is how many it has."""

    kind: ClassVar[str] = "reconstruction"

    target: str
    model: str
    codes: int = 0
    split: str = "grouped"


@dataclass(frozen=True, kw_only=True)
class ErrorRatio(Compared):
    """Mean squared error of a method by that of its baseline on the same subjects; below 1 is better."""

    kind: ClassVar[str] = "error_ratio"

    target: str
    model: str
    codes: int = 0
    split: str = "grouped"


@dataclass(frozen=True, kw_only=True)
class Inversion(Compared):
    """How well a method (``model``) finds latents (``target`` "latent_code") or held-out scans ("image") again."""

    kind: ClassVar[str] = "inversion"

    target: str
    model: str
    codes: int = 0
