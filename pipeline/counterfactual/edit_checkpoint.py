"""A learned edit in a checkpoint file: written, and read back."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from brainaging.pipeline.counterfactual.cohort_alignment import new_alignment
from brainaging.pipeline.counterfactual.covariates import Design
from brainaging.pipeline.counterfactual.deformation import Deformation
from brainaging.pipeline.counterfactual.learn import Learned
from brainaging.pipeline.counterfactual.open_covariates.design_formula import BASE, DesignFormula
from brainaging.pipeline.counterfactual.own_tissue import COMPONENTS
from brainaging.pipeline.counterfactual.readers import SexAgeReader
from brainaging.pipeline.engines import read_checkpoint, write_checkpoint
from brainaging.pipeline.runtime import UserError
from brainaging.transforms import GRIDS

#: the file that `directions`, `score` and `reproduce` write
MODEL = "edits.pt"
KIND = "brainaging edit"
FORMAT = f"{KIND} 8"
#: of an edit whose design has a formula
OPEN_FORMAT = f"{KIND} 9"


def save(learned: Learned, path: Path) -> None:
    """Write a checkpoint, atomically."""
    edit, reader = learned.edit, learned.reader
    state = {
        "model": {
            "format": FORMAT if edit.design.formula is None else OPEN_FORMAT,
            "grid": edit.grid.fingerprint,
            "grid_name": edit.grid.name,
            "design": [edit.design.age, edit.design.bend, edit.design.log_size],
            "adjusted": list(edit.design.adjusted),
            "formula": None if edit.design.formula is None else edit.design.formula.state(),
            "template": edit.alignment.template,
            "velocities": torch.from_numpy(edit.velocities),
            "contrast": torch.from_numpy(edit.contrast),
            "tissue": list(COMPONENTS),
            "amplitudes": torch.from_numpy(edit.tissue_effects),
            "expected": torch.from_numpy(edit.seen),
            "draws": torch.from_numpy(learned.draws).half(),
            "tissue_draws": torch.from_numpy(learned.tissue_draws),
            "ages": list(learned.ages),
            "cohort": learned.cohort,
            "simulated": learned.simulated,
            "count": learned.count,
            "misfit": learned.misfit,
            "knots_mm": edit.alignment.lattice.knots_mm,
            # learned from other people of the same cohort
            "reader_count": learned.reader_count,
            "no_reader": learned.no_reader,
            "reader": None
            if reader is None
            else {
                "log_size": reader.log_size,
                "slope": reader.slope,
                "sex": torch.from_numpy(reader.sex),
                "age": torch.from_numpy(reader.age),
            },
        }
    }
    write_checkpoint(path, state)


def load(path: Path) -> Learned:
    """Read a checkpoint that :func:`save` wrote.

    Raises:
        UserError: no such file, no checkpoint, one of something else (which cannot edit), or of another version.
    """
    model = read_checkpoint(path)["model"]
    version = str(model.get("format", "")) if isinstance(model, dict) else ""
    if not version.startswith(KIND):
        raise UserError(
            f"{path}: expected what `brainaging directions` wrote, found weights that cannot edit a scan"
        )
    if version not in (FORMAT, OPEN_FORMAT):
        raise UserError(
            f"{path}: expected format {FORMAT!r}, found {version!r}: run `brainaging directions` again"
        )
    try:
        return _learned(model, path)
    except UserError:
        raise
    except KeyError as error:
        raise UserError(f"{path}: expected {error.args[0]!r} in an edit's checkpoint, found none") from error
    except (TypeError, ValueError, AttributeError, RuntimeError) as error:
        raise UserError(
            f"{path}: expected an edit's checkpoint, found one with entries of another kind"
        ) from error


def _learned(model: Mapping[str, Any], path: Path) -> Learned:
    grid = GRIDS.get(str(model["grid_name"]))
    if grid is None or grid.fingerprint != model["grid"]:
        raise UserError(f"{path}: was learned on grid {model['grid']}, which this version does not know")
    alignment = new_alignment(model["knots_mm"])
    alignment.set_template(model["template"])
    age, bend, size = model["design"]
    amplitudes = model["amplitudes"].numpy()
    if amplitudes.shape[1] and tuple(model["tissue"]) != COMPONENTS:
        raise UserError(f"{path}: expected motions of {', '.join(COMPONENTS)}, found {', '.join(model['tissue'])}")
    edit = Deformation(
        grid,
        Design(age, bend, size, *_open(model)),
        alignment,
        model["velocities"].numpy(),
        model["contrast"].numpy(),
        amplitudes if amplitudes.shape[1] else None,
        model["expected"].numpy(),
    )
    if edit.velocities.shape[1] != alignment.size:
        raise UserError(
            f"{path}: expected {alignment.size} numbers in a velocity, found {edit.velocities.shape[1]}"
        )
    weights = model["reader"]
    reader = None
    if weights is not None:
        reader = SexAgeReader(
            grid, weights["log_size"], weights["slope"], weights["sex"].numpy(), weights["age"].numpy()
        )
    low, high = model["ages"]
    return Learned(
        edit,
        model["draws"].float().numpy(),
        model["tissue_draws"].numpy(),
        (low, high),
        model["cohort"],
        model["simulated"],
        model["count"],
        reader,
        model["reader_count"],
        model["no_reader"],
        float(model["misfit"]),
    )


def _open(model: Mapping[str, Any]) -> tuple[tuple[str, ...], DesignFormula | None]:
    """Return what stands in a design, and the formula that adds to it."""
    if model["format"] == FORMAT:
        # files of before this entry are of age, sex and head size
        return tuple(model.get("adjusted", BASE)), None
    return tuple(model["adjusted"]), DesignFormula.from_state(model["formula"])
