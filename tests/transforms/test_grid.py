from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nibabel import aff2axcodes
from nibabel.affines import apply_affine

from brainaging.transforms import GRIDS, GridMismatchError, GridSpec, check_fingerprint, get_grid
from brainaging.transforms.grid import CENTRE_MM, FIELD_OF_VIEW_MM

ORIENTATIONS = ["RAS", "LAS", "LPS", "PSR", "ILA"]


def test_fingerprint_changes_with_every_field():
    grid = GRIDS["t1w_64"]
    other = {
        "name": "mine",
        "shape": (64, 64, 63),
        "spacing": 3.0001,
        "orientation": "LAS",
        "intensity": "another",
    }
    assert set(other) == {field.name for field in fields(GridSpec)}
    prints = {grid.fingerprint} | {replace(grid, **{name: value}).fingerprint for name, value in other.items()}
    assert len(prints) == 1 + len(other)


def test_fingerprint_is_the_same_however_a_config_writes_the_grid():
    assert GridSpec("t1w_64", [64, 64, 64], 3).fingerprint == GRIDS["t1w_64"].fingerprint


def test_fingerprints_do_not_drift():
    # Checkpoints and caches in the world carry these: changing one must be meant.
    assert GRIDS["t1w_32"].fingerprint == "t1w_32-bf3c837c"
    assert GRIDS["t1w_64"].fingerprint == "t1w_64-fb6df561"


@pytest.mark.parametrize("grid", GRIDS.values(), ids=lambda grid: grid.name)
def test_named_grids_cover_the_same_field_of_view_round_the_same_middle(grid):
    middle = apply_affine(grid.affine, (np.asarray(grid.shape) - 1) / 2)
    np.testing.assert_allclose(middle, CENTRE_MM)
    assert [n * grid.spacing for n in grid.shape] == [FIELD_OF_VIEW_MM] * 3


@given(
    orientation=st.sampled_from(ORIENTATIONS),
    shape=st.tuples(*[st.integers(2, 200)] * 3),
    spacing=st.floats(0.5, 8),
)
def test_affine_has_the_orientation_spacing_and_middle_asked_for(orientation, shape, spacing):
    grid = GridSpec("any", shape, spacing, orientation)
    assert "".join(aff2axcodes(grid.affine)) == orientation
    np.testing.assert_allclose(np.linalg.norm(grid.affine[:3, :3], axis=0), spacing)
    np.testing.assert_allclose(apply_affine(grid.affine, (np.asarray(shape) - 1) / 2), CENTRE_MM, atol=1e-9)


@pytest.mark.parametrize(
    "bad",
    [
        {"shape": (64, 64)},
        {"shape": (64, 64, 1)},
        {"spacing": 0},
        {"spacing": float("nan")},
        {"orientation": "RAR"},
        {"orientation": "XYZ"},
    ],
)
def test_a_grid_that_is_none_is_refused(bad):
    with pytest.raises(ValueError, match="grid 'g': expected"):
        GridSpec(**{"name": "g", "shape": (8, 8, 8), "spacing": 3.0, **bad})


def test_unknown_name_lists_the_known_ones():
    with pytest.raises(ValueError, match="t1w_32, t1w_48, t1w_64, t1w_96, t1w_128, t1w_192, found 't1w_70'"):
        get_grid("t1w_70")


def test_mismatch_prints_both_fingerprints():
    one, other = GRIDS["t1w_64"], GRIDS["t1w_96"]
    check_fingerprint(one, one.fingerprint, "the cache")
    check_fingerprint("t1w_64", one.fingerprint, "the cache")
    with pytest.raises(GridMismatchError) as error:
        check_fingerprint(one, other.fingerprint, "model.pt")
    assert str(error.value) == f"model.pt: expected grid {one.fingerprint}, found {other.fingerprint}"
