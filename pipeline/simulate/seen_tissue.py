"""What a scan shows of tissue beside its deformation: sulci that fill with fluid, lesions, the scanner's own
curve.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from brainaging.pipeline.runtime import generator
from brainaging.pipeline.simulate.anatomies import LATTICE, MAPS
from brainaging.pipeline.simulate.anatomy_fields import AnatomyFields
from brainaging.pipeline.simulate.appearance.lesions import lesion_limit, lesion_order, lesion_share
from brainaging.pipeline.simulate.appearance.scanner_curves import scanner_curve
from brainaging.pipeline.simulate.causes import Cause
from brainaging.pipeline.simulate.scenario import Scenario

Signal = NDArray[np.float32]


def with_fluid(signal: Signal, fields: AnatomyFields, left: Signal) -> Signal:
    """Return the ``signal`` (3, V) of t1, white less grey, brain where the share ``left`` (V,) of tissue is
    left.
    """
    t1, difference, brain = signal
    dimmed = np.where(t1 > fields.fluid, fields.fluid + left * (t1 - fields.fluid), t1)
    mixed: Signal = np.stack([dimmed, left * difference, brain]).astype(np.float32)
    return mixed


def with_lesions(
    signal: Signal, fields: AnatomyFields, cause: Cause, whole: Scenario, seed: int, places: Tensor
) -> Signal:
    """Return the ``signal`` (3, V) with the person's lesions, at ``places`` (V, 3) in the anatomy's mm.

    Where they lie is the person's, how far they have spread is age's: lesions of a younger age lie within those of
    an older one.
    """
    if whole.lesions is None:
        return signal
    person = cause.member.person
    score = float(generator(seed, "lesion rate", person).standard_normal())
    noise = generator(seed, "lesion places", person).standard_normal(LATTICE.shape)
    white, ventricles = (
        fields.tissues[MAPS.index(name)].numpy().astype(float) for name in ("white", "ventricles")
    )
    order = lesion_order(white, ventricles, noise, LATTICE.step)
    limit = lesion_limit(order, white, whole.lesions.volume(cause.age, score), LATTICE.step)
    read = LATTICE.sample(torch.from_numpy(order.astype(np.float32))[None], places)[0].numpy()
    share = lesion_share(read.astype(float), limit) * fields.lattice.sample(fields.white_matter, places)[0].numpy()
    t1, difference, brain = signal
    darker = (2 * fields.contrast * whole.lesions.depth * share).astype(np.float32)
    return np.stack([t1 - darker, difference, brain])


def through_scanner(values: Signal, fields: AnatomyFields, cause: Cause, whole: Scenario, seed: int) -> Signal:
    """Return intensities (V,) by white matter's as the person's site shows them."""
    if whole.scanner_curves is None:
        return values
    fluid_score, grey_score = generator(seed, "site curve", cause.site).standard_normal(2)
    shifts = whole.scanner_curves.fluid_sd * fluid_score, whole.scanner_curves.grey_sd * grey_score
    grey = (fields.white - 2 * fields.contrast * cause.contrast) / fields.white
    fluid = float(np.clip(fields.fluid / fields.white, 0.05 * grey, 0.95 * grey))
    curve = scanner_curve(fluid, grey, (float(shifts[0]), float(shifts[1])))
    shown: Signal = np.where(values < 2, curve(np.clip(values, 0, 2)), values).astype(np.float32)
    return shown
