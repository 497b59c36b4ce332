"""The reader of edited brains reads sex from shape, and not from the size of the head."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from brainaging.pipeline.counterfactual import readers
from brainaging.pipeline.counterfactual.covariates import Covariates
from brainaging.pipeline.counterfactual.readers import SexAgeReader
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
    scans = np.stack(heads)
    return (scans + 0.03 * random.standard_normal(scans.shape)).astype(np.float32), Covariates(age, male, size)


def fitted(bump: float, held_back: float = 1.0) -> tuple[SexAgeReader, np.ndarray, Covariates]:
    """Learn from brains whose head sizes are measured as their power ``held_back``."""
    volumes, people = brains(LEARN + 120, bump)
    people = people.with_head_size(1400 * (people.head_size / 1400) ** held_back)
    reader = SexAgeReader.fit(volumes[:LEARN], GRID, people[:LEARN], np.arange(LEARN), 0)
    return reader, volumes[LEARN:], people[LEARN:]


@pytest.fixture(scope="module")
def shaped():
    return fitted(0.2)


def test_a_sex_that_shows_in_shape_is_read(shaped):
    reader, volumes, people = shaped
    right = (reader.probability_male(volumes, people.head_size) > 0.5) == (people.male > 0.5)
    assert right.mean() > 0.9
    assert np.abs(reader.years(volumes, people.head_size) - people.age).mean() < 5


def test_a_head_of_another_size_is_the_same_brain_to_the_reader(shaped):
    reader, volumes, people = shaped
    larger = np.stack([scale_head(one, 1.1 ** (1 / 3), origin_voxel(GRID)) for one in volumes])
    first, again = (
        reader.probability_male(v, people.head_size * factor) > 0.5
        for v, factor in ((volumes, 1.0), (larger, 1.1))
    )
    assert (first == again).mean() > 0.95


def test_a_mirrored_brain_is_the_same_brain_to_the_reader(shaped):
    reader, volumes, people = shaped
    first, again = (reader.probability_male(brains, people.head_size) for brains in (volumes, volumes[:, ::-1]))
    np.testing.assert_allclose(first, again, atol=1e-4)


@pytest.mark.parametrize("held_back", [1.0, 0.85])
def test_a_sex_that_shows_in_head_size_alone_is_not_read(held_back):
    reader, volumes, people = fitted(0.0, held_back)
    right = ((reader.probability_male(volumes, people.head_size) > 0.5) == (people.male > 0.5)).mean()
    assert abs(right - 0.5) < 0.15


def test_a_sex_that_shows_in_sharpness_alone_is_read_less(monkeypatch):
    volumes, people = brains(LEARN + 120, 0.0)
    blurred = 0.9 * volumes + 0.05 * (np.roll(volumes, 1, axis=1) + np.roll(volumes, -1, axis=1))
    men = people.male > 0.5
    volumes[men] = blurred[men]
    right = []
    for width in (readers.FWHM_MM, 0.0):
        monkeypatch.setattr(readers, "FWHM_MM", width)
        reader = SexAgeReader.fit(volumes[:LEARN], GRID, people[:LEARN], np.arange(LEARN), 0)
        read_as_male = reader.probability_male(volumes[LEARN:], people[LEARN:].head_size) > 0.5
        right.append(float((read_as_male == men[LEARN:]).mean()))
    assert right[1] > 0.9
    assert right[0] < right[1] - 0.1
