"""An edit is read back as it was written, with from whom it and its reader learned; other files are refused."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from brainaging.pipeline.counterfactual.edit_checkpoint import FORMAT, load, save
from brainaging.pipeline.counterfactual.own_tissue import COMPONENTS
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


def test_an_edit_that_moves_own_tissue_edits_alike_when_it_is_read_back(learned, regressed, tmp_path):
    _, volumes, _, people = regressed
    shape = (len(learned.edit.velocities), len(COMPONENTS))
    amplitudes = 0.02 * np.random.default_rng(0).standard_normal(shape)
    # alignment sees more than the template's velocities: what own tissue does, too
    edit = replace(learned.edit, amplitudes=amplitudes, expected=2 * learned.edit.velocities)
    draws = np.random.default_rng(1).standard_normal((len(learned.draws), *shape)).astype(np.float32)
    save(replace(learned, edit=edit, tissue_draws=draws), tmp_path / "edits.pt")
    again = load(tmp_path / "edits.pt")
    np.testing.assert_array_equal(again.tissue_draws, draws)
    one = slice(0, 1)
    before, after = people[one], people[one].older(10.0)
    np.testing.assert_array_equal(again.edit.align(volumes[one], before), edit.align(volumes[one], before))
    np.testing.assert_array_equal(
        again.edit.predicted_change(volumes[one], before, after),
        edit.predicted_change(volumes[one], before, after),
    )


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
        ({"amplitudes": torch.ones(5, 2), "tissue": ["ventricles", "cortex"]}, "found ventricles, cortex"),
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
