"""The structures whose rates are compared, what of FreeSurfer's atlas makes them up, and the ages."""

from typing import NamedTuple

from brainaging.pipeline.data.freesurfer_atlases import DESIKAN_KILLIANY, Region, atlas


class AgeSpan(NamedTuple):
    """Ages from ``low`` to ``high``, in years."""

    low: float
    high: float

    @property
    def years(self) -> float:
        """How long it is."""
        return self.high - self.low

    def within(self, low: float, high: float) -> "AgeSpan":
        """Return what of the span lies between two ages; of no years where nothing does."""
        start = min(max(self.low, low), self.high)
        return AgeSpan(start, max(min(self.high, high), start))

    def __str__(self) -> str:
        return f"{self.low:.0f}-{self.high:.0f}"


#: young, middle and old. Sensitivity: which published figures stand beside which planted ones; sources seldom part
#: ages more finely
AGE_SPANS = (AgeSpan(20, 40), AgeSpan(40, 60), AgeSpan(60, 80))

CORTEX, GREY, WHITE, CEREBELLUM, BRAIN = "cortex", "grey matter", "white matter", "cerebellum", "whole brain"
#: structures inside, by the names of aseg's regions, as `spelling` writes them, that make them up
DEEP = {
    "lateral ventricles": ("lateral_ventricle", "inf_lat_vent"),
    "hippocampus": ("hippocampus",),
    "amygdala": ("amygdala",),
    "thalamus": ("thalamus",),
    "caudate": ("caudate",),
    "putamen": ("putamen",),
}
#: names that a table of published rates may use, in the order in which they are shown
STRUCTURES = (*DEEP, CORTEX, GREY, WHITE, CEREBELLUM, BRAIN)
_OTHER_GREY = ("pallidum", "accumbens_area")
_WHITE = ("cerebral_white_matter", "cerebellum_white_matter")


def structure_of(region: Region) -> tuple[str, ...]:
    """Return the structures that a region of Desikan-Killiany's atlas and aseg is part of; none for vessels, fluid
    outside the lateral ventricles, and what is no place.

    >>> structure_of(Region("hippocampus", "left"))
    ('hippocampus', 'grey matter', 'whole brain')
    """
    name = region.structure
    if region in _cortical():
        return (CORTEX, GREY, BRAIN)
    deep = [structure for structure, parts in DEEP.items() if name in parts]
    if deep:
        return (deep[0],) if deep[0] == "lateral ventricles" else (deep[0], GREY, BRAIN)
    if name == "cerebellum_cortex":
        return (CEREBELLUM, GREY, BRAIN)
    if name in _OTHER_GREY:
        return (GREY, BRAIN)
    if name in _WHITE or name.startswith("cc_"):
        return (WHITE, BRAIN)
    return (BRAIN,) if name in ("brain_stem", "ventraldc") else ()


def _cortical() -> frozenset[Region]:
    labels = atlas(DESIKAN_KILLIANY)
    named = {labels.regions[label] for label in labels.cortical if label in labels.regions}
    return frozenset(region for region in named if region.structure != "unknown")
