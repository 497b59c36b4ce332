"""What a network learns to read from scans: sex, age in years or age brackets, as labels for MONAI's datasets."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from brainaging.pipeline.data.cohorts.cohort import Cohort
from brainaging.pipeline.data.prepared import Prepared
from brainaging.pipeline.runtime import UserError

SEXES = ("F", "M")
TARGETS = ("sex", "age")


def target_labels(cohort: Cohort, target: str) -> tuple[list[str], np.ndarray]:
    """Return a target's class names, none for years, and every row's label ``(n,)``.

    Labels are class numbers, −1 where unknown, or years, NaN where unknown. ``age`` is in years where the cohort
    knows any (restricted ages count where they were read), else in brackets, by their lower bound.

    Raises:
        UserError: the target is unknown, or nobody's is known.
    """
    if target not in TARGETS:
        raise UserError(f"target: expected {' or '.join(TARGETS)}, found {target!r}")
    if target == "sex":
        names, labels = list(SEXES), sex_numbers(cohort)
    else:
        years = cohort.age_years()
        if np.isfinite(years).any():
            return [], years
        texts = cohort.table["age_bracket"].to_numpy(dtype=str)
        # Python's own texts: a checkpoint that holds NumPy's is not read back
        names = sorted({str(text) for text in texts if text}, key=_lower_bound)
        labels = _numbers(texts, names)
    if not (labels >= 0).any():
        raise UserError(f"{cohort.name}: {target} is known of nobody")
    return names, labels


def sex_numbers(cohort: Cohort) -> np.ndarray:
    """Return 0 for F, 1 for M, −1 where unknown, ``(n,)``."""
    return _numbers(cohort.table["sex"].to_numpy(dtype=str), SEXES)


def with_sex(items: Sequence[dict[str, Any]], sexes: np.ndarray) -> list[dict[str, Any]]:
    """Return a datalist's items, all of them, with ``label`` (m,) as :func:`sex_numbers` says."""
    return [{**item, "label": int(sex)} for item, sex in zip(items, sexes, strict=True)]


def with_labels(items: Sequence[dict[str, Any]], labels: np.ndarray) -> list[dict[str, Any]]:
    """Return a datalist's items with their ``label`` (m,), those without one left out."""
    has_label = np.isfinite(labels) if labels.dtype.kind == "f" else labels >= 0
    return [
        {**item, "label": label.item()}
        for item, label, labelled in zip(items, labels, has_label, strict=True)
        if labelled
    ]


def labelled_datalist(
    dataset_dir: str | Path, target: str, split: str | None = None, restricted: str | None = None
) -> list[dict[str, Any]]:
    """Return image, subject, session and ``label`` of each scan in a prepared folder's ``split``, for bundles.

    Args:
        dataset_dir: what `brainaging prepare` wrote.
        target: ``sex`` or ``age``.
        split: ``train``, ``val`` or ``test``; None for all.
        restricted: HCP's restricted table, for exact ages; they stay in memory.

    Raises:
        UserError: as :meth:`Prepared.load` and :func:`target_labels`, or nobody of the split has a label.
    """
    prepared = _load(dataset_dir, restricted)
    rows = np.arange(len(prepared)) if split is None else prepared.split(split)
    _, labels = target_labels(prepared.cohort, target)
    items = with_labels(prepared.datalist(rows), labels[rows])
    if not items:
        raise UserError(f"{prepared.folder}: {target} is known of nobody in split {split!r}")
    return items


def sexed_datalist(dataset_dir: str | Path, split: str | None = None) -> list[dict[str, Any]]:
    """Return image, subject, session and ``label``, the sex, of each scan in a prepared folder's ``split``.

    Sexes are numbers, −1 where unknown: networks learn from those people too.

    Raises:
        UserError: as :meth:`Prepared.load`, or nobody is in the split.
    """
    prepared = _load(dataset_dir, None)
    rows = np.arange(len(prepared)) if split is None else prepared.split(split)
    if not len(rows):
        raise UserError(f"{prepared.folder}: nobody is in split {split!r}")
    return with_sex(prepared.datalist(rows), sex_numbers(prepared.cohort)[rows])


def target_classes(dataset_dir: str | Path, target: str, restricted: str | None = None) -> list[str]:
    """Return the names of a target's classes in a prepared folder; none where it is in years."""
    return target_labels(_load(dataset_dir, restricted).cohort, target)[0]


def _load(dataset_dir: str | Path, restricted: str | None) -> Prepared:
    return Prepared.load(dataset_dir, restricted=restricted, public_only=restricted is None)


def _numbers(texts: np.ndarray, names: Sequence[str]) -> np.ndarray:
    """Return every text's place among names, −1 where it is none of them."""
    numbers = {name: number for number, name in enumerate(names)}
    return np.array([numbers.get(text, -1) for text in texts], dtype=int)


def _lower_bound(bracket: str) -> float:
    digits = "".join(letter if letter.isdigit() else " " for letter in bracket).split()
    return float(digits[0]) if digits else 0.0
