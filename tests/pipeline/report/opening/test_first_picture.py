"""The picture that opens a page is the first that the run has."""

import shutil

import pytest

from brainaging.pipeline.report.inputs import read_run
from brainaging.pipeline.report.opening.first_picture import opening_picture


@pytest.mark.parametrize(
    ("files", "title"),
    [
        (("edits.npz", "reconstructions.npz"), "One brain along the years"),
        (("reconstructions.npz", "regions.csv"), "A held-out scan and its reconstructions"),
        (("cohort.json",), None),
    ],
)
def test_the_picture_is_the_first_that_the_run_has(example_run, tmp_path, files, title):
    for name in files:
        shutil.copy(example_run / name, tmp_path)
    picture = opening_picture(read_run(tmp_path))
    assert (picture.title if picture else None) == title


def test_a_table_opens_with_a_painted_brain(example_run, tmp_path):
    shutil.copy(example_run / "regions.csv", tmp_path)
    picture = opening_picture(read_run(tmp_path))
    assert picture is not None and picture.title.startswith("Men minus women")


def test_a_file_that_cannot_be_shown_leaves_the_next_picture(example_run, tmp_path):
    shutil.copy(example_run / "reconstructions.npz", tmp_path)
    shutil.copy(example_run / "placement.npz", tmp_path / "edits.npz")
    picture = opening_picture(read_run(tmp_path))
    assert picture is not None and picture.title == "A held-out scan and its reconstructions"
