"""Can it be told from a generator's brains whom it learned from? A membership attack, and its advantage."""

from dataclasses import dataclass

import numpy as np
from sklearn.covariance import LedoitWolf
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import NearestNeighbors

from brainaging.pipeline.measures.fidelity.distances import check_samples
from brainaging.pipeline.stats.bootstrap import group_weights, percentile

#: attacks: how near the nearest generated brain is, and how dense generated brains are there (Chen et al. 2020,
#: CCS; van Breugel et al. 2023, AISTATS)
ATTACKS = ("distance", "density")
#: draws of families. Sensitivity: the interval's ends move by about 3 % of its width from seed to seed
REPLICATES = 500


@dataclass(frozen=True)
class Membership:
    """An attack's advantage: share of members that it calls so less that of others (Yeom et al. 2018, CSF).

    Attributes:
        advantage: 0 where nothing is given away, 1 where all is; its threshold is the median of all scores, so
            that none is chosen to fit.
        low, high: its 95 % interval over families.
        auc: of the scores; 0.5 tells nothing.
    """

    advantage: float
    low: float
    high: float
    auc: float


def membership(
    generated: np.ndarray,
    members: np.ndarray,
    others: np.ndarray,
    groups: tuple[np.ndarray, np.ndarray],
    seed: int,
) -> dict[str, Membership]:
    """Attack features of generated brains (k, d): who of members (n, d) and others (m, d) was learned from?

    The attacker sees the generated brains alone. Members beyond the number of others, and the other way round,
    are left out, so that guessing gains nothing.

    Args:
        generated: features of generated brains.
        members: of those that the generator learned from.
        others: of people like them that nothing was fitted to.
        groups: families of both, (n,) and (m,).
        seed: of the bootstrap.

    Raises:
        UserError: samples of different width or of fewer than two brains.
    """
    check_samples(generated, members)
    check_samples(generated, others)
    n = min(len(members), len(others))
    tried = np.concatenate([members[:n], others[:n]])
    truth = np.repeat([True, False], n)
    families = np.concatenate([groups[0][:n], groups[0].max() + 1 + groups[1][:n]])
    density = LedoitWolf().fit(generated)
    scores = {
        "distance": -NearestNeighbors(n_neighbors=1).fit(generated).kneighbors(tried)[0][:, 0],
        "density": -density.mahalanobis(tried),
    }
    weights = group_weights(families, seed, REPLICATES)
    return {name: _advantage(scores[name], truth, weights) for name in ATTACKS}


def _advantage(score: np.ndarray, truth: np.ndarray, weights: np.ndarray) -> Membership:
    called = (score > np.median(score)).astype(float)
    # a draw without members, or without others, says nothing
    with np.errstate(invalid="ignore"):
        shares = [(weights[:, of] @ called[of]) / weights[:, of].sum(axis=1) for of in (truth, ~truth)]
    value = called[truth].mean() - called[~truth].mean()
    low, high = percentile(shares[0] - shares[1])
    return Membership(float(value), low, high, float(roc_auc_score(truth, score)))
