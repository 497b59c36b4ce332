"""One file of measures: numbers by subject, and what is wrong with it."""

import numpy as np
import pytest

from brainaging.pipeline.data import CohortError
from brainaging.pipeline.data.morphometry.numbers import read_numbers


def test_intensities_are_told_from_volumes_and_global_measures_keep_their_names(tmp_path):
    path = tmp_path / "mean.txt"
    path.write_text("Measure:mean\tLeft-Amygdala\teTIV\nsub-1\t50\t1500000\n")
    assert list(read_numbers(path).frame.columns) == ["Left-Amygdala_mean", "eTIV"]


def test_problems_are_gathered_and_good_numbers_stay(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("Subject,FS_L_Hippo_Vol,FS_InterCranial_Vol,IQ\na,4001,1.5e6,90\nb,x,0,91\nsub-a,.,1.6e6,92\n")
    numbers = read_numbers(path)
    assert [problem.subject for problem in numbers.problems] == ["sub-a", "b", "b"]
    # HCP's table holds 500 columns of other things, which are passed over without a word
    assert list(numbers.frame.columns) == ["FS_L_Hippo_Vol", "FS_InterCranial_Vol"] and not numbers.dropped
    np.testing.assert_array_equal(numbers.frame["FS_L_Hippo_Vol"], [4001, np.nan, np.nan])


def test_people_without_a_measure_are_left_out_with_a_note(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("Subject,FS_L_Hippo_Vol\na,4001\nb,n/a\n")
    numbers = read_numbers(path)
    assert list(numbers.frame.index) == ["a"]
    assert numbers.notes == ["t.csv: 1 of 2 people have no measure: left out"]


@pytest.mark.parametrize("content", ["Subject,IQ\na,1\n", "Subject,FS_L_Hippo_Vol,FS_L_Hippo_Vol\na,1,2\n"])
def test_a_table_without_measures_or_with_one_twice_is_refused(tmp_path, content):
    (tmp_path / "t.csv").write_text(content)
    with pytest.raises(CohortError, match=r"t\.csv"):
        read_numbers(tmp_path / "t.csv")
