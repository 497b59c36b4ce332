"""Does a generator give away the people it learned from? Distances to training and to held-out brains."""

from dataclasses import dataclass

import numpy as np
from sklearn.neighbors import NearestNeighbors

from brainaging.pipeline.measures.fidelity.distances import check_samples
from brainaging.pipeline.stats.bootstrap import percentile, share_interval

#: a generated brain that is nearer to a training brain than this share of held-out brains are counts as a copy.
#: What is reported is the excess over the share, so that it sets the resolution and not the verdict: of 1000
#: generated brains one in a hundred is ten
COPY_QUANTILE = 0.01


@dataclass(frozen=True)
class Memorisation:
    """Whether generated brains lie nearer to training brains than to held-out ones.

    Attributes:
        nearer: share of generated brains whose nearest neighbour, among as many training as held-out brains, is a
            training brain; about 0.5 where nothing was memorised.
        nearer_low, nearer_high: its 95 % interval: real brains drawn anew, each with the generated ones nearest
            to it.
        null_low, null_high: 2.5th and 97.5th percentiles of that share where the roles of training and held-out
            brains are drawn by lot: a few brains are the nearest of many generated ones, so that these do not
            count singly.
        p: one-sided, that the share is by chance as large.
        copies: share of generated brains nearer to a training brain than all but 1 % of held-out brains are; 0.01
            where nothing was copied. With its 95 % interval.
        distance_ratio: median distance to the nearest training brain, generated brains' by held-out ones'.
        n: number of training brains, and of held-out brains, in the comparison.
    """

    nearer: float
    nearer_low: float
    nearer_high: float
    null_low: float
    null_high: float
    p: float
    copies: float
    copies_low: float
    copies_high: float
    distance_ratio: float
    n: int


def memorisation(
    generated: np.ndarray,
    train: np.ndarray,
    held_out: np.ndarray,
    rng: np.random.Generator,
    permutations: int = 1000,
) -> Memorisation:
    """Compare features of generated brains (k, d) with those of training (n, d) and of held-out brains (m, d).

    Training and held-out brains are thinned to equal number, so that chance favours neither: a copy of one
    training brain may be left out by it, which is why :attr:`Memorisation.copies` looks at all training brains.
    Its interval is Wilson's.

    Raises:
        UserError: samples of different width or of fewer than two brains.
    """
    check_samples(generated, train)
    check_samples(generated, held_out)
    n = min(len(train), len(held_out))
    pool = np.concatenate([sample[rng.permutation(len(sample))[:n]] for sample in (train, held_out)])
    claims = np.bincount(_nearest(generated, pool)[1], minlength=2 * n) / len(generated)
    nearer = claims[:n].sum()
    null = np.array([rng.permutation(claims)[:n].sum() for _ in range(permutations)])
    low, high = np.percentile(null, [2.5, 97.5])
    drawn = rng.multinomial(2 * n, np.full(2 * n, 1 / (2 * n)), size=permutations) * claims
    with np.errstate(invalid="ignore"):  # where none of the nearest is drawn there is no share
        nearer_low, nearer_high = percentile(drawn[:, :n].sum(axis=1) / drawn.sum(axis=1))
    own, reference = _nearest(generated, train)[0], _nearest(held_out, train)[0]
    copied = int((own < np.quantile(reference, COPY_QUANTILE)).sum())
    return Memorisation(
        float(nearer),
        nearer_low,
        nearer_high,
        float(low),
        float(high),
        float((1 + (null >= nearer - 1e-12).sum()) / (1 + permutations)),
        *share_interval(copied, len(generated)),
        float(np.median(own) / np.median(reference)) if np.median(reference) > 0 else float("nan"),
        n,
    )


def _nearest(points: np.ndarray, sample: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return each point's distance to its nearest neighbour in the sample, and which one that is."""
    distance, index = NearestNeighbors(n_neighbors=1).fit(sample).kneighbors(points)
    return distance[:, 0], index[:, 0]
