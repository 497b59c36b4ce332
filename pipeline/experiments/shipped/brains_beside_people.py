"""Brains made for the age, sex and head size of simulated people, beside these people: pictures and ventricles.

What a shipped generator does in seconds, where nothing has to be learned. They are few people, and no score.
"""

import logging
from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression

from brainaging.bundles import bundle_path
from brainaging.networks import T1wConditionalGenerator
from brainaging.pipeline.counterfactual.score.simulated_truth import Truth
from brainaging.pipeline.engines import load_network, read_checkpoint, weights_grid
from brainaging.pipeline.experiments.shipped.ordered_figures import made_for
from brainaging.pipeline.measures.tissue import head_sizes, tissue_volumes
from brainaging.pipeline.runtime import atomic_output, counted, write_json
from brainaging.pipeline.simulate import Renderer, draw_causes, load_scenario
from brainaging.pipeline.stats.bootstrap import group_weights, percentile

log = logging.getLogger(__name__)
BUNDLE = "t1w_conditional_generator"
ARRAYS, PEOPLE, FACTS = "ordered.npz", "ordered.csv", "ordered.json"
#: of the people and of the noise. Sensitivity: other people; no weights that ship were trained on people of it
SEED = 90_211
#: people whose ventricles are measured. Sensitivity: the seconds that they take
COUNT = 48
#: mm of their scans before they are placed on the weights' grid: that of the people who were learned from
SPACING = 4.0
#: years near which one woman and one man are shown. Sensitivity: a picture
AGES = (25.0, 50.0, 75.0)


def brains_beside_people(weights: Path, out: Path, scenario: str = "lifespan") -> dict[str, object]:
    """Make one brain for each of :data:`COUNT` simulated people and write what the report shows into ``out``.

    Leaves ordered.npz (``made`` and ``people``, each (k, X, Y, Z): who is nearest to :data:`AGES`, women first;
    their ``ages``, ``male`` and the grid's ``spacing``), ordered.csv (a row a brain: ``kind``, ``age``, ``sex``,
    ``ventricles_ml``, ``head_ml``) and ordered.json (mL of ventricles a decade, of people and of brains, with 95 %
    intervals over the people's families).

    Args:
        weights: of t1w_conditional_generator, of age, sex and head size.
        out: a folder.
        scenario: of the people: one that the weights' people were simulated by.

    Returns:
        what ordered.json holds.

    Raises:
        UserError: the weights cannot be read.
    """
    grid = weights_grid(read_checkpoint(weights), weights)
    network = cast(T1wConditionalGenerator, load_network(bundle_path(BUNDLE), weights))
    chosen = load_scenario(scenario)
    causes = draw_causes(chosen, SEED, COUNT)
    truth = Truth(Renderer(chosen, SEED, SPACING), {one.subject: one for one in causes}, grid)
    people = np.stack([truth.volume(one, noise=True) for one in counted(causes, "people to make brains for")])
    age, male = (np.array(values) for values in zip(*((one.age, one.sex == "M") for one in causes), strict=True))
    log.info("making %d brains by %s", COUNT, BUNDLE)
    heads = head_sizes(people, grid.spacing)
    made = made_for(network, np.stack([age, male, heads], axis=1), SEED)
    shown = [
        int(np.flatnonzero(male == sex)[np.argmin(np.abs(age[male == sex] - near))])
        for sex in (False, True)
        for near in AGES
    ]
    arrays = {"made": made[shown], "people": people[shown], "ages": age[shown], "male": male[shown]}
    arrays = {name: np.asarray(values, np.float32) for name, values in arrays.items()}
    with atomic_output(out / ARRAYS) as temporary:
        np.savez_compressed(temporary, allow_pickle=False, spacing=np.array(grid.spacing), **arrays)
    kinds = {"people": people, "made": made}
    table = pd.concat(
        pd.DataFrame(
            {
                "kind": kind,
                "age": age,
                "sex": np.where(male, "M", "F"),
                "ventricles_ml": tissue_volumes(volumes, grid)["ventricles"],
                "head_ml": head_sizes(volumes, grid.spacing),
            }
        )
        for kind, volumes in kinds.items()
    )
    with atomic_output(out / PEOPLE) as temporary:
        table.to_csv(temporary, index=False, float_format="%.5g")
    draws = group_weights(np.array([one.member.family for one in causes]), SEED)
    facts: dict[str, object] = {"scenario": scenario, "people": COUNT, "grid": grid.name}
    for kind in kinds:
        volumes_ml = table.loc[table["kind"] == kind, "ventricles_ml"].to_numpy()
        name = f"ventricles_ml_per_decade_{kind}"
        facts[name] = _slope(age, volumes_ml, np.ones(COUNT))
        facts[f"{name}_interval"] = percentile(np.array([_slope(age, volumes_ml, draw) for draw in draws]))
    write_json(out / FACTS, facts)
    return facts


def _slope(age: np.ndarray, volumes_ml: np.ndarray, weight: np.ndarray) -> float:
    """Return mL a decade by least squares."""
    fitted = LinearRegression().fit(age[:, None] / 10, volumes_ml, weight)
    return float(fitted.coef_[0])
