"""How fast structures change with age by an edit that was learned from a cohort, over scans of one."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from brainaging.pipeline.counterfactual.covariates import Covariates, cohort_covariates
from brainaging.pipeline.counterfactual.learn import Learned, LearningScans, measured_covariates
from brainaging.pipeline.counterfactual.region_changes import OwnLabels, region_changes
from brainaging.pipeline.data import Prepared
from brainaging.pipeline.data.freesurfer_atlases import Region
from brainaging.pipeline.measures.population.measured_rates import MeasuredRate, volume_rates
from brainaging.pipeline.measures.population.structures import AGE_SPANS, AgeSpan, structure_of
from brainaging.pipeline.runtime import UserError, counted
from brainaging.transforms import check_fingerprint

#: years of a span of ages that an edit must have been learned from. Sensitivity: which rows there are
SHORTEST = 10.0


def learned_rates(
    learned: Learned, prepared: Prepared, count: int, spans: Sequence[AgeSpan] = AGE_SPANS
) -> list[MeasuredRate]:
    """Return the rates of structures' volumes by an edit, over ``count`` scans of a prepared cohort at most.

    Every scan is edited from its own age to both ends of each span, sex and head size held; a structure's volume
    is that of its labels (Desikan-Killiany's atlas and aseg, moved onto the scan). Cross-sectional, as what the
    edit learned from is. Spans are cut to the ages that were learned from.

    Raises:
        UserError: scans on another grid than the edit's, nobody of known age and sex, or no span of ten years.
    """
    check_fingerprint(learned.edit.grid, prepared.fingerprint, str(prepared.folder))
    own = [part for part in (span.within(*learned.ages) for span in spans) if part.years >= SHORTEST]
    if not own:
        low, high = learned.ages
        raise UserError(f"the edit: expected ages of ten years or more, found {low:.0f} to {high:.0f}")
    people, rows = cohort_covariates(prepared.cohort, prepared.head_size)
    # every so many, whatever the order of the cohort
    chosen = np.unique(np.linspace(0, len(rows) - 1, min(count, len(rows))).round().astype(int))
    scans = LearningScans.of(prepared, rows[chosen], people[chosen])
    now = measured_covariates(learned.edit, scans)
    velocities = learned.edit.align(scans.volumes, now)
    found: dict[AgeSpan, list[dict[str, float]]] = {span: [] for span in own}
    # the intervals' refits are not looked at
    plain = replace(learned, draws=learned.draws[:1], tissue_draws=learned.tissue_draws[:1])
    for row in counted(range(len(scans)), "editing scans", len(scans)):
        velocity, person = velocities[row : row + 1], now[row : row + 1]
        labels = OwnLabels.of(plain, velocity)
        for span in own:
            start, end = (
                _volumes(scans.volumes[row], plain, velocity, labels, person, age) for age in (span.low, span.high)
            )
            found[span].append({name: float(np.log(end[name] / start[name])) for name in start})
    return [rate for span, ratios in found.items() for rate in volume_rates(ratios, span)]


def _volumes(
    volume: np.ndarray,
    learned: Learned,
    velocity: np.ndarray,
    labels: OwnLabels,
    person: Covariates,
    age: float,
) -> dict[str, float]:
    """Return volumes by structure, in voxels of the scan, of a scan edited to an age."""
    table = region_changes(volume, learned, velocity, labels, person, person.older(age - person.age))
    totals: dict[str, float] = defaultdict(float)
    voxels = table.filter(like="voxels").iloc[:, 0]
    for structure, hemisphere, percent, size in zip(
        table["structure"], table["hemisphere"], table["volume_change_percent"], voxels, strict=True
    ):
        for name in structure_of(Region(structure, hemisphere)):
            totals[name] += float(size) * (1 + float(percent) / 100)
    return dict(totals)
