"""The file behind the report's section on edits."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from brainaging.pipeline.counterfactual.learn import ROUND, Learned
from brainaging.pipeline.counterfactual.score.edit_kinds import AGED
from brainaging.pipeline.counterfactual.score.scorer import TRUE, Scorer
from brainaging.pipeline.runtime import atomic_output
from brainaging.transforms import template_mask, template_volume

#: ages of the film. Sensitivity: a picture
FRAMES = 6
#: the method that a figure shows beside the edit
COMPARATOR = "voxel_regression"


def write_figures(path: Path, scorer: Scorer, learned: Learned, restricted: bool) -> None:
    """Write edits.npz: one held-out person's film of ages, and predicted beside true changes; nobody is named.

    Args:
        path: the file.
        scorer: after its run.
        learned: the edit.
        restricted: whether exact ages must not be told. A film's frames tell, by what they differ from the scan,
            how old the scan is: real people's films start from their age to five years.
    """
    people, scans, grid = scorer.held_out.people, scorer.held_out.scans, scorer.held_out.grid
    who = int(np.argsort(people.age, kind="stable")[len(people) // 2])
    scan, person = scans[who : who + 1], people[who : who + 1]
    edit = learned.edit
    by_edit, by_comparator = (scorer.examples[AGED.name, name] for name in (edit.name, COMPARATOR))
    predicted, compared = by_edit[who], by_comparator[who]
    if restricted and not learned.simulated:
        person = replace(person, age=ROUND * np.round(person.age / ROUND))
        predicted = edit.predicted_change(scan, person, person.older(AGED.years))[0]
        compared = by_comparator.mean(axis=0)
    ages = np.linspace(*learned.ages, FRAMES).round()
    film = np.concatenate(
        [scan + edit.predicted_change(scan, person, replace(person, age=np.array([age]))) for age in ages]
    )
    arrays = {
        "mask": template_mask(grid),
        "spacing": np.array(grid.spacing),
        "template": template_volume(grid),
        "scan": scan[0],
        "film": np.clip(film, 0, None),
        "film_ages": ages,
        "span": np.array(AGED.years),
        "predicted": predicted,
        "mean_predicted": by_edit.mean(axis=0),
        "comparator": compared,
    }
    if scorer.truth is not None:
        true = scorer.examples[AGED.name, TRUE]
        arrays |= {"true": true[who], "mean_true": true.mean(axis=0)}
    with atomic_output(path) as temporary:
        np.savez_compressed(temporary, allow_pickle=False, **arrays)
