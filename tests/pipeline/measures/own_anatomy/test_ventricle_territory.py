"""Where ventricles may be: the template's, and what is nearer to them than to other fluid."""

import numpy as np
import pytest
from nibabel.affines import apply_affine

from brainaging.pipeline.measures.own_anatomy.ventricle_territory import ventricle_distance, ventricle_territory
from brainaging.transforms import get_grid, template_mask


def _value(array, grid, point):
    index = np.rint(apply_affine(np.linalg.inv(grid.affine), point)).astype(int)
    return array[tuple(index)]


@pytest.mark.parametrize("name", ["t1w_48", "t1w_64"])
def test_the_territory_is_in_the_brain_and_alike_on_both_sides(name):
    grid = get_grid(name)
    territory = ventricle_territory(grid)
    assert (territory & ~template_mask(grid)).sum() <= 0.01 * territory.sum()
    assert (territory != territory[::-1]).mean() < 0.002
    assert territory[ventricle_distance(grid) == 0].all()


@pytest.mark.parametrize(
    "point",
    [(15, -8, 22), (-15, -8, 22), (26, -42, 8), (-10, 16, 6), (0, -10, 0), (34, -24, -12)],
    ids=["right body", "left body", "trigone", "frontal horn", "third", "temporal horn"],
)
def test_parts_of_the_ventricles_are_in_it(point):
    grid = get_grid("t1w_64")
    assert _value(ventricle_territory(grid), grid, point)
    assert _value(ventricle_distance(grid), grid, point) <= 5


@pytest.mark.parametrize(
    "point",
    [(0, -40, 2), (0, -14, -20), (40, 2, 0), (0, -44, -32), (0, 40, 30), (0, -62, 50)],
    ids=["quadrigeminal", "interpeduncular", "Sylvian", "fourth", "interhemispheric", "precuneal"],
)
def test_other_fluid_is_not(point):
    grid = get_grid("t1w_64")
    assert not _value(ventricle_territory(grid), grid, point)
