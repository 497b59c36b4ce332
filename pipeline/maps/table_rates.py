"""How fast structures change with age in a table of FreeSurfer's measures, across its people."""

from collections.abc import Sequence

import numpy as np
from scipy.stats import t as student

from brainaging.pipeline.counterfactual.covariates import Covariates, cohort_covariates
from brainaging.pipeline.data.freesurfer_atlases import spelling
from brainaging.pipeline.data.morphometry import Morphometry, PreparedTable
from brainaging.pipeline.measures.population.measured_rates import MeasuredRate, percent_a_decade
from brainaging.pipeline.measures.population.structures import (
    AGE_SPANS,
    BRAIN,
    CEREBELLUM,
    CORTEX,
    DEEP,
    GREY,
    WHITE,
    AgeSpan,
)
from brainaging.pipeline.runtime import UserError

#: what a structure is in FreeSurfer's tables, spelled as :func:`spelling` does; of all sides together
_COLUMNS = {
    **DEEP,
    CORTEX: ("cortex",),
    GREY: ("totalgray",),
    WHITE: ("cerebralwhitematter",),
    CEREBELLUM: ("cerebellum_cortex",),
    BRAIN: ("brainsegnotvent",),
}
#: people of a span of ages below which it has no rate. Sensitivity: which rows there are
FEWEST = 20


def table_rates(table: PreparedTable, spans: Sequence[AgeSpan] = AGE_SPANS) -> list[MeasuredRate]:
    """Return cross-sectional rates of a table's structures (volume) and cortex (mean thickness of its parcels).

    The logarithm of a measure is regressed on age (a straight line in each span, the lines joined), sex, the
    logarithm of head size and site, in people whose age lies in a span. Intervals are 95 %, by cluster-robust
    standard errors (CR1; Liang and Zeger 1986, Biometrika 73:13), in which a family or subject counts once.

    Raises:
        UserError: fewer than 20 people of known age, sex and head size in any span, or no structure's measure.
    """
    people, rows = cohort_covariates(table.cohort, table.head_size)
    inside = (people.age >= spans[0].low) & (people.age < spans[-1].high)
    people, rows = people[inside], rows[inside]
    counts = [int(((people.age >= span.low) & (people.age < span.high)).sum()) for span in spans]
    kept = [(index, span) for index, span in enumerate(spans) if counts[index] >= FEWEST]
    if not kept:
        raise UserError(f"{table.cohort.name}: expected {FEWEST} people or more of an age, found {max(counts)}")
    sites = table.cohort.table["site"].to_numpy(dtype=str)[rows]
    design, families = _design(people, sites, spans), np.asarray(table.cohort.groups())[rows]
    rates = []
    for structure, measure, values in _measures(table.morphometry):
        logs = np.log(np.where(values[rows] > 0, values[rows], np.nan))
        known = np.isfinite(logs)
        if known.sum() <= design.shape[1] + FEWEST:
            continue
        slopes, errors, quantile = _regressed(logs[known], design[known], families[known])
        for index, span in kept:
            ends = (slopes[index] + sign * quantile * errors[index] for sign in (0, -1, 1))
            rate, low, high = (percent_a_decade(float(end), 10.0) for end in ends)
            rates.append(MeasuredRate(structure, measure, span, rate, counts[index], low, high))
    if not rates:
        raise UserError(f"{table.morphometry.source}: expected volumes of structures (aseg), found none")
    return rates


def _design(people: Covariates, sites: np.ndarray, spans: Sequence[AgeSpan]) -> np.ndarray:
    """Return (n, q): decades spent in each span, then a constant, sex, log head size and sites."""
    decades = [np.clip(people.age - span.low, 0, span.years) / 10 for span in spans]
    others = [(sites == name).astype(float) for name in np.unique(sites)[1:]]
    return np.stack([*decades, np.ones(len(people)), people.male, np.log(people.head_size), *others], axis=1)


def _regressed(
    values: np.ndarray, design: np.ndarray, families: np.ndarray
) -> tuple[np.ndarray, np.ndarray, float]:
    """Return coefficients (q,), their cluster-robust standard errors (q,), and Student's 97.5 % quantile."""
    bread = np.linalg.pinv(design.T @ design)
    slopes = bread @ design.T @ values
    scores = design * (values - design @ slopes)[:, None]
    names, index = np.unique(families, return_inverse=True)
    clusters = np.zeros((len(names), design.shape[1]))
    np.add.at(clusters, index, scores)
    count, size = len(names), len(values)
    freedom = count / (count - 1) * (size - 1) / max(size - np.linalg.matrix_rank(design), 1)
    errors = np.sqrt(np.diag(bread @ (clusters.T @ clusters) @ bread) * freedom)
    return slopes, errors, float(student.ppf(0.975, count - 1))


def _measures(table: Morphometry) -> list[tuple[str, str, np.ndarray]]:
    """Return structure, measure and values (n,), NaN where a part is missing."""
    facts = table.columns
    names = [spelling(str(structure)) for structure in facts["structure"]]
    found = []
    for structure, parts in _COLUMNS.items():
        of_structure = facts[[name in parts for name in names] & (facts["measure"] == "volume").to_numpy()]
        whole = of_structure[of_structure["hemisphere"] == ""]
        sides = of_structure[of_structure["hemisphere"] != ""]
        # a whole that stands beside its two sides is one column
        columns = whole.index[:1] if len(whole) else sides.index
        if len(columns):
            found.append((structure, "volume", table.values[columns].to_numpy(dtype=float).sum(axis=1)))
    thick = facts[(facts["measure"] == "thickness") & facts["hemisphere"].isin(("left", "right"))]
    parcels = thick[thick["atlas"] != "global"]
    if len(parcels):
        one = parcels[parcels["atlas"] == parcels["atlas"].iloc[0]]
        found.append((CORTEX, "thickness", table.values[one.index].mean(axis=1).to_numpy(dtype=float)))
    return found
