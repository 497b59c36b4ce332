"""The file behind the report's section on synthetic brains."""

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


@dataclass(frozen=True)
class Pictures:
    """What is shown.

    Attributes:
        grid, mask: of everything.
        real: (n, X, Y, Z) scans.
        made: (k, X, Y, Z) brains by generator.
        encoder: with its generator.
        held_out: (m, X, Y, Z) scans that were inverted.
        latents: (m, L) of them.
    """

    grid: GridSpec
    mask: np.ndarray
    real: np.ndarray
    made: Mapping[str, np.ndarray]
    encoder: T1wLatentEncoder
    held_out: np.ndarray
    latents: np.ndarray


def write_pictures(
    path: Path, shown: Pictures, male: Mapping[str, np.ndarray], curve: Mapping[float, float]
) -> None:
    """Write synthetic.npz; no subject is named.

    Arrays: real, made_<generator>, scans, inverted, interpolation (k, X, Y, Z); mask; spacing (mm); head_real,
    head_<generator> (mL) and male_<generator> (P(male)), one a brain; scale and p_male, one a scale.

    Args:
        path: the file.
        shown: volumes and latents.
        male: P(male) of made brains by generator, where the gate let them be labelled.
        curve: mean P(male) of held-out scans by linear scale.
    """
    spacing, generator = shown.grid.spacing, shown.encoder.generator
    arrays = {"real": shown.real[:SHOWN], "head_real": head_sizes(shown.real, spacing)}
    for name, brains in shown.made.items():
        arrays |= {f"made_{name}": brains[:SHOWN], f"head_{name}": head_sizes(brains, spacing)}
    arrays |= {f"male_{name}": said for name, said in male.items()}
    arrays["scans"] = shown.held_out[:SHOWN]
    arrays["inverted"] = generate_volumes(generator, torch.from_numpy(shown.latents[:SHOWN]))
    # from the smallest held-out head to the largest: what lies between two people
    sizes = head_sizes(shown.held_out, spacing)
    ends = torch.from_numpy(shown.latents[[int(sizes.argmin()), int(sizes.argmax())]])
    way = torch.linspace(0, 1, STEPS)[:, None]
    arrays["interpolation"] = generate_volumes(generator, (1 - way) * ends[0] + way * ends[1])
    arrays |= {"scale": np.array(list(curve)), "p_male": np.array(list(curve.values()))}
    floats = {name: np.asarray(values, dtype=np.float32) for name, values in arrays.items()}
    with atomic_output(path) as temporary:
        np.savez_compressed(temporary, allow_pickle=False, mask=shown.mask, spacing=np.float64(spacing), **floats)
