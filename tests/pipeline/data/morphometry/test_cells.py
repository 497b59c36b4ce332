"""Numbers in cells: decimal commas, thousands, missing values, and what nobody can know."""

import numpy as np
import pytest

from brainaging.pipeline.data.morphometry.cells import is_doubtful, read_cells


@pytest.mark.parametrize(
    ("texts", "comma", "values"),
    [
        (["1.5", "-2", "1e3", ""], False, [1.5, -2, 1000, np.nan]),
        ([".", "n/a", "-", "NaN"], False, [np.nan] * 4),
        (["1,5", "2"], True, [1.5, 2]),
        (["1,560,838", "1,560", "999"], False, [1560838, 1560, 999]),
        (["1,560.5", "12"], False, [1560.5, 12]),
        (["1.560.838,5", "1.560", "12,5"], True, [1560838.5, 1560, 12.5]),
        (["1,560,838", "912"], True, [1560838, 912]),
        (["1 560 838", "1'560'838.5", "1\u00a0560,5"], False, [1560838, 1560838.5, 1560.5]),
        (["1_000", "x"], False, [np.nan, np.nan]),
        (["1,560"], False, [np.nan]),
        (["1.234,5", "2.435", "912.5"], False, [np.nan, 2.435, 912.5]),
        (["1.234,5", "912.5"], True, [np.nan, 912.5]),
        (["2,435", "0,9"], True, [2.435, 0.9]),
    ],
)
def test_what_cells_hold(texts, comma, values):
    np.testing.assert_array_equal(read_cells(texts, comma).values, values)


def test_text_is_told_from_missing_and_separators_are_said():
    cells = read_cells(["n/a", "big", "1"], comma_decimal=False)
    assert cells.text.tolist() == [False, True, False]
    assert not cells.thousands
    assert read_cells(["1,560.5"], comma_decimal=False).thousands
    assert is_doubtful("1,560") and not is_doubtful("1,56") and not is_doubtful("1560")
