"""ComBat inside folds, by the library combatlearn (extra ``combat``): sites' shifts and spreads taken out.

Fitted on a fold's training people, applied to its test people. What is predicted is never among the protected
covariates: a test person's own label would have to be known to apply it. A site that the training people lack
cannot be corrected without its own data, so that harmonised features exist for random folds, and not for whole
sites held out.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from monai.utils import optional_import
from sklearn.impute import SimpleImputer

from brainaging.pipeline.runtime import UserError
from brainaging.pipeline.stats.sample_space import Fold, FoldSpace
from brainaging.pipeline.stats.table_spaces import table_spaces

ComBat, available = optional_import("combatlearn", name="ComBat")
# ComBat needs a spread within a site
FEWEST = 3


def check_combat(sites: np.ndarray) -> None:
    """Raise UserError where ComBat cannot be: no library, or fewer than two sites of three people or more."""
    if not available:
        raise UserError("ComBat needs the package combatlearn: pip install -c constraints.txt -e '.[combat]'")
    names, counts = np.unique(sites[sites != ""], return_counts=True)
    if (counts >= FEWEST).sum() < 2:
        raise UserError(f"ComBat needs two sites of at least {FEWEST} people, the cohort has {len(names)} sites")


def combat_spaces(
    values: np.ndarray, folds: Sequence[Fold], sites: np.ndarray, protect: np.ndarray | None = None
) -> list[FoldSpace]:
    """Return the folds of :func:`table_spaces` after ComBat (Johnson et al. 2007; Fortin et al. 2018) inside each.

    Training sites of under 3 people, and test people of sites that training lacks, are left out. A fold whose
    training people have fewer than two such sites is empty: there is nothing to align.

    Args:
        values: (n, p), NaN where missing (the training median is taken).
        folds: pairs of row numbers (train, test).
        sites: (n,) site of every row.
        protect: (n,) a covariate other than what is predicted, whose effect is kept; rows without it are left out.

    Raises:
        UserError: as :func:`check_combat`.
    """
    check_combat(sites)
    spaces = []
    for number, (train_idx, test_idx) in enumerate(folds):
        usable = (sites != "") & (True if protect is None else np.isfinite(protect))
        names, counts = np.unique(sites[train_idx[usable[train_idx]]], return_counts=True)
        names = names[counts >= FEWEST]
        usable &= np.isin(sites, names) & (len(names) > 1)
        train, test = train_idx[usable[train_idx]], test_idx[usable[test_idx]]
        if not len(train):
            spaces += table_spaces(values, [(train, test)], numbers=[number])
            continue
        filled = SimpleImputer(strategy="median", keep_empty_features=True).fit(values[train]).transform(values)
        moves = np.ptp(filled[train], axis=0) > 0
        table = pd.DataFrame(filled[:, moves])
        kept = None if protect is None else pd.DataFrame({"kept": protect})
        model = ComBat(
            pd.Series(sites), continuous_covariates=kept, method="johnson" if kept is None else "fortin"
        )
        model.fit(table.iloc[train])
        changed = filled.copy()
        for rows in (train, test):
            if len(rows):
                changed[np.ix_(rows, np.flatnonzero(moves))] = np.asarray(model.transform(table.iloc[rows]))
        spaces += table_spaces(changed, [(train, test)], numbers=[number])
    return spaces
