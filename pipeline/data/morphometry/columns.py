"""What a column's name says: structure, hemisphere, measure and atlas, in one spelling for all sources."""

import re
from dataclasses import dataclass, replace
from functools import cache

from brainaging.pipeline.data.morphometry.names import (
    ASEG,
    CORTEX,
    DESTRIEUX,
    EXVIVO,
    GLOBAL,
    HCP_ASEG,
    HCP_GLOBAL,
)
from brainaging.pipeline.data.morphometry.spellings import DKT, freesurfer_spelling

#: units of the measures; "" for what has none
UNITS = {
    "thickness": "mm",
    "thickness_sd": "mm",
    "area": "mm²",
    "volume": "mm³",
    "meancurv": "1/mm",
    "gauscurv": "1/mm²",
}
# suffixes of aparcstats2table and of HCP
_CORTICAL = {
    "thickness": "thickness",
    "thicknessstd": "thickness_sd",
    "area": "area",
    "volume": "volume",
    "meancurv": "meancurv",
    "gauscurv": "gauscurv",
    "foldind": "foldind",
    "curvind": "curvind",
    "thck": "thickness",
    "thckstd": "thickness_sd",
    "grayvol": "volume",
    "numvert": "vertices",
}
_SUBCORTICAL = {
    "vol": "volume",
    "volume": "volume",
    "vox": "voxels",
    "nvoxels": "voxels",
    "mean": "intensity_mean",
    "std": "intensity_sd",
    "stddev": "intensity_sd",
    "snr": "intensity_snr",
    "min": "intensity_min",
    "max": "intensity_max",
    "range": "intensity_range",
}
_PARCEL = re.compile(
    rf"(?P<side>[lr]h)_(?P<region>.+)_(?P<measure>{'|'.join(_CORTICAL)})(?:_(?P<parcellation>[\w.]+))?"
)
_SIDES = {"lh": "left", "rh": "right", "l": "left", "r": "right", "left": "left", "right": "right"}
_DESTRIEUX_LIKE = re.compile(r"(G|S|G&S|G_and_S|Lat_Fis|Pole)[-_]")
_DESTRIEUX = frozenset(name.replace("&", "_and_") for name in DESTRIEUX)


@dataclass(frozen=True)
class Column:
    """What a column's name says.

    Attributes:
        name: as in the file.
        structure: the atlas' own spelling without hemisphere: "superiorfrontal", "G_front_sup", "Hippocampus",
            "eTIV"; the name itself where it is not known.
        hemisphere: "left", "right", or "" for the midline and the whole brain.
        measure: "thickness" (mm), "area" (mm²), "volume" (mm³), "meancurv", …; "other" where it is not known.
        atlas: "desikan-killiany", "dkt", "destrieux", "exvivo", "aseg", "wmparc", "global", or "" where it is not
            known.
    """

    name: str
    structure: str
    hemisphere: str
    measure: str
    atlas: str

    @property
    def unit(self) -> str:
        """The measure's unit, "" for none."""
        return UNITS.get(self.measure, "")


@cache
def parse_column(name: str) -> Column:
    """Return what a column's name says; every name gives an answer.

    Spellings: HCP's ``FS_L_Superiorfrontal_Thck``; aparcstats2table's ``lh_superiorfrontal_thickness`` and
    ``lh_G_front_sup_thickness``; asegstats2table's ``Left-Hippocampus`` (a volume unless ``_mean`` or such
    follows) and ``wm-lh-insula``; global measures such as ``EstimatedTotalIntraCranialVol``; what
    :func:`~brainaging.pipeline.data.morphometry.spellings.freesurfer_spelling` reads as one of these. A parcel's
    name is Desikan-Killiany's unless ``_DKT`` follows: the two atlases share 31 names and not their borders.

    >>> parse_column("FS_L_Hippo_Vol")
    Column(name='FS_L_Hippo_Vol', structure='Hippocampus', hemisphere='left', measure='volume', atlas='aseg')
    >>> parse_column("rh_G&S_cingul-Ant_thickness").structure
    'G_and_S_cingul-Ant'
    >>> parse_column("lh_insula_thickness_DKT").atlas
    'dkt'
    """
    column = _as_written(name)
    if column is None:
        spelled = freesurfer_spelling(name)
        own = None if spelled is None else _as_written(spelled.name)
        column = _other_parcel(name) if own is None else replace(own, name=name)
    return column or Column(name, name, "", "other", "")


def is_freesurfers(name: str) -> bool:
    """Say whether FreeSurfer or HCP spell a known structure's measure like this."""
    return _as_written(name) is not None


def _as_written(name: str) -> Column | None:
    """Return what a name says in FreeSurfer's own spelling or HCP's, None where it is spelled otherwise."""
    for parse in (_hcp, _global, _cortical, _white, _aseg):
        column = parse(name)
        if column is not None:
            return column
    return None


def _hcp(name: str) -> Column | None:
    if not name.startswith("FS_"):
        return None
    bare = name.removeprefix("FS_")
    if bare in HCP_GLOBAL:
        structure, hemisphere, measure = HCP_GLOBAL[bare]
        return Column(name, structure, hemisphere, measure, "global")
    stem, _, suffix = bare.rpartition("_")
    side, _, rest = stem.partition("_")
    hemisphere = _SIDES[side.lower()] if side in ("L", "R") else ""
    region = rest if hemisphere else stem
    suffix = suffix.lower()
    if hemisphere and region.lower() in CORTEX and suffix in _CORTICAL:
        return Column(name, region.lower(), hemisphere, _CORTICAL[suffix], "desikan-killiany")
    if region in HCP_ASEG and suffix in _SUBCORTICAL:
        return Column(name, HCP_ASEG[region], hemisphere, _SUBCORTICAL[suffix], "aseg")
    return None


def _global(name: str) -> Column | None:
    bare, mark, suffix = name.rpartition("_")
    # aparcstats2table writes lh_MeanThickness_thickness
    facts = GLOBAL.get(name) or (GLOBAL.get(bare) if mark and suffix in _CORTICAL else None)
    return None if facts is None else Column(name, *facts, "global")


def _cortical(name: str) -> Column | None:
    match = _PARCEL.fullmatch(name)
    if match is None:
        return None
    region, facts = match["region"], (_SIDES[match["side"]], _CORTICAL[match["measure"]])
    if match["parcellation"]:
        is_dkt = match["parcellation"] == DKT and region in CORTEX
        return Column(name, region, *facts, "dkt") if is_dkt else None
    if region.lower() in CORTEX:
        return Column(name, region.lower(), *facts, "desikan-killiany")
    # FreeSurfer's tables say G&S_frontomargin and S_intrapariet&P_trans, its annotation says _and_
    if region.replace("&", "_and_") in _DESTRIEUX:
        return Column(name, region.replace("&", "_and_"), *facts, "destrieux")
    return Column(name, region, *facts, "exvivo") if region in EXVIVO else None


def _other_parcel(name: str) -> Column | None:
    """Return a parcel of an atlas that is not known here, in aparcstats2table's form."""
    match = _PARCEL.fullmatch(name)
    if match is None:
        return None
    region, facts = match["region"], (_SIDES[match["side"]], _CORTICAL[match["measure"]])
    if match["parcellation"]:
        return Column(name, f"{region}_{match['parcellation']}", *facts, "")
    if _DESTRIEUX_LIKE.match(region):
        return Column(name, region.replace("&", "_and_"), *facts, "destrieux")
    return Column(name, region, *facts, "")


def _white(name: str) -> Column | None:
    match = re.fullmatch(r"wm-(lh|rh)-(\w+?)(?:_(\w+))?", name)
    if match is None:
        return None
    side, region, suffix = match.groups()
    return Column(name, region, _SIDES[side], _SUBCORTICAL.get(suffix or "vol", "other"), "wmparc")


def _aseg(name: str) -> Column | None:
    for bare, suffix in ((name, "vol"), (name.rpartition("_")[0], name.rpartition("_")[2])):
        side, _, rest = bare.partition("-")
        hemisphere = {"Left": "left", "Right": "right"}.get(side, "")
        region = rest if hemisphere else bare
        if region in ASEG and suffix in _SUBCORTICAL:
            return Column(name, ASEG[region], hemisphere, _SUBCORTICAL[suffix], "aseg")
    return None
