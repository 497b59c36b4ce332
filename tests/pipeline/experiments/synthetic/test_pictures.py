"""synthetic.npz holds what is shown, and no label without the gate."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch

from brainaging.pipeline.experiments.synthetic.pictures import SHOWN, STEPS, Pictures, write_pictures
from brainaging.transforms import get_grid, scale_head, template_mask, template_volume

GRID = get_grid("t1w_32")


def _bright(z: torch.Tensor, detail: torch.Tensor | None = None) -> torch.Tensor:
    """A generator of templates that are as bright as the first number of their latent."""
    return z[:, :1, None, None, None] * torch.from_numpy(template_volume(GRID))


def test_what_is_shown_is_written(tmp_path: Path) -> None:
    template = template_volume(GRID)
    held_out = np.stack([scale_head(template, scale) for scale in (1.0, 0.9, 1.1, 1.0, 1.0, 1.0, 1.0, 1.0)])
    latents = np.arange(8, dtype=np.float32)[:, None] * np.ones(3, np.float32)
    shown = Pictures(
        GRID,
        template_mask(GRID),
        held_out,
        {"gan": held_out, "pca_sampler": held_out[:7]},
        {"gan": np.linspace(0, 1, 8)},
        SimpleNamespace(generator=_bright),
        held_out,
        latents,
        {0.9: 0.1, 1.0: 0.5},
    )
    write_pictures(tmp_path / "synthetic.npz", shown)
    with np.load(tmp_path / "synthetic.npz", allow_pickle=False) as stored:
        arrays = dict(stored)
    assert arrays["generated_gan"].shape == arrays["real"].shape == (SHOWN, *GRID.shape)
    assert arrays["head_pca_sampler"].shape == (7,)
    assert "male_gan" in arrays
    assert "male_pca_sampler" not in arrays
    np.testing.assert_allclose(arrays["scale"], [0.9, 1.0])
    np.testing.assert_allclose(arrays["p_male"], [0.1, 0.5])
    # from the smallest head's latent, 1, to the largest's, 2
    way = arrays["interpolation"][:, 16, 16, 16] / template[16, 16, 16]
    np.testing.assert_allclose(way, np.linspace(1, 2, STEPS), rtol=1e-5)
    np.testing.assert_allclose(arrays["inverted"][3], 3 * template, rtol=1e-5)
