"""The files behind the report's figures: cohort.json, placement.npz, reconstructions.npz."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from brainaging.pipeline.measures.reconstruction_scores import ReconstructionScores
from brainaging.pipeline.runtime import atomic_output, write_json
from brainaging.pipeline.stats.encodings import Subjects

MOST_SCANS = 40


def write_cohort(path: Path, subjects: Subjects, name: str, facts: Mapping[str, Any]) -> None:
    """Write cohort.json: counts by sex and age group, groups, and ``facts`` (excluded, grid, simulated)."""
    sex = np.where(np.asarray(subjects.sex, dtype=str) == "", "unknown", subjects.sex)
    ages = subjects.age_group
    codes = ("F", "M", "unknown")
    groups = {"kind": subjects.group_kind, "n": len(np.unique(subjects.groups))}
    if subjects.families_known is not None:
        groups |= dict(zip(("known", "of"), subjects.families_known, strict=True))
    write_json(
        path,
        {
            "name": name,
            "n": len(subjects),
            "sex": {code: int((sex == code).sum()) for code in codes},
            "age": {
                str(age): {code: int(((ages == age) & (sex == code)).sum()) for code in codes}
                for age in np.unique(ages)
                if age
            },
            "age_kind": "brackets" if subjects.has_brackets else "years",
            "groups": groups,
            "excluded": [],
            "simulated": False,
            **facts,
        },
    )


def write_placement(path: Path, volumes: np.ndarray, mask: np.ndarray, dice: np.ndarray | None) -> None:
    """Write placement.npz: mid-slices of up to 40 scans, those with the lowest Dice where it is known.

    Arrays: axial (k, X, Y), coronal (k, X, Z), sagittal (k, Y, Z); mask_axial, mask_coronal, mask_sagittal; dice,
    the shown scans' first and then the others'. No subject is named.
    """
    known = np.full(len(volumes), np.nan) if dice is None else np.asarray(dice, dtype=float)
    order = np.argsort(known, kind="stable")
    shown = order[:MOST_SCANS]
    x, y, z = (size // 2 for size in mask.shape)
    with atomic_output(path) as temporary:
        np.savez_compressed(
            temporary,
            axial=volumes[shown, :, :, z],
            coronal=volumes[shown, :, y],
            sagittal=volumes[shown, x],
            mask_axial=mask[:, :, z],
            mask_coronal=mask[:, y],
            mask_sagittal=mask[x],
            dice=known[order],
        )


def write_reconstructions(
    path: Path, name: str, scores: ReconstructionScores, mask: np.ndarray, spacing: float
) -> None:
    """Write reconstructions.npz: some held-out scans of the first fold, best to worst, by every method.

    Arrays: original, autoencoder, pca, pca_flip (k, X, Y, Z); mask (X, Y, Z); spacing (mm); mse_autoencoder,
    mse_pca and mse_pca_flip (k,).
    """
    methods = {"autoencoder": name, "pca": "pca", "pca_flip": "pca_flip"}
    volumes = {label: scores.examples[method].astype(np.float32) for label, method in methods.items()}
    errors = {f"mse_{label}": scores.mse[method][scores.example_rows] for label, method in methods.items()}
    with atomic_output(path) as temporary:
        np.savez_compressed(
            temporary,
            allow_pickle=False,
            original=scores.examples["original"].astype(np.float32),
            mask=mask,
            spacing=np.float64(spacing),
            **volumes,
            **errors,
        )
