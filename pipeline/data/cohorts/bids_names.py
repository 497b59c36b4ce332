"""BIDS's file names: their entities, and which T1w of one visit is taken.

``ancpbids`` (0.4.10) indexes a whole dataset before it answers, and its parser of one name drops what follows a
second dash and takes the last of two runs; of what it knows only the list of entities is needed here.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from brainaging.pipeline.runtime import UserError

#: the entities of the specification (1.10, appendix "Entities") that an image's name may have
_ENTITIES = """
    sub ses sample task tracksys acq nuc voi ce trc stain rec dir run mod echo flip inv mt part proc hemi space
    split recording chunk seg res den label desc
"""
ENTITIES = tuple(_ENTITIES.split())
EXTENSIONS = (".nii.gz", ".nii")
#: suffixes of masks and labels
NO_SCANS = ("mask", "dseg", "probseg")
#: values of ``space-`` that are the head's own: no warp changed its size
_OWN_SPACES = frozenset({"T1w", "orig", "individual", "native", "scanner", "acpc", "ACPC"})
_TEMPLATE_SPACES = ("MNI152", "MNI305", "MNIColin27", "IXI549Space")
_STRIPPED = frozenset({"brain", "skullstripped", "stripped", "brainextracted", "bet"})
_SHOWN = 3


@dataclass(frozen=True)
class BidsImage:
    """One image by its name: ``entities`` in the name's order, ``suffix``, and parts that are no entity."""

    path: Path
    entities: Mapping[str, str]
    suffix: str
    others: tuple[str, ...] = ()

    @property
    def session(self) -> str:
        """``ses-<label>``, or "" where the name has none."""
        return f"ses-{self.entities['ses']}" if "ses" in self.entities else ""

    @property
    def form(self) -> str:
        """What the name says beyond subject and session, as ``run-1``; "plain" for nothing."""
        said = [f"{key}-{value}" for key, value in self.entities.items() if key not in ("sub", "ses")]
        return "_".join([*said, *self.others]) or "plain"

    @property
    def space(self) -> str:
        """Whether the head is "native" (own size) or in the "template" space; "" for another space."""
        name = self.entities.get("space", "T1w")
        if name in _OWN_SPACES:
            return "native"
        return "template" if name.startswith(_TEMPLATE_SPACES) else ""

    def value(self, entity: str) -> str:
        """Return the entity's value as it is compared: numbers without leading zeros, "" where it is not there."""
        text = self.entities.get(entity, "")
        return text.lstrip("0") or "0" if text.isdigit() else text


def parse_name(path: Path) -> BidsImage | None:
    """Return an image's entities and suffix, None for what is no ``.nii`` or ``.nii.gz``.

    A value may have dashes and dots, which the specification forbids and people write; a part without a dash or
    with a key that is no entity, and the second of two equal keys, go to ``others``.
    """
    name = path.name
    extension = next((end for end in EXTENSIONS if name.lower().endswith(end)), None)
    if extension is None:
        return None
    *parts, suffix = name[: -len(extension)].split("_")
    entities: dict[str, str] = {}
    others = []
    for part in parts:
        key, _, value = part.partition("-")
        if value and key in ENTITIES and key not in entities:
            entities[key] = value
        else:
            others.append(part)
    return BidsImage(path, entities, suffix, tuple(others))


def parse_selection(text: str) -> dict[str, str]:
    """Return the mapping that ``"run=1,desc=preproc,space="`` states; raises UserError where it states none."""
    pairs = [pair.partition("=") for pair in text.split(",") if pair.strip()]
    wanted = {key.strip(): value.strip() for key, mark, value in pairs if mark}
    return check_selection(wanted if len(wanted) == len(pairs) else {})


def check_selection(wanted: Mapping[str, str | int]) -> dict[str, str]:
    """Return ``wanted``, whose keys must be entities; a value "" asks for names without the entity."""
    keys = [entity for entity in ENTITIES if entity != "sub"]
    if not wanted or not set(wanted) <= set(keys):
        raise UserError(f"select: expected entities of BIDS such as run=1,desc=preproc, found {dict(wanted)}")
    plain = {key: str(value).removeprefix(f"{key}-") for key, value in wanted.items()}
    return {key: value.lstrip("0") or "0" if value.isdigit() else value for key, value in plain.items()}


def _preference(image: BidsImage) -> tuple[object, ...]:
    """Return what images of one visit are sorted by: the first is taken.

    Magnitudes before phases; names that keep to BIDS; the head's own space before a template's, and that before
    any other; stripped, then preprocessed, then as acquired; without contrast agent; fewest entities; lowest run
    and echo.
    """
    said, spaces = image.entities, ("native", "template", "")
    desc = said.get("desc", "")
    return (
        said.get("part", "mag") != "mag",
        "chunk" in said,
        len(image.others) + ("sub" not in said),
        spaces.index(image.space),
        0 if desc.casefold() in _STRIPPED else 1 if desc == "preproc" else 2 if not desc else 3,
        "ce" in said,
        len(set(said) - {"sub", "ses", "desc", "run", "part"}),
        *(int(image.value(key)) if image.value(key).isdigit() else 0 for key in ("run", "echo")),
        not image.path.name.lower().endswith(".gz"),
        image.path.name,
    )


@dataclass
class Choice:
    """Which image of each visit is taken, and what the user is told of it."""

    wanted: Mapping[str, str] = field(default_factory=dict)
    several: int = 0
    taken: Counter[str] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)

    def among(self, images: Sequence[BidsImage]) -> BidsImage:
        """Return the image that is taken of one visit's; ValueError, naming them, where none is as wanted."""
        asked = [image for image in images if all(image.value(key) == text for key, text in self.wanted.items())]
        # a phase image is no T1w of anything, unless it is asked for
        fit = [image for image in asked if "part" in self.wanted or image.entities.get("part", "mag") == "mag"]
        if not fit:
            wish = ", ".join(f"{key}={text}" for key, text in self.wanted.items()) or "a magnitude image"
            raise ValueError(f"expected a T1w scan with {wish}, found {_listed(image.form for image in images)}")
        best, *_ = sorted(fit, key=_preference)
        if len(images) > 1:
            self.several += 1
            self.taken[best.form] += 1
            self.left.update(image.form for image in images if image is not best)
        return best

    def notes(self) -> list[str]:
        """Return a line that says how many visits have several T1w, what was taken and what was left."""
        if not self.several:
            return []
        taken, left = (
            _listed(f"{form} ({count})" for form, count in forms.most_common())
            for forms in (self.taken, self.left)
        )
        return [
            f"{self.several} visits have several T1w scans; taken: {taken}; left: {left} (--select chooses by "
            "entities, as run=2 or space=MNI152NLin2009cAsym; acq= asks for names without it)"
        ]


def _listed(items: Iterable[str]) -> str:
    found = list(dict.fromkeys(items))
    return ", ".join(found[:_SHOWN]) + (", …" if len(found) > _SHOWN else "")
