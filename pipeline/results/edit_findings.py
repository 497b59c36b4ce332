"""Findings about edits, about people followed over time, and about the directions of edits in latent spaces."""

from dataclasses import dataclass
from typing import ClassVar

from brainaging.pipeline.results.shared_fields import Compared, Measured


@dataclass(frozen=True, kw_only=True)
class EditScore(Compared):
    """A method (``model``) on one question of an edit (``edit``), over ``people`` ("" is everybody).

    ``system`` is the name of one that is known by its predictions alone; ``n_groups`` the families or anatomies
    that the interval draws, 0 where it is not recorded.
    """

    kind: ClassVar[str] = "edit_score"

    edit: str
    model: str
    people: str = ""
    split: str = "grouped"
    system: str = ""
    n_groups: int = 0


@dataclass(frozen=True, kw_only=True)
class InstrumentScore(Measured):
    """What an ``instrument`` of the score recovers of the true changes by an ``edit``.

    ``structure`` is one structure, "all", or "those seen": the structures that are scored; "" of readers.
    """

    kind: ClassVar[str] = "instrument_score"

    edit: str
    instrument: str
    structure: str = ""


@dataclass(frozen=True, kw_only=True)
class FollowUpScore(Compared):
    """A method (``model``) on one later session (``edit``), in voxels or a structure's volume (``features``)."""

    kind: ClassVar[str] = "follow_up_score"

    edit: str
    model: str
    features: str = "voxels"
    split: str = "grouped"


@dataclass(frozen=True, kw_only=True)
class DirectionCosine(Compared):
    """The cosine of the directions of age and sex in an encoder's latents, or p of so large a one by chance.

    ``covariates`` are the model's others than the one whose direction it is; "truth" is the simulation's own.
    """

    kind: ClassVar[str] = "direction_cosine"

    encoder: str
    covariates: str
