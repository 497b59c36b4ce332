import pandas as pd

from brainaging.pipeline.experiments.shipped.figures import Figure, outside, write_figures

MAE = Figure("mae_years", 4.2, 3.9, 4.6, 135, "the mean age", 17.0)


def test_a_figure_within_the_interval_of_what_ships_is_within_tolerance():
    shipped = {"mae_years": MAE.entry}
    assert outside([MAE], shipped) == []
    assert outside([Figure("mae_years", 4.7, 4.0, 5.0, 135)], shipped) == ["mae_years"]
    assert outside([Figure("mae_years", 3.8, 3.0, 5.0, 135)], shipped) == ["mae_years"]
    assert outside([Figure("r2", 0.1, 0.0, 0.2, 135)], shipped) == []


def test_entries_and_tables_have_what_was_measured(tmp_path):
    assert MAE.entry == {
        "value": 4.2,
        "low": 3.9,
        "high": 4.6,
        "n": 135,
        "beside": "the mean age",
        "beside_value": 17.0,
    }
    write_figures([MAE, Figure("r2", 0.5, 0.4, 0.6, 135)], tmp_path / "measured.csv")
    table = pd.read_csv(tmp_path / "measured.csv")
    assert table["metric"].tolist() == ["mae_years", "r2"]
    assert table.loc[0, ["value", "low", "high"]].tolist() == [4.2, 3.9, 4.6]
