"""What classifiers and regressors of simulated people read in real scans: to be said, whatever it is."""

from pathlib import Path

import numpy as np

from brainaging.pipeline.data import read_cohort, sex_numbers
from brainaging.pipeline.engines import load_network, predict_volumes, read_checkpoint, weights_grid
from brainaging.pipeline.experiments.shipped.figures import Figure
from brainaging.pipeline.experiments.shipped.network_figures import age_figures, sex_figures
from brainaging.pipeline.runtime import counted
from brainaging.transforms import ScanSteps, t1w_chain

#: what metrics of real scans end with
REAL = "_real"


def figures_of_real_scans(bundle: Path, weights: Path, source: Path) -> list[Figure]:
    """Return how well a predictor of simulated people reads real ones, scan by scan as `brainaging predict` does.

    Args:
        bundle: t1w_sex_classifier or t1w_age_regressor.
        weights: a checkpoint of it.
        source: a cohort of stripped scans with known sex and age.
    """
    cohort = read_cohort(source)
    grid = weights_grid(read_checkpoint(weights), weights)
    chain = t1w_chain(grid, space="native", steps=ScanSteps(own_size=True))
    placed = [chain({"image": image}) for image in counted(list(cohort.table["image"]), "placing real scans")]
    network = load_network(bundle, weights)
    read = predict_volumes(network, np.stack([np.asarray(each["image"])[0] for each in placed]))
    families = np.asarray(cohort.groups())
    if read.shape[1] > 1:
        size = np.array([float(each["head_size"]) for each in placed])
        return sex_figures(read, sex_numbers(cohort), size, families, REAL)
    years = cohort.age_years()
    return age_figures(read[:, 0], years, families, float(years.mean()), REAL)
