"""Scans of one person lie on one another: position and gain of a session are no change."""

import numpy as np
import pytest

from brainaging.pipeline.experiments.followup.placed_sessions import placed_people
from brainaging.pipeline.runtime import UserError
from brainaging.transforms import get_grid, template_dice, template_mask

GRID = get_grid("t1w_32")


@pytest.fixture(scope="module")
def placed(followed, tmp_path_factory):
    cohort, people = followed
    folder = tmp_path_factory.mktemp("placed")
    return folder, placed_people(cohort, people, GRID, folder)


def test_everybody_s_scans_are_there_on_the_template(followed, placed):
    _, people = followed
    assert [len(one.volumes) for one in placed[1]] == [len(person.rows) for person in people]
    for one in placed[1]:
        # heads keep a size of their own beside the grid's
        assert 0.5 < one.own_scale < 1.5
        for volume in one.volumes:
            assert template_dice(volume, GRID.affine) > 0.85
            assert volume.max() <= 1.25


def test_two_sessions_differ_less_than_two_people(placed):
    mask = template_mask(GRID)
    people = placed[1]
    within = [np.abs(one.visit(1) - one.visit(0))[mask].mean() for one in people if len(one.person.visits) > 1]
    within += [np.abs(again - scan)[mask].mean() for one in people for scan, again in one.retests]
    between = [
        np.abs(one.visit(0) - other.visit(0))[mask].mean()
        for number, one in enumerate(people)
        for other in people[:number]
    ]
    assert within
    assert max(within) < 0.6 * min(between)


def test_white_matter_of_sessions_is_alike_whatever_their_gain(placed):
    for one in placed[1]:
        white = one.visit(0) > 0.9
        levels = [float(np.median(volume[white])) for volume in one.volumes]
        assert np.ptp(levels) < 0.02


def test_what_was_placed_is_read_back_and_other_work_is_refused(followed, placed):
    cohort, people = followed
    folder, before = placed
    stamps = {path: path.stat().st_mtime_ns for path in folder.glob("*.npz")}
    again = placed_people(cohort, people, GRID, folder)
    assert {path: path.stat().st_mtime_ns for path in folder.glob("*.npz")} == stamps
    for one, other in zip(before, again, strict=True):
        np.testing.assert_array_equal(one.volumes, other.volumes)
    with pytest.raises(UserError, match="holds work of another run"):
        placed_people(cohort, people[:1], GRID, folder)
