"""A user's own file is never written over."""

import pytest

from brainaging.pipeline.runtime import UserError, check_own


@pytest.mark.parametrize("content", [None, "", "subject,grid,z0\n", "subject,session,grid,z0\n"])
def test_a_new_file_an_empty_one_and_ones_own_are_fine(tmp_path, content):
    if content is not None:
        (tmp_path / "z.csv").write_text(content)
    check_own(tmp_path / "z.csv", ("subject,session,grid,", "subject,grid,"), "a table of latents")


@pytest.mark.parametrize("content", ["x", "subject,path\n", "\ufeffsubject,grid,", "subject"])
def test_another_file_is_refused_and_named(tmp_path, content):
    (tmp_path / "z.csv").write_text(content)
    with pytest.raises(
        UserError, match=r"z\.csv: expected no file, or a table of latents, found a file of your own"
    ):
        check_own(tmp_path / "z.csv", ("subject,grid,",), "a table of latents")


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(UserError, match="found a folder"):
        check_own(tmp_path, ("subject",), "a table")
