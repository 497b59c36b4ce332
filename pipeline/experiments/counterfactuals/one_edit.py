"""One simulated scan, edited by a model that never saw it, beside the truth: film, change and regions.

What a shipped model does in half a minute, where nothing has to be learned. It is one person, and no score.
"""

import logging
from dataclasses import replace
from pathlib import Path

import nibabel as nib
import numpy as np
from numpy.typing import NDArray

from brainaging.pipeline.counterfactual.covariates import Covariates
from brainaging.pipeline.counterfactual.edit_checkpoint import load
from brainaging.pipeline.counterfactual.edit_scan import edit_scan, read, scan_covariates
from brainaging.pipeline.counterfactual.learn import Learned
from brainaging.pipeline.counterfactual.native_edit import edit_native
from brainaging.pipeline.counterfactual.score.edit_kinds import AGED
from brainaging.pipeline.counterfactual.score.simulated_truth import Truth
from brainaging.pipeline.counterfactual.score.true_region_changes import covered, true_region_changes
from brainaging.pipeline.runtime import atomic_output, counted, write_json
from brainaging.pipeline.simulate import Cause, Renderer, draw_causes, load_scenario

log = logging.getLogger(__name__)
ARRAYS, REGIONS, FACTS = "one_edit.npz", "one_edit.csv", "one_edit.json"
#: mm of the scan: what readers of the field are used to. Sensitivity: a picture, and the seconds that it takes
SPACING = 2.0
#: of the person. Sensitivity: a picture of one person or another; no model that ships was trained on people of it
SEED = 90_210
#: people among whom the one nearest in age to the middle of the model's ages is taken
DRAWN = 12
#: ages of the film. Sensitivity: a picture
FRAMES = 6
#: share of the brightest voxels above which a voxel of the scan is brain
_BRAIN = 0.1


def edit_beside_truth(model: Path, out: Path, scenario: str = "lifespan") -> dict[str, object]:
    """Edit one simulated person with a model and write what the report shows of it into ``out``.

    Leaves one_edit.npz (as edits.npz is, at 2 mm), one_edit.csv (a row a region: its change of volume by the edit
    and in truth, per cent) and one_edit.json (from whom the model learned, and the correlation over the brain).

    Args:
        model: of `brainaging directions`, or one that ships.
        out: a folder.
        scenario: of the person: one that the model's people were simulated by.

    Returns:
        what one_edit.json holds.

    Raises:
        UserError: no such model, or the scan cannot be edited by it.
    """
    learned = load(model)
    truth, person = _person(learned, scenario)
    older = person.with_values(age=person.age + AGED.years)
    renderer = truth.renderer
    scan_file = out / "one_edit_scan.nii.gz"
    with atomic_output(scan_file) as temporary:
        rendered = renderer.render(person)
        nib.save(nib.Nifti1Image(rendered.image, rendered.affine), temporary)
    log.info("editing one scan of %s by a model of %d people", scenario, learned.count)
    scan = read(scan_file, learned, "template")
    before, velocity = scan_covariates(scan, learned, person.age, float(person.sex == "M"))
    after = before.older(AGED.years)
    edited = edit_scan(scan, learned, velocity, before, after)
    image, affine = upright(rendered.image, rendered.affine)
    original = image / scan.gain
    ages = np.linspace(*learned.ages, FRAMES).round()

    def moved(to: Covariates) -> np.ndarray:
        motion = learned.edit.motion(scan.volume, velocity, before, to)
        return edit_native(image, affine, motion, scan.gain, learned.edit.grid) / scan.gain

    film = [moved(replace(before, age=np.array([age]))) for age in counted(ages, "editing the scan to ages")]
    predicted = moved(after) - original
    pair = [upright(renderer.render(cause, noise=False).image, rendered.affine)[0] for cause in (person, older)]
    true = (pair[1] - pair[0]) / scan.gain
    mask = original > _BRAIN * np.percentile(original, 99.5)
    arrays = {"mask": mask, "scan": original, "film": np.clip(film, 0, None), "predicted": predicted, "true": true}
    arrays = {name: np.asarray(values, np.float32) for name, values in arrays.items()}
    arrays |= {"spacing": np.array(SPACING), "film_ages": ages, "span": np.array(AGED.years)}
    with atomic_output(out / ARRAYS) as temporary:
        np.savez_compressed(temporary, allow_pickle=False, **arrays)
    regions = covered(edited.regions, true_region_changes(truth, person, older))
    columns = {"volume_change_percent": "edit_percent", "true": "true_percent"}
    table = regions.rename(columns=columns)[["structure", "hemisphere", *columns.values()]]
    with atomic_output(out / REGIONS) as temporary:
        table.to_csv(temporary, index=False, float_format="%.4g")
    facts: dict[str, object] = {
        "scenario": scenario,
        "age": round(person.age, 1),
        "sex": person.sex,
        "years": AGED.years,
        "learned_from": learned.count,
        "cohort": learned.cohort,
        "model_grid": learned.edit.grid.name,
        "model_spacing_mm": learned.edit.grid.spacing,
        "correlation": float(np.corrcoef(predicted[mask], true[mask])[0, 1]),
        "correlation_of_regions": float(np.corrcoef(table["edit_percent"], table["true_percent"])[0, 1]),
    }
    write_json(out / FACTS, facts)
    return facts


def _person(learned: Learned, scenario_name: str) -> tuple[Truth, Cause]:
    """Return the truth, and who is nearest to the middle of the model's ages."""
    scenario = load_scenario(scenario_name)
    causes = draw_causes(scenario, SEED, DRAWN)
    truth = Truth(Renderer(scenario, SEED, SPACING), {one.subject: one for one in causes}, learned.edit.grid)
    middle = sum(learned.ages) / 2
    return truth, min(causes, key=lambda one: abs(one.age - middle))


def upright(image: NDArray[np.float32], affine: NDArray[np.float64]) -> tuple[np.ndarray, NDArray[np.float64]]:
    """Return an image whose axes run along the RAS axes in RAS, as pictures are drawn, with its affine."""
    turned = nib.as_closest_canonical(nib.Nifti1Image(image, affine))
    return np.asarray(turned.dataobj, dtype=np.float32), np.asarray(turned.affine)
