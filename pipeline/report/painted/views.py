"""The cortex seen from the side: each pixel's face, found once, so that painting is a look-up of colours."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy import ndimage

from brainaging.pipeline.report.painted.mesh import HEMISPHERES, Mesh, mesh

# Pixels of a tile, twice as many as are shown: averaging four of them is what smooths the edges.
WIDTH, HEIGHT = 856, 600
_PIXELS_PER_UNIT = WIDTH / 208
SIDES = ("lateral", "medial")
# Light from the viewer and a little from above; the share of a colour that is left where none falls.
_LIGHT = np.array([0.8, 0.0, 0.6])
_DARKEST, _SULCAL = 0.74, 0.08


@dataclass(frozen=True)
class View:
    """What an orthographic camera sees of one hemisphere, by pixel (HEIGHT, WIDTH), top row first.

    Attributes:
        inside: whether there is brain.
        vertices: (HEIGHT, WIDTH, 3) the corners of the face that is seen.
        weights: (HEIGHT, WIDTH, 3) how near the pixel is to each corner; they sum to 1.
        shade: brightness from 0 to 1.
    """

    inside: np.ndarray
    vertices: np.ndarray
    weights: np.ndarray
    shade: np.ndarray

    def labels(self, by_vertex: np.ndarray) -> np.ndarray:
        """Return the label of each pixel, the one with the largest share of its face; 0 outside the brain."""
        corner = by_vertex[self.vertices]
        share = np.stack([((corner == corner[..., [k]]) * self.weights).sum(axis=-1) for k in range(3)], axis=-1)
        chosen = np.take_along_axis(corner, share.argmax(axis=-1)[..., None], axis=-1)[..., 0]
        return np.where(self.inside, chosen, 0)


@cache
def view(hemisphere: str, side: str) -> View:
    """Return the "lateral" or "medial" view of the "left" or "right" hemisphere; the top of the head is up."""
    # x points to the right: the left hemisphere's lateral side is seen from the left.
    towards = -1.0 if (hemisphere == "left") == (side == "lateral") else 1.0
    return _seen(mesh(hemisphere), towards)


def views() -> list[tuple[str, str]]:
    """Return (hemisphere, side) of the four views, row by row: lateral above medial, left before right."""
    return [(hemisphere, side) for side in SIDES for hemisphere in HEMISPHERES]


def _seen(surface: Mesh, towards: float) -> View:
    shown, faces = surface.shown, surface.faces
    normals = _normals(shown, faces)
    light = np.clip(normals @ (_LIGHT * [towards, 1.0, 1.0]), 0.0, 1.0)
    bright = (_DARKEST + (1 - _DARKEST) * light) * (1 - _SULCAL * np.clip(surface.sulc, -1.0, 1.0))
    # Seen from the right the front is at the right of the picture, seen from the left at its left.
    column = WIDTH / 2 + towards * shown[:, 1] * _PIXELS_PER_UNIT
    row = HEIGHT / 2 - shown[:, 2] * _PIXELS_PER_UNIT
    place = np.stack([row, column, towards * shown[:, 0]], axis=1)
    corners = place[faces]
    # Faces turned away are behind others, whatever is drawn.
    edge = shown[faces[:, 1]] - shown[faces[:, 0]], shown[faces[:, 2]] - shown[faces[:, 0]]
    front = np.flatnonzero(np.cross(*edge)[:, 0] * towards > 0)
    pixel, face, weight, depth = (np.concatenate(parts) for parts in zip(*_samples(corners, front), strict=True))
    # The painter's order: what is nearest is written last and stays.
    order = np.argsort(depth, kind="stable")
    top = np.full(HEIGHT * WIDTH, -1)
    top[pixel[order]] = order
    top = _closed(top.reshape(HEIGHT, WIDTH))
    inside = top >= 0
    vertices, weights = faces[face[top]], weight[top].astype(np.float32)
    shade = (bright[vertices] * weights).sum(axis=-1)
    return View(inside, vertices, weights, np.clip(shade, 0.0, 1.0).astype(np.float32))


def _samples(
    corners: np.ndarray, faces: np.ndarray
) -> list[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]]:
    """Return points on faces, dense enough to leave no pixel out, as (pixel, face, weights (n, 3), depth)."""
    edges = np.linalg.norm(corners[:, :, :2] - np.roll(corners[:, :, :2], 1, axis=1), axis=2).max(axis=1)
    steps = np.clip(np.ceil(edges / 4).astype(int) * 4, 4, 96)
    samples = []
    for count in np.unique(steps[faces]):
        mine = faces[steps[faces] == count]
        grid = [(i, j, count - i - j) for i in range(count + 1) for j in range(count + 1 - i)]
        weights = np.array(grid) / count
        points = np.einsum("sk,fkc->fsc", weights, corners[mine])
        row, column = (np.rint(points[..., axis]).astype(int) for axis in (0, 1))
        kept = (row >= 0) & (row < HEIGHT) & (column >= 0) & (column < WIDTH)
        who = np.broadcast_to(mine[:, None], kept.shape)
        near = np.broadcast_to(weights[None], (*kept.shape, 3))
        samples.append((row[kept] * WIDTH + column[kept], who[kept], near[kept], points[..., 2][kept]))
    return samples


def _closed(top: np.ndarray) -> np.ndarray:
    """Fill pinholes between samples with their nearest pixel."""
    inside = top >= 0
    filled = ndimage.binary_closing(np.pad(inside, 4), iterations=2)[4:-4, 4:-4] | inside
    _, nearest = ndimage.distance_transform_edt(~inside, return_indices=True)
    return np.where(filled, top[tuple(nearest)], -1)


def _normals(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    corner = vertices[faces]
    across = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    normals = np.zeros_like(vertices)
    for k in range(3):
        np.add.at(normals, faces[:, k], across)
    return normals / np.linalg.norm(normals, axis=1, keepdims=True)
