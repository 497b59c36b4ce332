"""Which grid a prepared folder is on."""

import json
from dataclasses import asdict

import pytest

from brainaging.pipeline.data import grid_of
from brainaging.pipeline.runtime import UserError
from brainaging.transforms import GRIDS, GridSpec


def test_the_grid_comes_back_by_its_fields(tmp_path):
    grid = GridSpec("own", (8, 9, 10), 20.0)
    (tmp_path / "prepared.json").write_text(json.dumps({"grid": asdict(grid)}))
    assert grid_of(tmp_path) == grid and grid_of(tmp_path).fingerprint == grid.fingerprint


def test_without_data_it_is_the_default(tmp_path):
    assert grid_of(tmp_path) == GRIDS["t1w_32"] and grid_of(tmp_path, "t1w_64") == GRIDS["t1w_64"]


@pytest.mark.parametrize("content", ["{}", "not json", '{"grid": {"name": "x"}}', '{"grid": null}'])
def test_a_marker_without_a_grid_is_refused_by_name(tmp_path, content):
    (tmp_path / "prepared.json").write_text(content)
    with pytest.raises(UserError, match=r"prepared\.json: expected the description of a grid"):
        grid_of(tmp_path)
