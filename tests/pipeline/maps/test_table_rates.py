"""Rates of a table: a planted one is found at its ages, with sites, sex and head size held."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from brainaging.pipeline.data import SourceFormat, read_cohort
from brainaging.pipeline.data.morphometry import PreparedTable, prepare_morphometry, read_morphometry
from brainaging.pipeline.maps.table_rates import table_rates
from brainaging.pipeline.measures.population import AGE_SPANS
from brainaging.pipeline.runtime import UserError

YOUNG, MIDDLE, OLD = AGE_SPANS
PEOPLE = 300


def prepared(folder: Path, rates=(0.0, 0.0, 0.0), site=0.0, size=1.0, people=PEOPLE, noise=0.02) -> PreparedTable:
    """Return a table in which the hippocampus changes by ``rates`` (% a decade, span by span) and, by the factor
    exp(``site``), in people of a site who are older.
    """
    rng = np.random.default_rng(0)
    age = rng.uniform(20, 80, people)
    there = rng.random(people) < (age - 20) / 60
    male = rng.random(people) < 0.5
    head = 1.5e6 * np.exp(0.1 * (male - 0.5) + 0.06 * rng.normal(size=people))
    change = sum(
        np.log1p(rate / 100) * np.clip(age - span.low, 0, 20) / 10
        for rate, span in zip(rates, AGE_SPANS, strict=True)
    )
    volume = 4000 * (head / 1.5e6) ** size * np.exp(change + site * there + noise * rng.normal(size=people))
    table = pd.DataFrame(
        {
            "subject": [f"s{number:03d}" for number in range(people)],
            "age": age.round(2),
            "sex": np.where(male, "M", "F"),
            "site": np.where(there, "there", "here"),
            "eTIV": head,
            "Left-Hippocampus": volume,
            "Right-Hippocampus": volume,
            "lh_insula_thickness": 3.0,
            "rh_insula_thickness": 3.0 * np.exp(rng.normal(size=people) / 1000),
        }
    )
    folder.mkdir(exist_ok=True)
    table.to_csv(folder / "people.csv", index=False)
    cohort = read_cohort(folder / "people.csv", scans=False)
    return prepare_morphometry(cohort, read_morphometry(folder / "people.csv"), folder / "table")


def found(table, structure="hippocampus", measure="volume"):
    return {
        rate.ages: rate for rate in table_rates(table) if (rate.structure, rate.measure) == (structure, measure)
    }


def test_a_planted_rate_is_found_at_its_ages_and_held_by_its_interval(tmp_path):
    rates = found(prepared(tmp_path, rates=(0.0, -4.0, -10.0), site=0.3))
    for span, planted in zip(AGE_SPANS, (0.0, -4.0, -10.0), strict=True):
        assert rates[span].low < planted < rates[span].high
        assert rates[span].percent_a_decade == pytest.approx(planted, abs=1.0)
    assert sum(rate.n for rate in rates.values()) == PEOPLE


def test_no_rate_is_found_where_sites_and_heads_alone_differ(tmp_path):
    rates = found(prepared(tmp_path, site=-0.4, size=0.7))
    assert all(abs(rate.percent_a_decade) < 1 for rate in rates.values())


def test_thickness_is_the_mean_of_parcels_and_has_no_rate_where_it_does_not_change(tmp_path):
    rates = found(prepared(tmp_path), "cortex", "thickness")
    assert set(rates) == set(AGE_SPANS)
    assert all(abs(rate.percent_a_decade) < 0.1 for rate in rates.values())


def test_few_people_are_refused(tmp_path):
    with pytest.raises(UserError, match="expected 20 people or more of an age"):
        table_rates(prepared(tmp_path, people=30))


def test_real_ventricles_grow_and_the_hippocampus_shrinks_in_the_old(shared_data, tmp_path):
    source = shared_data / "fcon1000.csv"
    cohort = read_cohort(source, scans=False, source_format=SourceFormat(sex_codes={"0": "F", "1": "M"}))
    table = prepare_morphometry(cohort, read_morphometry(source), tmp_path / "table")
    ventricles, hippocampus = found(table, "lateral ventricles"), found(table)
    assert ventricles[OLD].low > 0
    assert hippocampus[OLD].high < 0
    # the figures that the package's table of published rates has from here
    assert ventricles[MIDDLE].percent_a_decade == pytest.approx(21.09, abs=0.01)
    assert found(table, "amygdala")[YOUNG].percent_a_decade == pytest.approx(1.77, abs=0.01)
