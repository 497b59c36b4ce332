"""What age, sex and head size change in a network's latents, and in what the network decodes from them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from brainaging.pipeline.counterfactual.covariates import AGE, HEAD_SIZE, SEX, Covariates
from brainaging.pipeline.counterfactual.directions import direction
from brainaging.pipeline.counterfactual.latent_models import decoded_change
from brainaging.pipeline.engines import Coder
from brainaging.pipeline.stats.bootstrap import group_weights

TOGETHER = (AGE, SEX, HEAD_SIZE)
#: what a direction is the change for, as a table says it
UNITS = {AGE: "per decade", SEX: "F to M", HEAD_SIZE: "per 10 % of head size"}
_OF_TEN_PER_CENT = float(np.log(1.1))


@dataclass(frozen=True)
class LatentEffect:
    """One covariate's direction in a latent space, the other two held.

    Attributes:
        covariate: age, sex or head_size.
        step: (L,) change of the latents, see :data:`UNITS`.
        low, high: (L,) of it, 95 % over families.
        decoded: what decoding turns the step into at the cohort's mean latent: (X, Y, Z), or measures (p,).
        decoded_low, decoded_high: 95 % of measures (p,); None of volumes.
    """

    covariate: str
    step: np.ndarray
    low: np.ndarray
    high: np.ndarray
    decoded: np.ndarray
    decoded_low: np.ndarray | None
    decoded_high: np.ndarray | None


def latent_effects(
    coder: Coder, latents: np.ndarray, people: Covariates, groups: np.ndarray, seed: int, replicates: int = 200
) -> list[LatentEffect]:
    """Return the directions of age, sex and head size, fitted together, straight in age.

    Args:
        coder: that made the latents.
        latents: (n, L).
        people: (n) their covariates.
        groups: (n,) families, which the bootstrap draws.
        seed: of draws.
        replicates: bootstrap draws.

    Raises:
        UserError: the network cannot decode, or a covariate does not vary.
    """
    centre = latents.mean(axis=0, keepdims=True)
    weights = group_weights(groups, seed, replicates)
    effects = []
    for name in TOGETHER:
        unit = _OF_TEN_PER_CENT if name == HEAD_SIZE else 1.0
        step = unit * direction(latents, people, name, TOGETHER)
        draws = unit * np.stack([direction(latents, people, name, TOGETHER, draw) for draw in weights])
        decoded = decoded_change(coder, centre, step[None])[0]
        low = high = None
        if decoded.ndim == 1:
            low, high = _band(decoded_change(coder, np.repeat(centre, len(draws), 0), draws))
        effects.append(LatentEffect(name, step, *_band(draws), decoded, low, high))
    return effects


def codes_table(effects: Sequence[LatentEffect]) -> pd.DataFrame:
    """Return a row a covariate and code: covariate, unit, code, change, ci_low, ci_high."""
    frames = [
        pd.DataFrame(
            {
                "covariate": effect.covariate,
                "unit": UNITS[effect.covariate],
                "code": [f"z{number:04d}" for number in range(len(effect.step))],
                "change": effect.step,
                "ci_low": effect.low,
                "ci_high": effect.high,
            }
        )
        for effect in effects
    ]
    return pd.concat(frames, ignore_index=True)


def measures_table(effects: Sequence[LatentEffect], names: Sequence[str], deviation: np.ndarray) -> pd.DataFrame:
    """Return a row a covariate and measure, largest effects in standard deviations first.

    Columns: covariate, unit, measure, change (the measure's own unit), ci_low, ci_high, change_sd.

    Args:
        effects: of a table's network.
        names: (p) of the measures.
        deviation: (p,) standard deviations of the measures.
    """
    frames = []
    for effect in effects:
        frame = pd.DataFrame(
            {
                "covariate": effect.covariate,
                "unit": UNITS[effect.covariate],
                "measure": list(names),
                "change": effect.decoded,
                "ci_low": effect.decoded_low,
                "ci_high": effect.decoded_high,
                "change_sd": effect.decoded / np.where(deviation > 0, deviation, np.nan),
            }
        )
        order = frame["change_sd"].abs().sort_values(ascending=False, kind="stable", na_position="last").index
        frames.append(frame.reindex(order))
    return pd.concat(frames, ignore_index=True)


def _band(draws: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    low, high = np.percentile(draws, [2.5, 97.5], axis=0)
    return low, high
