"""Synthetic brains: beside scans, between two people, inverted; what classifiers read in them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.figure import SubFigure

from brainaging.pipeline.report.chapters.synthetic_tables import synthetic_facts, synthetic_tables
from brainaging.pipeline.report.drawing.slices import (
    CONVENTION,
    PLANES,
    bounding_box,
    finer,
    grid_words,
    mid_slice,
    resized,
    window,
)
from brainaging.pipeline.report.drawing.style import ACCENT, MUTED, Picture, drawing, embed, pixels
from brainaging.pipeline.report.sections import Content, Figure, Panel
from brainaging.pipeline.results import Finding, title, words
from brainaging.pipeline.results.vocabulary import GENERATORS
from brainaging.pipeline.runtime import UserError

NEEDED = ("real", "scans", "inverted", "interpolation", "mask", "spacing", "head_real", "scale", "p_male")
#: pixels that a brain takes in a row, at least and at most: the page holds many
NARROW, WIDE = 96, 128
#: Okabe and Ito's colours, one a generator
_COLOURS = {
    "gan": ACCENT,
    "gan_before_adversarial": "#CC79A7",
    "pca_sampler": "#009E73",
    "original_recipe": "#D55E00",
}

ROWS = (
    "Six brains a row, not chosen, axial above sagittal slices through the middle, on {grid}. All rows "
    "have the same grey scale. What to look for: a generator is good where its row could be mistaken for the "
    "scans' row, and brains differ in a row as much as scans do. "
)
BETWEEN = (
    "The latents of the held-out scans with the smallest head (left) and the largest (right), and brains at equal "
    "steps between them. Every step should be a brain."
)
INVERTED = (
    "Scans that the generator did not learn from, and G(E(x)): the brains of their latents, refined by descent. "
    "What is missing in the second is what the generator cannot express in its latent."
)
MEASURES = (
    "Left: head size of generated brains and of scans; brains of a generator whose curve is narrower vary too "
    "little. Middle: P(male) that the classifier gives brains that passed the gate; two peaks, as of people, mean "
    "that it can read them. Right: the mean answer to held-out scans that were scaled; the dashed line marks "
    "0.914, which 64 voxels of 70 are: the original study's brains stood there."
)


def synthetic_content(
    arrays: Mapping[str, np.ndarray], findings: Sequence[Finding], people: Mapping[str, Any] | None = None
) -> Content:
    """Return the section from synthetic.npz, the findings on synthetic brains and synthetic.json.

    Raises:
        UserError: an array is missing, or has not the mask's shape.
    """
    missing = [name for name in NEEDED if name not in arrays]
    if missing:
        raise UserError(f"synthetic.npz: expected arrays {', '.join(NEEDED)}; missing {', '.join(missing)}")
    mask = np.asarray(arrays["mask"]) > 0
    for name in ("real", "scans", "inverted", "interpolation"):
        if arrays[name].ndim != 4 or arrays[name].shape[1:] != mask.shape:
            raise UserError(f"synthetic.npz: {name} expected shape (k, {mask.shape}), found {arrays[name].shape}")
    grey = window(arrays["real"], mask)
    names = [code for code in GENERATORS if f"generated_{code}" in arrays]
    grid = grid_words(float(arrays["spacing"]))

    def strip(volumes: np.ndarray, what: str) -> Picture:
        return brain_strip(volumes, mask, grey, what)

    rows = [Panel("Scans of people that no network learned from", strip(arrays["real"], "scans"))]
    rows += [
        Panel(title("model", name), strip(arrays[f"generated_{name}"], words("model", name))) for name in names
    ]
    figures = [
        Figure("Synthetic brains beside scans", ROWS.format(grid=grid) + CONVENTION, rows),
        Figure(
            "From one brain to another",
            BETWEEN,
            [Panel("Interpolation", strip(arrays["interpolation"], "interpolated brains"))],
        ),
        Figure(
            "Held-out scans and what the generator renders of them",
            INVERTED,
            [
                Panel("Scans", strip(arrays["scans"], "held-out scans")),
                Panel("Inverted", strip(arrays["inverted"], "inverted scans")),
            ],
        ),
        Figure("Head size and sex of synthetic brains", MEASURES, [Panel("Measures", _measures(arrays, names))]),
    ]
    return Content(facts=synthetic_facts(findings, people), figures=figures, tables=synthetic_tables(findings))


def brain_strip(volumes: np.ndarray, mask: np.ndarray, grey: tuple[float, float], what: str) -> Picture:
    """Return slices of volumes (k, X, Y, Z) side by side: axial ones above sagittal ones, in one grey scale."""
    image = resized(_side_by_side(volumes, mask), fewest=NARROW * len(volumes), most=WIDE * len(volumes))
    return pixels(image, f"{what}, axial and sagittal slices", cmap="gray", low=grey[0], high=grey[1])


def _side_by_side(volumes: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Return brains side by side in one image: axial slices above sagittal ones."""
    box = bounding_box(mask)
    slices = [
        [mid_slice(volume, plane, box) for volume in np.asarray(volumes, dtype=float)]
        for plane in (PLANES[0], PLANES[2])
    ]
    # both planes of a brain stand in a column
    wide = max(image.shape[1] for row in slices for image in row)
    return np.concatenate([np.concatenate([_widened(image, wide) for image in row], axis=1) for row in slices])


def _widened(image: np.ndarray, wide: int) -> np.ndarray:
    left = (wide - image.shape[1]) // 2
    return np.pad(image, ((0, 0), (left, wide - image.shape[1] - left)))


def draw_generated(part: SubFigure, arrays: Mapping[str, np.ndarray]) -> None:
    """Draw scans above the GAN's brains, for the summary picture."""
    mask = np.asarray(arrays["mask"]) > 0
    low, high = window(arrays["real"], mask)
    shown = [("Scans", arrays["real"])]
    if "generated_gan" in arrays:
        shown.append((f"Synthetic: {words('model', 'gan')}", arrays["generated_gan"]))
    grid = part.subplots(len(shown), 1, squeeze=False)[:, 0]
    for axes, (name, volumes) in zip(grid, shown, strict=True):
        axes.set_axis_off()
        axes.imshow(
            finer(_side_by_side(volumes, mask), NARROW * len(volumes)),
            cmap="gray",
            vmin=low,
            vmax=high,
            interpolation="bilinear",
        )
        axes.set_title(name, fontsize=9, loc="center")


def _measures(arrays: Mapping[str, np.ndarray], names: Sequence[str]) -> Picture:
    with drawing():
        canvas = Canvas(figsize=(7.1, 2.9), layout="constrained")
        heads, sexes, scales = canvas.subplots(1, 3)
        everything = np.concatenate([arrays["head_real"], *(arrays[f"head_{name}"] for name in names)])
        # the original's recipe may give anything: the axis is the scans' own, half as wide again
        middle, reach = float(np.median(arrays["head_real"])), 5 * float(np.std(arrays["head_real"])) or 1.0
        edges = np.linspace(middle - reach, middle + reach, 30)
        _outline(heads, arrays["head_real"], edges, MUTED, "scans", filled=True)
        for name in names:
            _outline(heads, arrays[f"head_{name}"], edges, _COLOURS[name], words("model", name))
        heads.set_xlabel("head size (mL)")
        heads.set_ylabel("share of brains")
        labelled = [name for name in names if f"male_{name}" in arrays]
        for name in labelled:
            _outline(sexes, arrays[f"male_{name}"], np.linspace(0, 1, 21), _COLOURS[name], words("model", name))
        if not labelled:
            sexes.text(0.5, 0.5, "no generator\npassed the gate", ha="center", transform=sexes.transAxes)
        sexes.set_xlabel("P(male)")
        scales.plot(arrays["scale"], arrays["p_male"], color=ACCENT, marker="o")
        scales.axvline(64 / 70, color=MUTED, linestyle="--", linewidth=1)
        scales.set_ylim(-0.02, 1.02)
        scales.set_xlabel("linear scale of a head")
        scales.set_ylabel("mean P(male)")
        handles, labels = heads.get_legend_handles_labels()
        canvas.legend(handles, labels, loc="outside upper left", ncols=3, handlelength=1.4, columnspacing=1.2)
        alt = (
            f"Head sizes from {everything.min():.0f} to {everything.max():.0f} mL, P(male), and P(male) by scale."
        )
        return embed(canvas, alt)


def _outline(
    axes: Axes, values: np.ndarray, edges: np.ndarray, colour: str, label: str, filled: bool = False
) -> None:
    shares, _ = np.histogram(np.clip(values, edges[0], edges[-1]), edges)
    shares = shares / max(len(values), 1)
    axes.stairs(
        shares,
        edges,
        color=colour,
        fill=filled,
        alpha=0.35 if filled else 1.0,
        linewidth=1.6,
        linestyle="--" if colour == _COLOURS["gan_before_adversarial"] else "-",
        label=label,
    )
