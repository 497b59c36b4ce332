"""Brains to order: who is asked for, held against what the weights learned from, as items of a data set."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from monai.utils import CommonKeys

from brainaging.networks import T1wConditionalGenerator
from brainaging.pipeline.data import CovariateTerm, covariate_terms
from brainaging.pipeline.data.covariate_design import COVARIATES
from brainaging.pipeline.engines.weights import load_weights
from brainaging.pipeline.runtime import UserError, generator
from brainaging.pipeline.runtime.unreadable import found_in

log = logging.getLogger(__name__)
#: distance outside of what was learned from, by the width of that, beyond which a brain is refused: 3 years of
#: 22 to 36, 15 of 20 to 90. Sensitivity: none of what is drawn; slopes go on straight out there, nobody was seen
FAR = 0.25


def ordered_brains(
    network: T1wConditionalGenerator,
    design: str,
    count: int,
    seed: int = 0,
    asked: Mapping[str, Any] | None = None,
    people: str | None = None,
    weights: str = "",
    others: Mapping[str, Any] | None = None,
) -> list[dict[str, Any]]:
    """Return items for a dataset: ``image``, which is noise ``(L,)``, ``detail``, ``covariates`` and ``subject``.

    The same seed and count give the same noise whoever is asked for: the same brain at two ages differs by age.

    Args:
        network: the generator.
        design: of its covariates, such as ``age + sex + head_size``.
        count: how many; of each row where there are ``people``.
        seed: of the draws.
        asked: by covariate: a number, a range ``20:80`` that is drawn from evenly, F or M; None for any.
        people: a CSV with a row a person and a column a covariate; an empty cell is any.
        weights: the checkpoint, which knows what it learned from.
        others: more of what is asked, by covariate: those of a design beyond age, sex and head size.

    Raises:
        UserError: a covariate that the weights were not trained on or that is asked for twice, a value that is
            none, or one far outside of what they learned from.
    """
    terms = covariate_terms(design)
    names = [term.name for term in terms]
    everything = [*(asked or {}).items(), *(others or {}).items()]
    given = [(name, value) for name, value in everything if value not in (None, "")]
    wanted = dict(given)
    names_given = [name for name, _ in given]
    if twice := [name for name in wanted if names_given.count(name) > 1]:
        raise UserError(f"{twice[0]}: asked for twice")
    if strange := sorted(wanted.keys() - set(names)):
        raise UserError(f"{strange[0]}: these weights were trained on {', '.join(names)}, not on it")
    if people is not None:
        if wanted:
            raise UserError(f"{people}: expected either a table of people or {_option(min(wanted))}, found both")
        subjects, rows = _read(Path(people), terms, count)
    else:
        subjects = [f"{number:06d}" for number in range(count)]
        source = generator(seed, "asked")
        columns = [_drawn(term, wanted.get(term.name), count, source) for term in terms]
        rows = np.stack(columns, axis=1).astype(np.float32)
    if Path(weights).is_file():
        load_weights(network, weights)
        _hold(network, terms, rows)
    noise, detail = network.draw(len(rows), torch.Generator().manual_seed(seed))
    return [
        {CommonKeys.IMAGE: noise[i].cpu(), "detail": detail[i].cpu(), "covariates": row, "subject": subjects[i]}
        for i, row in enumerate(rows)
    ]


def _option(name: str) -> str:
    """Return how a covariate is asked for on the command line."""
    return f"--{name.replace('_', '-')}" if name in COVARIATES else f"--where {name}=…"


def _drawn(term: CovariateTerm, value: Any, count: int, source: np.random.Generator) -> np.ndarray:
    """Return ``count`` values of a covariate: one for all, or drawn evenly from a range; NaN for any."""
    if value is None:
        return np.full(count, np.nan)
    low, separator, high = str(value).partition(":")
    first = term.number(low)
    if not separator:
        return np.full(count, first)
    last = term.number(high)
    if term.words or not last > first:
        raise UserError(f"{term.name}: expected a value, or a range from less to more, found {value!r}")
    return source.uniform(first, last, count)


def _read(path: Path, terms: list[CovariateTerm], count: int) -> tuple[list[str], np.ndarray]:
    """Return subjects and covariates (n, k) of a table, each row ``count`` times."""
    try:
        table = pd.read_csv(path, dtype=str, na_filter=False)
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: expected a table of people (CSV), found {found_in(error)}") from error
    names = [term.name for term in terms]
    if strange := [name for name in table.columns if name not in (*names, "subject")]:
        raise UserError(
            f"{path}: expected columns {', '.join(names)} (and subject), found {strange[0]!r}: these weights were "
            "not trained on it"
        )
    if not len(table):
        raise UserError(f"{path}: expected people, found no row")
    rows = np.full((len(table), len(names)), np.nan, dtype=np.float32)
    for column, term in enumerate(terms):
        if term.name in table:
            rows[:, column] = [term.number(cell) for cell in table[term.name]]
    own = list(table["subject"]) if "subject" in table else [f"{number:06d}" for number in range(len(table))]
    subjects = own if count == 1 else [f"{name}-{number:03d}" for name in own for number in range(count)]
    return subjects, rows.repeat(count, axis=0)


def _hold(network: T1wConditionalGenerator, terms: list[CovariateTerm], rows: np.ndarray) -> None:
    """Warn of values outside of what was learned from, and refuse those far outside."""
    columns = network.flow.columns
    beyond = columns.outside(torch.from_numpy(rows).to(columns.lowest)).cpu().numpy()
    for i, term in enumerate(terms):
        low, high = float(columns.lowest[i]), float(columns.highest[i])
        if term.words or not (distance := float(beyond[:, i].max())) > 0:
            continue
        where = (
            f"{term.name} {rows[int(beyond[:, i].argmax()), i]:g}: {distance:.3g}{term.unit} outside of "
            f"the {low:.4g} to {high:.4g} that these weights learned from"
        )
        if distance > FAR * (high - low):
            raise UserError(f"{where}: refused, nothing is known out there")
        log.warning("%s: slopes go on straight, and nobody like that was seen", where)
    if network.restricted:
        log.warning("weights fitted with restricted values: what they make is not to be passed on freely")
