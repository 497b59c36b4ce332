"""Two principal components of voxels and latents: the figure, and what two numbers know of sex and age."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from brainaging.pipeline.runtime import atomic_output, generator, write_json
from brainaging.pipeline.stats.encodings import Subjects
from brainaging.pipeline.stats.sample_space import FoldSpace

COMPONENTS = 2


@dataclass(frozen=True)
class Projection:
    """Subjects on the first two axes of one fold's training subjects, and the axes' share of the variance."""

    index: np.ndarray
    points: np.ndarray
    is_test: np.ndarray
    explained: tuple[float, float]


def first_components(space: FoldSpace) -> FoldSpace:
    """Return the fold with its first two principal components only.

    A sample space's scores are principal component scores, largest variance first, fitted on training rows.
    """
    return replace(space, train=space.train[:, :COMPONENTS], test=space.test[:, :COMPONENTS])


def project(space: FoldSpace) -> Projection:
    """Return one fold's subjects on two axes fitted on its training subjects; test subjects are projected.

    The axes' scale is that of the sample space (training scores have a mean square norm of 1); each axis points
    to where its largest training score is positive.
    """
    points = np.zeros((len(space.train) + len(space.test), COMPONENTS))
    width = min(COMPONENTS, space.train.shape[1])
    points[:, :width] = np.concatenate([space.train[:, :width], space.test[:, :width]])
    top = np.abs(points[: len(space.train)]).argmax(axis=0)
    points = points * np.where(points[top, range(COMPONENTS)] < 0, -1.0, 1.0)
    variance = np.zeros(COMPONENTS)
    variance[:width] = (space.train[:, :width] ** 2).sum(axis=0) / max(float((space.train**2).sum()), 1e-300)
    variance *= space.kept
    is_test = np.r_[np.zeros(len(space.train), dtype=bool), np.ones(len(space.test), dtype=bool)]
    rows = np.concatenate([space.train_idx, space.test_idx])
    return Projection(rows, points, is_test, (float(variance[0]), float(variance[1])))


def write_projections(
    projections: Mapping[str, Projection], subjects: Subjects, out_dir: Path, seed: int, name: str = "pca"
) -> None:
    """Write ``name``.csv and ``name``.json.

    The CSV holds space, pc1, pc2, sex, age_group and part ("train" or "test"), with no subject id, in an order
    drawn with the run's seed, not the cohort's; age_group is the public bracket or a 10-year band.
    The JSON holds each axis' share of the training variance by space.
    """
    tables: Sequence[pd.DataFrame] = [
        pd.DataFrame(
            {
                "space": space,
                "pc1": shown.points[:, 0],
                "pc2": shown.points[:, 1],
                "sex": np.asarray(subjects.sex)[shown.index],
                "age_group": subjects.age_group[shown.index],
                "part": np.where(shown.is_test, "test", "train"),
            }
        ).iloc[generator(seed, "pca.csv", space).permutation(len(shown.index))]
        for space, shown in projections.items()
    ]
    with atomic_output(out_dir / f"{name}.csv") as temporary:
        pd.concat(tables).to_csv(temporary, index=False, float_format="%.5g")
    write_json(out_dir / f"{name}.json", {space: list(shown.explained) for space, shown in projections.items()})
