"""Edits: one brain at several ages, what an edit changes beside what is true, and every method in one table."""

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from brainaging.pipeline.report.chapters.edit_axes import axes_tables
from brainaging.pipeline.report.chapters.edit_tables import PEOPLE, edit_facts, edit_tables
from brainaging.pipeline.report.drawing.age_row import age_row
from brainaging.pipeline.report.drawing.change_maps import change_maps
from brainaging.pipeline.report.drawing.slices import CONVENTION, grid_words
from brainaging.pipeline.report.sections import Content, Figure, Panel
from brainaging.pipeline.results import Finding
from brainaging.pipeline.runtime import UserError, atomic_output

NEEDED = ("mask", "spacing", "scan", "film", "film_ages", "span")
#: maps that a run has or has not, (X, Y, Z) each
OPTIONAL = ("true", "predicted", "mean_true", "mean_predicted", "comparator", "template")
FILM_TITLE, CHANGE_TITLE = "One brain along the years", "What the edit changes"
MEAN_TITLE = "What edits change on average"
TRUE = "true\n(by the simulation)"

FILM = (
    "One held-out scan as it is (left), and moved to each age; axial above coronal slices through the middle, on "
    "{grid}, all in one grey scale. What to look for: folds stay where they are, because it is the same "
    "brain; spaces filled with fluid widen or narrow. These are " + PEOPLE + ". "
)
CHANGE = (
    "What {years} changes in this scan, over the scan itself: orange where it gets darker, purple where it gets "
    "brighter, the scan's own grey where nothing changes. All columns have one scale. {truth}"
)
TRUTH = (
    "The simulation knows the true change of this very brain: columns should look alike. r is the correlation "
    "with the true change over the brain's voxels. "
)
MEAN = (
    "The same as means over held-out people, drawn over {under}, with a scale of its own: what is left when "
    "the noise of single brains is averaged out. Predicted and true should look alike, in place and in strength."
)


def edits_content(arrays: Mapping[str, np.ndarray], findings: Sequence[Finding] = ()) -> Content:
    """Return the section from edits.npz and the findings on edits, readers and directions.

    Raises:
        UserError: an array is missing, or has not the mask's shape.
    """
    mask = _checked(arrays)
    scan, span = np.asarray(arrays["scan"], dtype=float), f"{float(arrays['span']):g}"
    changes = _changes(arrays, mask)
    truth = TRUTH if {"true", "predicted"} <= set(arrays) else ""
    years = f"an edit by {span} years" if "predicted" in arrays else "the edit from the first age to the last"
    picture = change_maps(scan, changes, mask, f"Change over {span} years: {_listed(changes)}")
    caption = CHANGE.format(years=years, truth=truth) + CONVENTION
    figures = [Figure(CHANGE_TITLE, caption, [Panel("", picture)]), film_figure(arrays)]
    if means := _means(arrays, mask):
        under = "the MNI152 template" if "template" in arrays else "the same scan"
        below = np.asarray(arrays.get("template", scan), dtype=float)
        picture = change_maps(below, means, mask, f"Mean change over {span} years: {_listed(means)}")
        figures.append(Figure(MEAN_TITLE, MEAN.format(under=under), [Panel("", picture)]))
    return Content(facts=edit_facts(findings), figures=figures, tables=edit_tables(findings))


def film_figure(arrays: Mapping[str, np.ndarray]) -> Figure:
    """Return the figure of one brain at several ages, from edits.npz.

    Raises:
        UserError: as :func:`edits_content`.
    """
    mask = _checked(arrays)
    caption = FILM.format(grid=grid_words(float(arrays["spacing"]))) + CONVENTION
    return Figure(FILM_TITLE, caption, [Panel("", age_row(arrays, mask))])


def edits_section(arrays: Mapping[str, np.ndarray] | None, findings: Sequence[Finding]) -> Content | None:
    """Return the section, of predictions that were scored from files alone with tables only; None for neither.

    Raises:
        UserError: as :func:`edits_content`.
    """
    if arrays is not None:
        return edits_content(arrays, findings)
    return Content(facts=edit_facts(findings), tables=edit_tables(findings)) if axes_tables(findings) else None


def write_edit_figures(arrays: Mapping[str, np.ndarray], folder: Path) -> list[Path]:
    """Write the section's figures as PNG files and return their paths, those that there are.

    Raises:
        UserError: as :func:`edits_content`.
    """
    names = {FILM_TITLE: "film.png", CHANGE_TITLE: "change.png", MEAN_TITLE: "mean_change.png"}
    paths = []
    for figure in edits_content(arrays).figures:
        path = folder / names[figure.title]
        with atomic_output(path) as temporary:
            temporary.write_bytes(base64.b64decode(figure.panels[0].picture.src.split(",", 1)[1]))
        paths.append(path)
    return paths


def _checked(arrays: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return the mask (X, Y, Z). Raises UserError naming the array, the shape expected and the one found."""
    missing = [name for name in NEEDED if name not in arrays]
    if missing:
        raise UserError(f"edits.npz: expected arrays {', '.join(NEEDED)}; missing {', '.join(missing)}")
    mask = np.asarray(arrays["mask"]) > 0
    if mask.ndim != 3 or not mask.any():
        raise UserError(f"edits.npz: mask expected shape (X, Y, Z) and a brain in it, found {mask.shape}")
    ages = np.shape(arrays["film_ages"])
    if len(ages) != 1 or not ages[0]:
        raise UserError(f"edits.npz: film_ages expected shape (k,), found {ages}")
    shapes: dict[str, tuple[int, ...]] = {"spacing": (), "span": (), "film": (*ages, *mask.shape)}
    shapes |= {name: mask.shape for name in ("scan", *OPTIONAL) if name in arrays}
    for name, shape in shapes.items():
        if np.shape(arrays[name]) != shape:
            raise UserError(f"edits.npz: {name} expected shape {shape}, found {np.shape(arrays[name])}")
    return mask


def _changes(arrays: Mapping[str, np.ndarray], mask: np.ndarray) -> dict[str, np.ndarray]:
    """Return the changes to show by their headings; without a prediction that of the whole film."""
    if "predicted" not in arrays:
        first, last = (float(arrays["film_ages"][index]) for index in (0, -1))
        film = np.asarray(arrays["film"], dtype=float)
        # the true change and a baseline method's are over the span, and cannot stand beside the whole film's
        return {f"predicted, {first:g} to {last:g} y": film[-1] - film[0]}
    names = {"predicted": "predicted", "comparator": "voxelwise regression"}
    changes = {words: np.asarray(arrays[name], dtype=float) for name, words in names.items() if name in arrays}
    if "true" not in arrays:
        return changes
    return _with_truth(changes, np.asarray(arrays["true"], dtype=float), mask)


def _means(arrays: Mapping[str, np.ndarray], mask: np.ndarray) -> dict[str, np.ndarray]:
    """Return the means over held-out people by their headings, those that are there."""
    names = {"mean_predicted": "predicted, mean", "mean_true": "true, mean"}
    means = {words: np.asarray(arrays[name], dtype=float) for name, words in names.items() if name in arrays}
    if len(means) < len(names):
        return means
    predicted, true = means.items()
    return _with_truth(dict([predicted]), true[1], mask)


def _with_truth(changes: Mapping[str, np.ndarray], true: np.ndarray, mask: np.ndarray) -> dict[str, np.ndarray]:
    """Return predictions with their correlation with the truth in the heading; the truth stands second."""
    named = {f"{name}\nr = {_correlation(change, true, mask)}": change for name, change in changes.items()}
    ours, *others = named.items()
    return dict([ours, (TRUE, true), *others])


def _listed(changes: Mapping[str, np.ndarray]) -> str:
    return ", ".join(name.replace("\n", " ") for name in changes)


def _correlation(change: np.ndarray, true: np.ndarray, mask: np.ndarray) -> str:
    ours, theirs = (values[mask] - values[mask].mean() for values in (change, true))
    length = float(np.linalg.norm(ours) * np.linalg.norm(theirs))
    return f"{float(ours @ theirs) / length:.2f}".replace("-", "−") if length > 0 else "none"
