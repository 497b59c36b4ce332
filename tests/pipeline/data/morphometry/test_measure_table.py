"""A table in memory: whose row is whose, what is head size, and a digest that knows numbers only."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from brainaging.pipeline.data.morphometry import Morphometry, exponents, head_size_column
from brainaging.pipeline.data.morphometry.measure_table import other_spelling


def _values(subjects):
    names = ["lh_insula_thickness", "EstimatedTotalIntraCranialVol"]
    numbers = np.random.default_rng(0).normal([3, 1.5e6], [0.1, 1e5], (len(subjects), 2))
    return pd.DataFrame(numbers, columns=names, index=pd.Index(subjects, name="subject"))


def test_what_scales_with_head_size():
    names = ["FS_L_Hippo_Vol", "FS_L_Insula_Area", "FS_L_Insula_Thck", "FS_InterCranial_Vol"]
    assert exponents(names).tolist() == [1, 2 / 3, 0, 1]
    assert head_size_column(names) == "FS_InterCranial_Vol"
    assert head_size_column(names[:3]) is None


def test_no_one_is_given_the_row_of_another_whose_id_differs_by_sub():
    morphometry = Morphometry(_values([f"sub-{n:02d}" for n in range(3)]))
    rows, absent = morphometry.rows_of(["sub-00", "00", "01", "sub_02", "SUB-03", "4"])
    assert rows.tolist() == [0, -1, 1, -1, -1, -1]
    assert absent == ["00", "sub_02", "SUB-03", "4"]


def test_the_digest_knows_numbers_not_their_order():
    values = _values(["a", "b", "c"])
    turned = Morphometry(values.iloc[::-1, ::-1], source="elsewhere.csv")
    assert Morphometry(values).digest == turned.digest
    assert Morphometry(values * 1.0001).digest != turned.digest


def test_head_size_is_in_millilitres_and_unknown_without_a_column():
    values = _values(["a", "b"])
    np.testing.assert_allclose(Morphometry(values).head_size(), values.iloc[:, 1] / 1000)
    assert np.isnan(Morphometry(values.iloc[:, :1]).head_size()).all()


@settings(deadline=None)
@given(st.text(max_size=12))
def test_the_other_spelling_is_its_own_inverse(name):
    bare = name.removeprefix("sub-")
    assert other_spelling(other_spelling(bare)) == bare
    assert (other_spelling(bare) == f"sub-{bare}") == (not bare.startswith("sub-"))
