"""The files behind the report's chapter on synthetic brains: synthetic.npz and synthetic.json.

``synthetic.json`` says who learned from whom, as counts of scans, groups (families, subjects or sites), women and
men: ``generator_learned_from`` (its encoder, the baseline methods and the feature spaces of distances too),
``readers_learned_from``, ``held_out``, ``distances_measured_to``, ``readers_tested_on``; ``people_from_outside``
says whether the last two hold people of another cohort.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from brainaging.networks import T1wLatentEncoder
from brainaging.pipeline.engines import generate_volumes
from brainaging.pipeline.measures.tissue import head_sizes
from brainaging.pipeline.runtime import atomic_output
from brainaging.transforms import GridSpec

SHOWN, STEPS = 6, 7
#: fresh scans that give the distribution of head sizes
SIZED = 64


@dataclass(frozen=True)
class Pictures:
    """What is shown.

    Attributes:
        grid, mask: of everything.
        fresh: (n, X, Y, Z) scans.
        synthetic: (k, X, Y, Z) brains by generator.
        male: P(male) (k,) of brains by generator, where the gate let them be labelled.
        encoder: with its generator.
        held_out: (m, X, Y, Z) scans that were inverted.
        latents: (m, L) of them.
        scale_curve: mean P(male) of held-out scans by linear scale.
    """

    grid: GridSpec
    mask: np.ndarray
    fresh: np.ndarray
    synthetic: Mapping[str, np.ndarray]
    male: Mapping[str, np.ndarray]
    encoder: T1wLatentEncoder
    held_out: np.ndarray
    latents: np.ndarray
    scale_curve: Mapping[float, float]


def write_pictures(path: Path, shown: Pictures) -> None:
    """Write synthetic.npz; no subject is named.

    Arrays: real, generated_<generator>, scans, inverted, interpolation (k, X, Y, Z); mask; spacing (mm);
    head_real, head_<generator> (mL) and male_<generator> (P(male)), one a brain; scale and p_male, one a scale.

    Args:
        path: the file.
        shown: volumes, latents and what classifiers read.
    """
    spacing, generator = shown.grid.spacing, shown.encoder.generator
    fresh = shown.fresh[:SIZED]
    arrays = {"real": fresh[:SHOWN], "head_real": head_sizes(fresh, spacing)}
    for name, brains in shown.synthetic.items():
        arrays |= {f"generated_{name}": brains[:SHOWN], f"head_{name}": head_sizes(brains, spacing)}
    arrays |= {f"male_{name}": male for name, male in shown.male.items()}
    arrays["scans"] = shown.held_out[:SHOWN]
    arrays["inverted"] = generate_volumes(generator, torch.from_numpy(shown.latents[:SHOWN]))
    # from the smallest held-out head to the largest: what lies between two people
    sizes = head_sizes(shown.held_out, spacing)
    ends = torch.from_numpy(shown.latents[[int(sizes.argmin()), int(sizes.argmax())]])
    steps = torch.linspace(0, 1, STEPS)[:, None]
    arrays["interpolation"] = generate_volumes(generator, (1 - steps) * ends[0] + steps * ends[1])
    arrays |= {
        "scale": np.array(list(shown.scale_curve)),
        "p_male": np.array(list(shown.scale_curve.values())),
    }
    floats = {name: np.asarray(values, dtype=np.float32) for name, values in arrays.items()}
    with atomic_output(path) as temporary:
        np.savez_compressed(temporary, allow_pickle=False, mask=shown.mask, spacing=np.float64(spacing), **floats)
