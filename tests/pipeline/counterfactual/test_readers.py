"""The judge of edits: it reads sex from shape, and not from the size of the head."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from brainaging.pipeline.counterfactual import readers as judges
from brainaging.pipeline.counterfactual.covariates import Covariates
from brainaging.pipeline.counterfactual.readers import Judge
from brainaging.transforms import get_grid, origin_voxel, scale_head, template_volume

GRID = get_grid("t1w_32")
LEARN = 240


def brains(count: int, bump: float, seed: int = 0) -> tuple[np.ndarray, Covariates]:
    """Return templates, each with its own smooth shading, in noise: men's heads are larger and have a bump on
    each side, together of the energy of one as bright as ``bump``, old people's are darker.
    """
    random = np.random.default_rng(seed)
    male = (random.random(count) < 0.5).astype(float)
    age = random.uniform(20, 80, count)
    size = 1400 * 1.12**male * np.exp(0.06 * random.standard_normal(count))
    template = template_volume(GRID)
    axes = np.indices(GRID.shape) - 15.5
    axes[0] = np.abs(axes[0])
    place = np.exp(-np.square(axes - np.array([6.0, 0, 0])[:, None, None, None]).sum(axis=0) / 8) * (template > 0)
    scales = (size / 1480) ** (1 / 3)
    heads = []
    for years, man, scale in zip(age, male, scales, strict=True):
        shading = 1 + gaussian_filter(random.standard_normal(GRID.shape), 2)
        one = template * shading * (1 - 0.004 * (years - 50)) + bump / np.sqrt(2) * man * place
        heads.append(scale_head(one.astype(np.float32), scale, origin_voxel(GRID)))
    made = np.stack(heads)
    return (made + 0.03 * random.standard_normal(made.shape)).astype(np.float32), Covariates(age, male, size)


def judged(bump: float, held_back: float = 1.0) -> tuple[Judge, np.ndarray, Covariates]:
    """Learn from brains whose head sizes are measured as their power ``held_back``."""
    volumes, people = brains(LEARN + 120, bump)
    people = people.with_head_size(1400 * (people.head_size / 1400) ** held_back)
    learned = Judge.fit(volumes[:LEARN], GRID, people[:LEARN], np.arange(LEARN), 0)
    return learned, volumes[LEARN:], people[LEARN:]


@pytest.fixture(scope="module")
def shaped():
    return judged(0.2)


def test_a_sex_that_shows_in_shape_is_read(shaped):
    judge, volumes, people = shaped
    right = (judge.male(volumes, people.head_size) > 0.5) == (people.male > 0.5)
    assert right.mean() > 0.9
    assert np.abs(judge.years(volumes, people.head_size) - people.age).mean() < 5


def test_a_head_of_another_size_is_the_same_brain_to_the_judge(shaped):
    judge, volumes, people = shaped
    larger = np.stack([scale_head(one, 1.1 ** (1 / 3), origin_voxel(GRID)) for one in volumes])
    said, again = (judge.male(v, people.head_size * factor) > 0.5 for v, factor in ((volumes, 1.0), (larger, 1.1)))
    assert (said == again).mean() > 0.95


def test_a_mirrored_brain_is_the_same_brain_to_the_judge(shaped):
    judge, volumes, people = shaped
    said, again = (judge.male(brains, people.head_size) for brains in (volumes, volumes[:, ::-1]))
    np.testing.assert_allclose(said, again, atol=1e-4)


@pytest.mark.parametrize("held_back", [1.0, 0.85])
def test_a_sex_that_shows_in_head_size_alone_is_not_read(held_back):
    judge, volumes, people = judged(0.0, held_back)
    right = ((judge.male(volumes, people.head_size) > 0.5) == (people.male > 0.5)).mean()
    assert abs(right - 0.5) < 0.15


def test_a_sex_that_shows_in_sharpness_alone_is_read_less(monkeypatch):
    volumes, people = brains(LEARN + 120, 0.0)
    blurred = 0.9 * volumes + 0.05 * (np.roll(volumes, 1, axis=1) + np.roll(volumes, -1, axis=1))
    men = people.male > 0.5
    volumes[men] = blurred[men]
    right = []
    for width in (judges.FWHM_MM, 0.0):
        monkeypatch.setattr(judges, "FWHM_MM", width)
        judge = Judge.fit(volumes[:LEARN], GRID, people[:LEARN], np.arange(LEARN), 0)
        said = judge.male(volumes[LEARN:], people[LEARN:].head_size) > 0.5
        right.append(float((said == men[LEARN:]).mean()))
    assert right[1] > 0.9
    assert right[0] < right[1] - 0.1
