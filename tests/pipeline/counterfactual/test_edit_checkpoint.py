"""An edit is read back as it was written, with from whom it and its reader learned; other files are refused."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from brainaging.pipeline.counterfactual.edit_checkpoint import FORMAT, load, save
from brainaging.pipeline.runtime import UserError


def test_an_edit_is_read_back_as_it_was_written(learned, tmp_path):
    save(learned, tmp_path / "edits.pt")
    again = load(tmp_path / "edits.pt")
    np.testing.assert_array_equal(again.edit.velocities, learned.edit.velocities)
    np.testing.assert_array_equal(again.edit.contrast, learned.edit.contrast)
    np.testing.assert_array_equal(again.edit.alignment.template, learned.edit.alignment.template)
    assert again.edit.design == learned.edit.design
    # half precision
    np.testing.assert_allclose(again.draws, learned.draws, rtol=1e-3, atol=1e-4)
    for name in ("ages", "cohort", "simulated", "count", "reader_count", "no_reader", "misfit"):
        assert getattr(again, name) == getattr(learned, name)
    np.testing.assert_array_equal(again.reader.sex, learned.reader.sex)
    np.testing.assert_array_equal(again.reader.age, learned.reader.age)
    assert (again.reader.log_size, again.reader.slope) == (learned.reader.log_size, learned.reader.slope)


def test_an_edit_without_a_reader_says_why(learned, tmp_path):
    save(replace(learned, reader=None, reader_count=0, no_reader="too few"), tmp_path / "edits.pt")
    again = load(tmp_path / "edits.pt")
    assert again.reader is None
    assert again.no_reader == "too few"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": "brainaging edit 6"}, "run `brainaging directions` again"),
        ({"format": "a classifier"}, "weights that cannot edit"),
        ({"grid": "of another"}, "does not know"),
        ({"knots_mm": 48.0}, "numbers in a velocity"),
        ({"velocities": None}, "found one with entries of another kind"),
        ({"reader": {}}, "expected 'log_size' in an edit's checkpoint, found none"),
    ],
)
def test_other_files_are_refused_in_one_line(learned, tmp_path, change, words):
    path = tmp_path / "edits.pt"
    save(learned, path)
    state = torch.load(path, weights_only=True)
    assert state["model"]["format"] == FORMAT
    torch.save({"model": state["model"] | change}, path)
    with pytest.raises(UserError, match=words):
        load(path)
