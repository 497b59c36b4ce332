"""The file behind the report's section on edits."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from brainaging.pipeline.counterfactual.learn import ROUND, Learned
from brainaging.pipeline.counterfactual.score.scorer import AGED, Scorer
from brainaging.pipeline.runtime import atomic_output
from brainaging.transforms import template_mask, template_volume

FRAMES = 6
RIVAL = "voxel_regression"


def write_figures(path: Path, scorer: Scorer, learned: Learned, restricted: bool) -> None:
    """Write edits.npz: one held-out person's film of ages, and predicted beside true changes; nobody is named.

    Args:
        path: the file.
        scorer: after its run.
        learned: the edit.
        restricted: whether exact ages must not be told. A film's frames tell, by what they differ from the scan,
            how old the scan is: real people's films start from their age to five years.
    """
    who = int(np.argsort(scorer.people.age, kind="stable")[len(scorer.people) // 2])
    one = slice(who, who + 1)
    scan, person = scorer.scans[one], scorer.people[one]
    edit = learned.edit
    made, rival = (scorer.examples[AGED.name, name] for name in (edit.name, RIVAL))
    predicted, beside = made[who], rival[who]
    if restricted and not learned.simulated:
        person = replace(person, age=ROUND * np.round(person.age / ROUND))
        predicted, beside = edit.change(scan, person, person.older(AGED.years))[0], rival.mean(axis=0)
    ages = np.linspace(*learned.ages, FRAMES).round()
    film = np.concatenate([scan + edit.change(scan, person, replace(person, age=np.array([age]))) for age in ages])
    arrays = {
        "mask": template_mask(scorer.grid),
        "spacing": np.array(scorer.grid.spacing),
        "template": template_volume(scorer.grid),
        "scan": scan[0],
        "film": np.clip(film, 0, None),
        "film_ages": ages,
        "span": np.array(AGED.years),
        "predicted": predicted,
        "mean_predicted": made.mean(axis=0),
        "rival": beside,
    }
    if scorer.truth is not None:
        true = scorer.examples[AGED.name, "true"]
        arrays |= {"true": true[who], "mean_true": true.mean(axis=0)}
    with atomic_output(path) as temporary:
        np.savez_compressed(temporary, allow_pickle=False, **arrays)
