"""Findings about reconstructions: likeness, error against another method's, and inversion."""

from dataclasses import dataclass
from typing import ClassVar

from brainaging.pipeline.results.shared_fields import Compared


@dataclass(frozen=True, kw_only=True)
class Recoded(Compared):
    """What a method (``model``) makes of a target with ``codes`` numbers, 0 where it has none."""

    target: str
    model: str
    codes: int = 0


@dataclass(frozen=True, kw_only=True)
class Reconstruction(Recoded):
    """Likeness of held-out scans (or table rows) and what a method makes of them."""

    kind: ClassVar[str] = "reconstruction"

    split: str = "grouped"


@dataclass(frozen=True, kw_only=True)
class ErrorRatio(Recoded):
    """Mean squared error of a method by that of its baseline on the same subjects; below 1 is better."""

    kind: ClassVar[str] = "error_ratio"

    split: str = "grouped"


@dataclass(frozen=True, kw_only=True)
class Inversion(Recoded):
    """How well a method recovers latents (``target`` "latent_code") or held-out scans ("image")."""

    kind: ClassVar[str] = "inversion"
