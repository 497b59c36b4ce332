"""`brainaging rates` through its entry point: what it prints, writes, refuses and exits with."""

from importlib.resources import files

import pandas as pd
import pytest
import yaml

from brainaging.pipeline.measures.population.published_rates import COLUMNS, TABLE


@pytest.fixture(scope="module")
def lifespan():
    """Return the shipped recipe as plain data."""
    text = (files("brainaging.pipeline.simulate") / "scenarios" / "lifespan.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)


@pytest.fixture(scope="module")
def published():
    return pd.read_csv(str(files("brainaging.pipeline.measures.population") / TABLE), keep_default_na=False)


def test_rates_stand_side_by_side_with_a_verdict_and_their_sources(run, tmp_path):
    done = run("rates", "--people", 1, "--out", "rates.csv", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for words in ("lateral ventricles", "thickness", "planted", "doi:10.1016/j.neuroimage.2015.03.035"):
        assert words in done.stdout
    rows = pd.read_csv(tmp_path / "rates.csv")
    assert set(rows["where"]) == {"planted"}
    judged = rows[rows["published_low"].notna()]
    inside = judged["percent_a_decade"].between(judged["published_low"], judged["published_high"])
    assert (inside == (judged["verdict"] == "within")).all()
    assert f"of {len(judged)} rows outside what is published" in done.stdout


def test_a_falsified_scenario_fails_the_check_and_names_the_structure(run, tmp_path, lifespan):
    recipe = {**lifespan, "name": "forgetful", "ageing": {**lifespan["ageing"]}}
    recipe["ageing"]["regions"] = [
        {**region, "log_jacobian": -0.1} if region["name"] == "hippocampus" else region
        for region in lifespan["ageing"]["regions"]
    ]
    # nobody is old, so that nobody folds
    recipe["ages"] = [{"label": "22-25", "low": 20, "high": 40, "share": 1.0, "male": 0.5}]
    (tmp_path / "forgetful.yaml").write_text(yaml.safe_dump(recipe), encoding="utf-8")
    done = run("rates", "--scenario", "forgetful.yaml", "--people", 1, "--check", cwd=tmp_path)
    assert done.returncode == 1
    assert "forgetful: " in done.stdout
    assert "hippocampus at 20-40" in done.stdout.splitlines()[-1]


def test_a_scenario_within_what_is_published_passes_the_check(run, tmp_path, published):
    published[["rate", "low", "high"]] = ["", -40, 60]
    published["unit"] = "percent_per_decade"
    published.to_csv(tmp_path / "wide.csv", index=False)
    done = run("rates", "--published", "wide.csv", "--people", 1, "--check", cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    assert "lifespan: 0 of " in done.stdout


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"structure": "pineal gland"}, "wide.csv, line 2: structure: expected one of lateral ventricles"),
        ({"unit": ""}, "wide.csv, line 2: unit: expected one of percent_per_year, percent_per_decade, found ''"),
    ],
)
def test_a_falsified_table_is_refused_in_one_line(run, tmp_path, published, changed, said):
    one = published.head(1).assign(**changed)[list(COLUMNS)]
    one.to_csv(tmp_path / "wide.csv", index=False)
    done = run("rates", "--published", "wide.csv", cwd=tmp_path)
    assert done.returncode == 3
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_what_does_not_go_together_is_refused(run, tmp_path):
    done = run("rates", "--model", "edits.pt", cwd=tmp_path)
    assert done.returncode == 3
    assert "expected --model and --scans together" in done.stderr
