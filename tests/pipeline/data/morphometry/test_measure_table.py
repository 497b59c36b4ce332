"""A table in memory: whose row is whose, what is head size, and a digest that knows numbers only."""

import numpy as np
import pandas as pd

from brainaging.pipeline.data.morphometry import Morphometry, exponents, head_size_column


def _values(subjects):
    names = ["lh_insula_thickness", "EstimatedTotalIntraCranialVol"]
    numbers = np.random.default_rng(0).normal([3, 1.5e6], [0.1, 1e5], (len(subjects), 2))
    return pd.DataFrame(numbers, columns=names, index=pd.Index(subjects, name="subject"))


def test_what_scales_with_head_size():
    names = ["FS_L_Hippo_Vol", "FS_L_Insula_Area", "FS_L_Insula_Thck", "FS_InterCranial_Vol"]
    assert exponents(names).tolist() == [1, 2 / 3, 0, 1]
    assert head_size_column(names) == "FS_InterCranial_Vol"
    assert head_size_column(names[:3]) is None


def test_no_one_is_given_the_row_of_another_whose_id_is_spelled_alike():
    morphometry = Morphometry(_values([f"sub-{n:02d}" for n in range(3)]))
    rows, absent = morphometry.rows_of([(name, "") for name in ("sub-00", "00", "01", "sub_02", "SUB-03", "4")])
    assert rows.tolist() == [0, -1, 1, 2, -1, -1]
    assert absent == dict.fromkeys((1, 4, 5), "not in the morphometry table")


def test_a_row_is_of_a_session():
    morphometry = Morphometry(_values(["7_ses-1.long.7", "7_ses-2.long.7", "8", "9_ses-1"]))
    rows, absent = morphometry.rows_of(
        [("sub-7", "ses-02"), ("sub-7", "1"), ("8", "ses-5"), ("9", ""), ("9", "3")]
    )
    assert rows.tolist() == [1, 0, 2, -1, -1]
    assert absent[4] == "expected a row of session 3, found of session ses-1"


def test_the_digest_knows_numbers_not_their_order():
    values = _values(["a", "b", "c"])
    turned = Morphometry(values.iloc[::-1, ::-1], source="elsewhere.csv")
    assert Morphometry(values).digest == turned.digest
    assert Morphometry(values * 1.0001).digest != turned.digest


def test_head_size_is_in_millilitres_and_unknown_without_a_column():
    values = _values(["a", "b"])
    np.testing.assert_allclose(Morphometry(values).head_size(), values.iloc[:, 1] / 1000)
    assert np.isnan(Morphometry(values.iloc[:, :1]).head_size()).all()
