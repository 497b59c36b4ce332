"""The latent table comes back as it was written, or says what is wrong."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from brainaging.pipeline.engines import read_latents, write_latents
from brainaging.pipeline.runtime import UserError

SUBJECTS = ["007", "007", 'comma, "quote"', "../../etc"]
SESSIONS = ["ses-1", "NA", "", "01"]
FINITE = st.floats(-(2.0**99), 2.0**99, width=32).filter(lambda x: x == 0 or abs(x) > 1e-30)


@settings(max_examples=30, deadline=None)
@given(arrays(np.float32, (4, 3), elements=FINITE))
def test_round_trip_by_equality(tmp_path_factory, latents) -> None:
    path = tmp_path_factory.mktemp("latents") / "latents.csv"
    write_latents(path, list(zip(SUBJECTS, SESSIONS, strict=True)), latents, "t1w_32-aaaa")
    subjects, sessions, latents_read = read_latents(path, "t1w_32-aaaa")
    assert subjects == SUBJECTS and sessions == SESSIONS
    assert latents_read.dtype == np.float32
    np.testing.assert_array_equal(latents_read, latents)


def test_a_table_without_sessions_is_read_too(tmp_path) -> None:
    path = tmp_path / "latents.csv"
    path.write_text("subject,grid,z0000\nNA,g,1.5\n")
    subjects, sessions, latents = read_latents(path)
    assert (subjects, sessions, latents.tolist()) == (["NA"], [""], [[1.5]])


def test_another_grid_is_refused_with_both(tmp_path) -> None:
    path = tmp_path / "latents.csv"
    write_latents(path, [("a", "")], np.zeros((1, 2), np.float32), "t1w_32-aaaa")
    with pytest.raises(UserError, match=r"latents\.csv.*t1w_32-aaaa.*t1w_48-bbbb"):
        read_latents(path, "t1w_48-bbbb")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "no latent table"),
        ("", "no latent table"),
        ("a,b\n1,2\n", "column 'subject' is missing"),
        ("subject,grid\nx,g\n", "column 'z0000' is missing"),
        ("subject,grid,z0000\nx,g,many\n", "expected numbers"),
        ("subject,grid,z0000\nx,g,\n", "expected numbers"),
    ],
)
def test_what_is_no_latent_table_is_one_clear_line(tmp_path, text, message) -> None:
    path = tmp_path / "latents.csv"
    if text is not None:
        path.write_text(text)
    with pytest.raises(UserError, match=rf"latents\.csv.*{message}") as caught:
        read_latents(path)
    assert "\n" not in str(caught.value)


def test_a_file_of_the_users_own_is_never_written_over(tmp_path):
    path = tmp_path / "cohort.csv"
    path.write_text("subject,session,image\n")
    with pytest.raises(UserError, match=r"cohort\.csv: expected no file, or a table of latents"):
        write_latents(path, [("a", "")], np.zeros((1, 2), np.float32), "t1w_32-aaaa")
    assert path.read_text() == "subject,session,image\n"


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_latents_that_are_not_finite_are_not_written(tmp_path, bad):
    latents = np.zeros((3, 2), np.float32)
    latents[1, 0] = bad
    with pytest.raises(UserError, match="found NaN or infinity in 1 of 3 rows"):
        write_latents(tmp_path / "l.csv", [("a", ""), ("b", ""), ("c", "")], latents, "t1w_32-0")
    assert not (tmp_path / "l.csv").exists()
