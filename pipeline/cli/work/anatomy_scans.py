"""From a cohort of scans to what the simulator makes people from, which reads no cohorts itself."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from brainaging.pipeline.data import read_cohort
from brainaging.pipeline.runtime import UserError
from brainaging.pipeline.simulate import load_scenario
from brainaging.pipeline.simulate.anatomies import AnatomyScan, AnatomySource

FEWEST_TO_SCORE = 4
"""Anatomies: two that edits are learned from, one that their reader is, one that both are tried on."""


def anatomy_source(scenario: str, cohort: Path | None, skip_bad: bool = False) -> AnatomySource | None:
    """Return the scans that ``--anatomies``, or else the scenario, names; None where neither does.

    Args:
        scenario: a shipped name or a YAML file, from whose folder on its own ``anatomies`` is found.
        cohort: a CSV or a folder, as `brainaging cohort` reads it.
        skip_bad: set bad rows and scans aside.

    Raises:
        UserError: a cohort that cannot be read or has no scans, fewer than two scans.
    """
    if cohort is None:
        said = load_scenario(scenario).anatomies
        if said is None:
            return None
        cohort = Path(scenario).parent / said
    table = read_cohort(cohort, skip_bad=skip_bad).table
    table = table[table["image"] != ""]
    if not len(table):
        raise UserError(f"{cohort}: expected a cohort of scans to make people from, found none")
    names = anatomy_names(list(zip(table["subject"], table["session"], strict=True)))
    scans = [
        AnatomyScan(name, Path(image), space)
        for name, image, space in zip(names, table["image"], table["space"], strict=True)
    ]
    return AnatomySource.of(scans, skip_bad)


def anatomy_names(scans: Sequence[tuple[str, str]]) -> list[str]:
    """Return a name for each scan (subject, session) that a folder can have; alike ones get a number.

    >>> anatomy_names([("01", ""), ("01", "2"), ("a/b", ""), ("a b", "")])
    ['01', '01-2', 'a-b', 'a-b-2']
    """
    names: list[str] = []
    for subject, session in scans:
        words = re.findall(r"[A-Za-z0-9]+", f"{subject}-{session}" if session else subject)
        plain = "-".join(words) or "scan"
        plain = "scan-template" if plain == "template" else plain
        number, name = 1, plain
        while name in names:
            number += 1
            name = f"{plain}-{number}"
        names.append(name)
    return names


def check_enough_to_score(source: AnatomySource | None) -> None:
    """Raise UserError for too few anatomies to learn from some and try on others."""
    if source is not None and len(source.scans) < FEWEST_TO_SCORE:
        raise UserError(
            f"--anatomies: expected at least {FEWEST_TO_SCORE} scans to score on (two to learn from, one for the "
            f"reader of edited brains, one to try on), found {len(source.scans)}"
        )


def anatomy_counts(
    anatomies: Mapping[str, str], subjects: Sequence[str], train: np.ndarray, test: np.ndarray
) -> dict[str, Any]:
    """Return how many anatomies people were learned from and tried on, and how many of the latter were unseen.

    Args:
        anatomies: of each subject.
        subjects: (n,) of the cohort's rows.
        train, test: rows, integers.
    """
    names = np.array([anatomies[subject] for subject in subjects])
    learned, tried = set(names[train]), set(names[test])
    return {"learned_from": len(learned), "tried_on": len(tried), "tried_on_unseen": len(tried - learned)}
