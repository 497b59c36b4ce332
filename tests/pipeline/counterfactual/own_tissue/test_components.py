"""Motions of own tissue: what should grow grows, what should shrink shrinks, and the head keeps its size."""

import numpy as np
import pytest

from brainaging.pipeline.counterfactual.own_tissue import COMPONENTS, own_tissue
from brainaging.pipeline.counterfactual.own_tissue.components import LOBES, MOTIONS, TISSUE_GRID, lobes
from brainaging.pipeline.data.freesurfer_atlases import DESIKAN_KILLIANY, atlas
from brainaging.pipeline.measures.own_anatomy import own_anatomy
from brainaging.transforms import get_grid, template_volume

SPEC = get_grid(TISSUE_GRID)


@pytest.fixture(scope="module")
def scan() -> np.ndarray:
    return template_volume(SPEC)


@pytest.fixture(scope="module")
def tissue(scan):
    return own_tissue(scan, SPEC)


def unit(name: str, size: float) -> np.ndarray:
    return size * (np.array(COMPONENTS) == name)


def divergence(velocity: np.ndarray) -> np.ndarray:
    return sum(np.gradient(velocity[axis] / SPEC.spacing, axis=axis) for axis in range(3))


def test_lobes_share_out_every_voxel_and_their_structures_are_the_atlass():
    np.testing.assert_allclose(lobes().sum(axis=0), 1.0, atol=1e-6)
    known = {region.structure for region in atlas(DESIKAN_KILLIANY).regions.values()}
    for structures in LOBES.values():
        assert structures <= known
    assert sum(map(len, LOBES.values())) == len(frozenset().union(*LOBES.values()))


@pytest.mark.parametrize("name", MOTIONS)
def test_what_is_named_changes_its_volume_the_right_way(name, scan, tissue):
    anatomy = own_anatomy(scan, SPEC)
    ventricles, (_, grey, white) = anatomy.ventricles, anatomy.shares
    changes = divergence(tissue.velocity(unit(name, 1.0)))
    weights = {"ventricles": ventricles, "white matter": white}
    weights |= {f"{lobe} grey matter": grey * part for lobe, part in zip(LOBES, lobes(), strict=True)}
    mean = float((changes * weights[name]).sum() / weights[name].sum())
    assert mean > 0.2 if name == "ventricles" else mean < -0.01


@pytest.mark.parametrize("name", MOTIONS)
def test_nothing_leaves_the_skull(name, tissue):
    velocity = tissue.velocity(unit(name, 1.0))
    assert not velocity[:, ~tissue.inside].any()


def test_intensity_changes_where_its_tissue_is_and_moves_nothing(scan, tissue):
    white = unit("intensity of white matter", 0.1)
    assert not tissue.velocity(white).any()
    np.testing.assert_allclose(
        tissue.brightening(white), 0.1 * own_anatomy(scan, SPEC).shares[2] * tissue.inside, atol=1e-3
    )


def test_amplitudes_add_up(tissue):
    both = unit("ventricles", 0.2) + unit("white matter", 0.05)
    parts = [tissue.velocity(unit("ventricles", 0.2)), tissue.velocity(unit("white matter", 0.05))]
    np.testing.assert_allclose(tissue.velocity(both), sum(parts), atol=1e-5)


def test_a_finer_grid_finds_the_same_motion(tissue):
    fine = get_grid("t1w_64")
    found = own_tissue(template_volume(fine), fine)
    both = [each.velocity(unit("ventricles", 1.0)).ravel() for each in (tissue, found)]
    assert np.corrcoef(*both)[0, 1] > 0.95
