"""What does each part of the edit bring? The same people's true changes, with parts of the fitted edit left out.

    brainaging score --scenario lifespan --subjects 400 --seed 7 --out score
    python benchmarks/ablation.py score

Takes what `brainaging score` left (its model, its held-out people, their truth) and edits these people by the
whole edit; by the edit without what the scan's own tissue does, without what the template's splines move, without
what changes intensities; by own tissue alone; and by plain regression of what alignment sees, not shrunk and
without own tissue. Parts are left out of one fit, where they were learned together: rows say what a part carries
there, and not what a fit without it would have made of the others. The last row alone is a fit of its own.
"""

import argparse
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from brainaging.pipeline.counterfactual.cohort_alignment import FIELD_MM, align_cohort
from brainaging.pipeline.counterfactual.covariates import Covariates
from brainaging.pipeline.counterfactual.deformation import Deformation
from brainaging.pipeline.counterfactual.edit_checkpoint import MODEL, load
from brainaging.pipeline.counterfactual.estimation.fits import least_squares
from brainaging.pipeline.counterfactual.learn import LearningScans, measured_covariates
from brainaging.pipeline.counterfactual.score.agreement import Volumes, is_change, map_measures, slope_error
from brainaging.pipeline.counterfactual.score.edit_kinds import AGED, SEXED
from brainaging.pipeline.counterfactual.score.simulated_truth import Truth
from brainaging.pipeline.counterfactual.score.true_changes import edit_targets
from brainaging.pipeline.data import Prepared
from brainaging.pipeline.experiments.counterfactuals.edit_study import EditStudy, held_out_fold
from brainaging.pipeline.stats.bootstrap import mean_ratio
from brainaging.transforms import template_mask


def without_parts(edit: Deformation) -> Iterator[tuple[str, Deformation]]:
    """Return the whole edit, and copies of it with parts left out; scans are aligned as by the whole."""
    still, plain = np.zeros_like(edit.velocities), np.zeros_like(edit.contrast)
    resting = np.zeros_like(edit.tissue_effects)
    seen = edit.seen
    yield "the whole edit", edit
    yield "without the scan's own tissue", replace(edit, amplitudes=resting, expected=seen)
    yield "without the template's motion", replace(edit, velocities=still, expected=seen)
    yield "without changes of intensity", replace(edit, contrast=plain, expected=seen)
    yield "own tissue alone", replace(edit, velocities=still, contrast=plain, expected=seen)


def regressed(edit: Deformation, scans: LearningScans) -> Deformation:
    """Return least squares of what alignment sees of the people that the edit learned from."""
    knots = edit.alignment.lattice.knots_mm
    aligned = align_cohort(scans.volumes, scans.grid, scans.age, scans.male, knots)
    rows = edit.design.matrix(Covariates(scans.age, scans.male, aligned.head_size * scans.own_scale))
    contrast = least_squares(aligned.warped.reshape(len(rows), -1), rows)
    return Deformation(
        scans.grid, edit.design, aligned.alignment, least_squares(aligned.velocities, rows), contrast
    )


def main() -> None:
    """Print correlation, norm, error of regional slopes and ventricles of every variant, for age and sex."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("score", type=Path, help="what `brainaging score --out` wrote")
    parser.add_argument("--held-out", type=int, default=100, help="as `brainaging score` had it")
    parser.add_argument("--people", type=int, default=40, help="of these, those that are edited")
    options = parser.parse_args()
    out = options.score
    seed = int(json.loads((out / "provenance.json").read_text(encoding="utf-8"))["seed"])
    prepared = Prepared.load(out / "prepared", restricted=out / "simulated" / "restricted.csv")
    truth = Truth.open(out / "simulated", prepared.grid)
    study = EditStudy(prepared, held_out_fold(prepared.cohort, options.held_out, seed), out, out / "model", truth)
    parts, learned = study.parts(), load(out / "model" / MODEL)
    scans = LearningScans.of(prepared, parts.edit, parts.people(parts.edit))
    tested = np.random.default_rng(seed).permutation(parts.test)[: options.people]
    test = LearningScans.of(prepared, tested, parts.people(tested))
    people = measured_covariates(learned.edit, test)
    subjects = [str(name) for name in prepared.cohort.table["subject"].to_numpy()[tested]]
    variants = [
        *without_parts(learned.edit),
        ("regression of what alignment sees", regressed(learned.edit, scans)),
    ]
    mask, before = template_mask(prepared.grid, dilate_mm=FIELD_MM), Volumes.of(test.volumes, prepared.grid)
    for edit in (AGED, SEXED):
        targets = edit_targets(edit, truth, subjects, people, truth.male_ratio)
        assert targets.true is not None
        table = Table(title=f"{edit.name}: {len(subjects)} people, learned from {len(scans)}")
        for column in ("edit", "correlation", "norm", "error of slopes", "ventricles"):
            table.add_column(column)
        goal = Volumes.of(test.volumes + targets.true, prepared.grid)
        for name, variant in variants:
            changes = variant.predicted_change(test.volumes, targets.before, targets.after)
            maps = map_measures(changes, targets.true, mask)
            after = Volumes.of(test.volumes + changes, prepared.grid)
            grown = [targets.directions * (each.ventricles - before.ventricles) for each in (after, goal)]
            figures = [
                mean_ratio(maps["correlation"], 1.0, test.families, seed),
                mean_ratio(maps["norm_ratio"], 1.0, test.families, seed),
                mean_ratio(slope_error(changes, targets.true, prepared.grid), 1.0, test.families, seed),
            ]
            if is_change(grown[1]):
                figures.append(mean_ratio(grown[0], grown[1], test.families, seed))
            table.add_row(name, *(f"{value:.3f} ({low:.3f} to {high:.3f})" for value, low, high in figures))
        Console(width=140).print(table)


if __name__ == "__main__":
    main()
