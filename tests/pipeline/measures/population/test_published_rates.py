"""The table of published rates: the package's own is whole, a falsified one is refused in one line."""

import csv
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainaging.pipeline.measures.population.published_rates import (
    COLUMNS,
    LEAST_PER_YEAR,
    PER_DECADE,
    PER_YEAR,
    TABLE,
    read_published_rates,
)
from brainaging.pipeline.measures.population.structures import STRUCTURES
from brainaging.pipeline.runtime import UserError

GOOD = {
    "structure": "hippocampus",
    "measure": "volume",
    "definition": "traced by hand",
    "comparable": "yes",
    "design": "longitudinal",
    "age_low": "60",
    "age_high": "80",
    "n": "100",
    "rate": "-1",
    "low": "-1.5",
    "high": "-0.5",
    "unit": "percent_per_year",
    "interval": "95 % CI",
    "source": "Somebody. Somewhere 2000",
    "identifier": "doi:10.1/x",
    "note": "",
}


@pytest.fixture
def table(tmp_path):
    """Return what writes a table of one row with some cells changed, and its path."""

    def write(columns=COLUMNS, **changed):
        path = tmp_path / "rates.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, columns, extrasaction="ignore")
            writer.writeheader()
            writer.writerow(GOOD | changed)
        return path

    return write


def test_the_packages_own_table_is_whole():
    rates = read_published_rates()
    assert {rate.structure for rate in rates} == set(STRUCTURES)
    assert {rate.measure for rate in rates} == {"volume", "thickness", "area"}
    for rate in rates:
        low, high = rate.percent_a_decade
        assert low < high
        # nobody loses or gains more in a decade, in any structure and at any age
        assert -25 < low < high < 60


def test_the_packages_own_table_holds_no_line_twice():
    text = (files("brainaging.pipeline.measures.population") / TABLE).read_text(encoding="utf-8")
    assert len(set(text.splitlines())) == len(text.splitlines()) == len(read_published_rates()) + 1


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"structure": "pineal gland"}, "structure: expected one of lateral ventricles"),
        ({"unit": ""}, "unit: expected one of percent_per_year, percent_per_decade, found ''"),
        ({"unit": "ml_per_year"}, "unit: expected"),
        ({"measure": "density"}, "measure: expected one of volume"),
        ({"design": "guess"}, "design: expected"),
        ({"comparable": "perhaps"}, "comparable: expected one of yes, nearly, no"),
        ({"rate": "about one"}, "rate: expected a number, found 'about one'"),
        ({"rate": "nan"}, "rate: expected a number"),
        ({"rate": "", "low": "", "high": ""}, "expected a rate, or low and high, or all three"),
        ({"low": ""}, "expected a rate, or low and high, or all three"),
        ({"rate": "-2"}, "expected low <= rate <= high"),
        ({"age_low": "90"}, "ages: expected 0 to 120 years"),
        ({"age_high": ""}, "ages: expected 0 to 120 years"),
        ({"source": " "}, "source: expected words"),
        ({"identifier": "personal communication"}, "identifier: expected one of doi:10."),
    ],
)
def test_a_falsified_row_is_refused_in_one_line_that_names_the_column(table, changed, said):
    path = table(**changed)
    with pytest.raises(UserError) as caught:
        read_published_rates(path)
    assert str(caught.value).startswith(f"{path}, line 2: ")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_column_is_named(table):
    path = table(columns=[name for name in COLUMNS if name != "unit"])
    with pytest.raises(UserError, match="missing unit"):
        read_published_rates(path)


def test_no_file_and_no_row_are_refused(tmp_path):
    with pytest.raises(UserError, match="none that can be read"):
        read_published_rates(tmp_path / "gone.csv")
    empty = tmp_path / "empty.csv"
    empty.write_text(",".join(COLUMNS) + "\n", encoding="utf-8")
    with pytest.raises(UserError, match="found no row"):
        read_published_rates(empty)


def test_a_range_alone_and_a_figure_alone_are_read(table):
    (alone,) = read_published_rates(table(rate=""))
    assert alone.rate is None
    assert alone.percent_a_decade == pytest.approx((100 * (0.985**10 - 1), 100 * (0.995**10 - 1)))
    (figure,) = read_published_rates(table(low="", high="", unit=PER_DECADE, rate="-6", n=""))
    assert figure.n is None
    assert figure.percent_a_decade == pytest.approx((-9.0, -4.0))


@given(rate=st.floats(-3, 3), unit=st.sampled_from([PER_YEAR, PER_DECADE]))
def test_a_figure_lies_in_its_own_range_which_is_never_a_point(rate, unit):
    (made,) = [one for one in read_published_rates() if one.low is None][:1]
    changed = type(made)(**{**vars(made), "rate": rate, "low": None, "high": None, "unit": unit})
    low, high = changed.percent_a_decade
    middle = rate if unit == PER_DECADE else 100 * ((1 + rate / 100) ** 10 - 1)
    assert low <= middle <= high
    assert high - low > 10 * LEAST_PER_YEAR
