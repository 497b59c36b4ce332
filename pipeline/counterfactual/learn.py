"""Learn an edit from a cohort, keep it in a checkpoint, read it back."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from brainaging.networks import Alignment
from brainaging.pipeline.counterfactual.covariates import Covariates, Design
from brainaging.pipeline.counterfactual.deformation import (
    KNOTS_MM,
    Deformation,
    align_cohort,
    new_alignment,
)
from brainaging.pipeline.counterfactual.effect_size import calibrated, effects
from brainaging.pipeline.counterfactual.head_size_effect import sized_as_asked
from brainaging.pipeline.counterfactual.readers import Judge
from brainaging.pipeline.counterfactual.ventricle_growth import grown_as_measured
from brainaging.pipeline.engines import read_checkpoint
from brainaging.pipeline.runtime import UserError, atomic_output
from brainaging.pipeline.stats.bootstrap import group_weights
from brainaging.transforms import GRIDS, GridSpec

KIND = "brainaging edit"
FORMAT = f"{KIND} 6"
DRAWS = 40
ROUND = 5.0


@dataclass
class Learned:
    """An edit and what is known of it.

    Attributes:
        edit: the deformation.
        draws: (b, q, 3a) effects on velocities of bootstrapped families, for intervals.
        ages: what was learned from, years, to five: the youngest person's exact age is that person's.
        cohort: its name.
        simulated: whether its brains are nobody's.
        count: scans learned from.
        judge: of sex and age, on the edit's grid.
        misfit: mean, over the scans learned from, of what alignment leaves of a scan (root mean square).
    """

    edit: Deformation
    draws: np.ndarray
    ages: tuple[float, float]
    cohort: str
    simulated: bool
    count: int
    judge: Judge
    misfit: float


def learn(
    volumes: np.ndarray,
    grid: GridSpec,
    age: np.ndarray,
    male: np.ndarray,
    groups: np.ndarray,
    *,
    own_scale: np.ndarray | None = None,
    cohort: str = "cohort",
    simulated: bool = False,
    seed: int = 0,
    knots_mm: float = KNOTS_MM,
) -> tuple[Learned, Covariates]:
    """Align a training cohort and learn what age, sex and head size change.

    Args:
        volumes: (n, X, Y, Z) on ``grid``.
        grid: of the scans.
        age, male: (n,) years, and 0 or 1.
        groups: (n,) families.
        own_scale: (n,) volume of the head itself by that on the grid, where registration scaled it.
        cohort, simulated: for the checkpoint.
        seed: of folds and draws.
        knots_mm: distance of the splines' knots.

    Returns:
        the edit, and the covariates it was fitted on.

    Raises:
        UserError: people of one family, or as :func:`align_cohort` and :meth:`Design.of`.
    """
    families = np.asarray(groups)
    if len(np.unique(families)) < 2:
        raise UserError("edits: expected people of at least two families to learn from, found one family")
    aligned = align_cohort(volumes, grid, age, male, knots_mm)
    scales = np.ones(len(age)) if own_scale is None else own_scale
    people = Covariates(age, male, aligned.head_size * scales)
    design = Design.of(people)
    rows = design.matrix(people)
    motion, looks = effects(aligned, rows, families, np.arange(len(rows)))
    plain = Deformation(grid, design, aligned.alignment, motion.coefficients, looks.coefficients)
    edit = calibrated(plain, aligned, volumes, people, families, seed)
    edit = grown_as_measured(edit, volumes, aligned.velocities, people, families)
    edit = sized_as_asked(edit, volumes, aligned.velocities, people, scales)
    still = plain.velocities == 0
    scale = np.where(still, 1.0, edit.velocities / np.where(still, 1.0, plain.velocities))
    draws = [
        motion.again(aligned.velocities, rows, draw) * scale
        for draw in group_weights(families, seed, DRAWS)
        # few people may be drawn all of one sex
        if np.linalg.matrix_rank(rows * draw[:, None]) == rows.shape[1]
    ]
    learned = Learned(
        edit,
        np.array(draws, dtype=np.float32),
        (ROUND * float(np.floor(age.min() / ROUND)), ROUND * float(np.ceil(age.max() / ROUND))),
        cohort,
        simulated,
        len(age),
        Judge.fit(volumes, grid, people, families, seed),
        float(misfit(aligned.alignment, aligned.looks).mean()),
    )
    return learned, people


def misfit(alignment: Alignment, looks: np.ndarray) -> np.ndarray:
    """Return (n,) root mean squares of what alignment leaves between aligned scans (n, X, Y, Z) and the
    template.
    """
    inside = alignment.inside.numpy()
    left: np.ndarray = np.sqrt(np.square(looks[:, inside] - alignment.template.numpy()[inside]).mean(axis=1))
    return left


def save(learned: Learned, path: Path) -> None:
    """Write a checkpoint, atomically."""
    edit = learned.edit
    state = {
        "model": {
            "format": FORMAT,
            "grid": edit.grid.fingerprint,
            "grid_name": edit.grid.name,
            "design": [edit.design.age, edit.design.bend, edit.design.log_size],
            "template": edit.alignment.template,
            "velocities": torch.from_numpy(edit.velocities),
            "contrast": torch.from_numpy(edit.contrast),
            "draws": torch.from_numpy(learned.draws).half(),
            "ages": list(learned.ages),
            "cohort": learned.cohort,
            "simulated": learned.simulated,
            "count": learned.count,
            "misfit": learned.misfit,
            "knots_mm": edit.alignment.lattice.knots_mm,
            "judge": {
                "log_size": learned.judge.log_size,
                "slope": learned.judge.slope,
                **{name: torch.from_numpy(getattr(learned.judge, name)) for name in ("sex", "age")},
            },
        }
    }
    with atomic_output(path) as temporary:
        torch.save(state, temporary)


def load(path: Path) -> Learned:
    """Read a checkpoint that :func:`save` wrote.

    Raises:
        UserError: no such file, no checkpoint, one of something else (which cannot edit), or of another version.
    """
    model = read_checkpoint(path)["model"]
    found = str(model.get("format", "")) if isinstance(model, dict) else ""
    if not found.startswith(KIND):
        raise UserError(
            f"{path}: expected what `brainaging directions` wrote, found weights that cannot edit a scan"
        )
    if found != FORMAT:
        raise UserError(f"{path}: expected format {FORMAT!r}, found {found!r}: run `brainaging directions` again")
    grid = GRIDS.get(str(model["grid_name"]))
    if grid is None or grid.fingerprint != model["grid"]:
        raise UserError(f"{path}: was learned on grid {model['grid']}, which this version does not know")
    alignment = new_alignment(model["knots_mm"])
    alignment.set_template(model["template"])
    age, bend, size = model["design"]
    edit = Deformation(
        grid, Design(age, bend, size), alignment, model["velocities"].numpy(), model["contrast"].numpy()
    )
    if edit.velocities.shape[1] != alignment.size:
        raise UserError(
            f"{path}: expected {alignment.size} numbers in a velocity, found {edit.velocities.shape[1]}"
        )
    told = model["judge"]
    judge = Judge(grid, told["log_size"], told["slope"], told["sex"].numpy(), told["age"].numpy())
    low, high = model["ages"]
    return Learned(
        edit,
        model["draws"].float().numpy(),
        (low, high),
        model["cohort"],
        model["simulated"],
        model["count"],
        judge,
        float(model["misfit"]),
    )
