"""FreeSurfer's own name for a measure, from the spellings that R, ENIGMA, SynthSeg, joins and people give it.

R writes ``Left.Hippocampus``, ``X3rd.Ventricle`` and ``lh_G.S_frontomargin_thickness``; ENIGMA
``L_bankssts_thickavg``, ``LThickness`` and ``Lhippo``; SynthSeg "left cerebral cortex" and ``ctx-lh-bankssts``; a
join adds ``_x``, ``_DKT`` or ``aparc.``. A name is cut into words; words that say the side, the measure, the
atlas or the unit are taken from its ends until what is left is one of FreeSurfer's structures, and then nothing
is left over. Nothing else is guessed.
"""

import re
from dataclasses import dataclass, replace
from functools import cache

from brainaging.pipeline.data.morphometry.names import (
    ASEG,
    CORTEX,
    DESTRIEUX,
    EITHER,
    ENIGMA,
    EXVIVO,
    GLOBAL,
    HCP_ASEG,
    HCP_GLOBAL,
    MIDLINE,
    OTHER_ASEG,
    OTHER_GLOBAL,
)

DKT = "DKT"
SIDES = {"lh": "lh", "l": "lh", "left": "lh", "rh": "rh", "r": "rh", "right": "rh"}
#: words for measures of the cortex, and aparcstats2table's word for each
CORTICAL_WORDS = {
    "thickness": "thickness thick thck thk thickavg thickmean thicknessavg thicknessmean meanthickness meanthick",
    "thicknessstd": "thicknessstd thickstd thckstd thicksd thicknesssd stdthickness",
    "area": "area surfarea surfavg surfacearea",
    "volume": "volume vol grayvol greyvol grayvolume greyvolume gmvol gmv",
    "meancurv": "meancurv meancurvature",
    "gauscurv": "gauscurv gausscurv gaussiancurvature",
    "foldind": "foldind foldingindex",
    "curvind": "curvind curvatureindex",
    "numvert": "numvert nvert nvertices numvertices",
}
#: the same of aseg, and asegstats2table's word
_SUBCORTICAL_WORDS = {
    "volume": "volume vol",
    "nvoxels": "nvoxels nvox vox",
    "mean": "mean normmean",
    "std": "std stddev normstddev",
    "snr": "snr",
    "min": "min normmin",
    "max": "max normmax",
    "range": "range normrange",
}
#: words for units, and the unit
UNIT_WORDS = {
    "mm³": "mm3 mmcubed cubicmm cumm",
    "mm²": "mm2 mmsquared",
    "mm": "mm",
    "mL": "ml cm3 cc ccm millilitre milliliter",
    "cm²": "cm2",
    "cm": "cm",
    "L": "litre liter l",
    "µm": "um µm μm micron microns",
}
# what a name may hold beside: the program, the kind of table, whole words of speech
_FILLERS = frozenset(
    ("aparc", "aseg", "global", "fs", "freesurfer", "ctx", "of", "the", "in", "hemisphere", "hemi", "desikan")
    + ("killiany", "dk", "dk68", "dk40", "a2009s", "destrieux", "cortical", "subcortical", "sv", "roi", "region")
)
_DKT_WORDS = frozenset(["dkt", "dkt31", "dkt40", "dkt62", "dktatlas", "dktatlas40", "dktatlas31"])
# a name of more is a sentence
_MOST_WORDS = 16
# what pandas, R and tibble append to a name that stands twice, and people for a visit: two visits are then one
# measure with other numbers, which is refused
_JOINED = re.compile(
    r"(?:[_.][xy]|[_.]\d{1,2}|\.{3}\d+|[_.](?:t|tp|v|w|ses|visit|wave|time)[_.-]?\d{1,2}|[_.](?:bl|baseline))$",
    re.IGNORECASE,
)


def _words(groups: dict[str, str]) -> dict[str, str]:
    return {word: name for name, words in groups.items() for word in words.split()}


_CORTICAL, _SUBCORTICAL, _UNITS = _words(CORTICAL_WORDS), _words(_SUBCORTICAL_WORDS), _words(UNIT_WORDS)


def plain(name: str) -> str:
    """Return a name as it is compared: letters and digits, without case."""
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def _both(names: tuple[str, ...]) -> dict[str, str]:
    """Return names by their plain form, with "&" as nothing and as "and"."""
    return {plain(name.replace("&", joint)): name for name in names for joint in ("", "and")}


_CORTEX = {name: name for name in CORTEX} | _both(DESTRIEUX) | {plain(name): name for name in EXVIVO}
_STRUCTURES = {plain(name): name for name in (*ASEG, "Thalamus-Proper")}
_STRUCTURES |= {plain(short): long for short, long in HCP_ASEG.items() if plain(short) not in _STRUCTURES}
_STRUCTURES |= {plain(name): own for name, own in OTHER_ASEG.items()}
_GLOBAL = {plain(name): name for name in GLOBAL}
_GLOBAL |= {
    plain(f"{name}_{measure}"): f"{name}_{measure}"
    for name, (_, _, measure) in GLOBAL.items()
    if measure in ("thickness", "area")
}
_GLOBAL |= {plain(name): own for name, own in OTHER_GLOBAL.items()}
_WHOLE = {plain(name): own for name, own in ENIGMA.items()}
# measures of a whole hemisphere, beside its side
_OF_A_SIDE = {"meanthickness": "MeanThickness_thickness", "whitesurfarea": "WhiteSurfArea_area"}
_HCP_WORDS = ["Thck", "ThckStd", "Area", "GrayVol", "NumVert", "MeanCurv", "GausCurv", "FoldInd", "CurvInd"]
_WHOLE |= {plain(f"FS_{name}"): f"FS_{name}" for name in HCP_GLOBAL}
_WHOLE |= {
    plain(f"FS{side}{region}{word}"): f"FS_{side}_{region.capitalize()}_{word}"
    for side in "LR"
    for region in CORTEX
    for word in _HCP_WORDS
}
_WHOLE |= {
    plain(f"FS{side}{region}{word}"): "_".join(part for part in ("FS", side, region, word) if part)
    for region, own in HCP_ASEG.items()
    for side in (("",) if own in MIDLINE else ("", "L", "R") if own in EITHER else ("L", "R"))
    for word in ["Vol", "Vox", "Mean", "Std", "Min", "Max", "Range"]
}


@dataclass(frozen=True)
class FileSays:
    """What a file says of all its columns: the side ("lh", "rh"), the measure, and the parcellation where it is
    none of those that a column's name tells ("DKT", "pial", "BA_exvivo.thresh"); "" for nothing."""

    side: str = ""
    measure: str = ""
    parcellation: str = ""


@dataclass(frozen=True)
class Spelling:
    """FreeSurfer's own ``name`` for a column, and the ``unit`` that its name states ("" for none)."""

    name: str
    unit: str = ""


@dataclass(frozen=True)
class _Words:
    """A name's words, of which ``first`` to ``last`` are left, and what those that were taken say."""

    words: tuple[str, ...]
    side: str = ""
    measure: str = ""
    parcellation: str = ""
    unit: str = ""
    white: bool = False
    cortex: bool = False


NOTHING = FileSays()


@cache
def freesurfer_spelling(name: str, file: FileSays = NOTHING) -> Spelling | None:
    """Return FreeSurfer's (or, of an ``FS_`` column, HCP's) own spelling of a name; None where it is not
    understood.

    Args:
        name: as it stands in the file.
        file: what the file says of all its columns: it completes names such as ``bankssts`` in a table that says
            ``lh.aparc.thickness``.

    >>> freesurfer_spelling("Left.Hippocampus").name
    'Left-Hippocampus'
    >>> freesurfer_spelling("L_bankssts_thickavg").name, freesurfer_spelling("ctx-rh-insula").name
    ('lh_bankssts_thickness', 'rh_insula_volume')
    >>> freesurfer_spelling("ICV (cm^3)")
    Spelling(name='ICV', unit='mL')
    """
    for text in dict.fromkeys((name, _JOINED.sub("", name))):
        words = tuple(re.findall(r"[^\W_]+", re.sub(r"^[Xx](?=\d)", "", text).casefold()))
        rest = [_Words(words)] if len(words) <= _MOST_WORDS else []
        seen = set(rest)
        # names that need least taken away come first: the "area" of Left-Accumbens-area is no measure
        while rest:
            for state in rest:
                found = _own(state, file)
                if found is not None:
                    return Spelling(found, state.unit)
            steps = dict.fromkeys(step for state in rest for step in _taken(state))
            rest = [step for step in steps if step not in seen]
            seen.update(rest)
    return None


def _taken(state: _Words) -> list[_Words]:
    """Return what is left of a name when the words at one of its ends have been understood."""
    steps = []
    for count in range(1, min(3, len(state.words)) + 1):
        for ahead in (True, False):
            group, left = state.words[:count], state.words[count:]
            if not ahead:
                group, left = state.words[-count:], state.words[:-count]
            word, cut = "".join(group), replace(state, words=left)
            # "thk_…_thickavg" says one thing twice
            again = _CORTICAL.get(word) is not None and _CORTICAL.get(word) == _CORTICAL.get(state.measure)
            if not state.side and word in SIDES:
                steps.append(replace(cut, side=SIDES[word]))
            if again or (not state.measure and (word in _CORTICAL or (word in _SUBCORTICAL and not ahead))):
                steps.append(replace(cut, measure=word))
            if not state.parcellation and word in _DKT_WORDS:
                steps.append(replace(cut, parcellation=DKT))
            if not state.unit and word in _UNITS:
                steps.append(replace(cut, unit=_UNITS[word]))
            if word in _FILLERS:
                steps.append(replace(cut, cortex=state.cortex or word == "ctx"))
            if word == "wm" and ahead:
                steps.append(replace(cut, white=True))
    return steps


def _own(state: _Words, file: FileSays) -> str | None:
    """Return FreeSurfer's name where the words that are left are a structure, and what was taken completes it."""
    word = "".join(state.words)
    if not word:
        return None
    if state.white:
        suffix = _suffix(state.measure)
        return f"wm-{state.side}-{word}{suffix}" if state.side and word in CORTEX and suffix is not None else None
    if word in _CORTEX:
        return _parcel_name(state, _CORTEX[word], file)
    if state.parcellation or state.cortex:
        return None
    if word in _GLOBAL or word in _WHOLE:
        # the L of "TIV (L)" is a unit
        whole = not state.side and state.measure in ("", "volume", "vol")
        return (_WHOLE.get(word) or _GLOBAL[word]) if whole else None
    if word in _OF_A_SIDE and state.side and not state.measure:
        return f"{state.side}_{_OF_A_SIDE[word]}"
    structure = _STRUCTURES.get(word)
    return None if structure is None else _structure_name(state, structure)


def _parcel_name(state: _Words, region: str, file: FileSays) -> str | None:
    side, measure = state.side or file.side, _CORTICAL.get(state.measure or file.measure, "")
    if state.cortex and not (state.measure or file.measure):
        # a segmentation's names (mri_segstats, SynthSeg): it measures volumes
        measure = "volume"
    return (
        cortical_name(side, region, measure, state.parcellation or file.parcellation) if side and measure else None
    )


def _structure_name(state: _Words, structure: str) -> str | None:
    suffix, own = _suffix(state.measure), ASEG[structure]
    sides = {"lh": "Left-", "rh": "Right-"} if own not in MIDLINE else {}
    if own in MIDLINE or own in EITHER:
        sides[""] = ""
    return None if suffix is None or state.side not in sides else f"{sides[state.side]}{structure}{suffix}"


def _suffix(measure: str) -> str | None:
    """Return what asegstats2table's columns end with here: nothing for volumes; None for no such measure."""
    own = _SUBCORTICAL.get(measure or "volume")
    return None if own is None else "" if own == "volume" else f"_{own}"


def cortical_name(side: str, region: str, measure: str, parcellation: str = "") -> str:
    """Return aparcstats2table's name of a parcel's measure; another parcellation than the name's own stands
    last.
    """
    return f"{side}_{region}_{measure}" + (f"_{parcellation}" if parcellation else "")
