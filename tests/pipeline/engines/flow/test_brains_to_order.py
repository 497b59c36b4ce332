"""Who is asked for: numbers, ranges, tables; what lies outside of what was learned from; what is refused."""

import logging

import numpy as np
import pytest
import torch

from brainaging.pipeline.engines import write_checkpoint
from brainaging.pipeline.engines.flow import ordered_brains
from brainaging.pipeline.runtime import UserError

DESIGN = "age + sex + head_size"


@pytest.fixture
def weights(conditional, tmp_path) -> str:
    path = tmp_path / "best.pt"
    write_checkpoint(path, {"model": conditional.state_dict()})
    return str(path)


def _covariates(items) -> np.ndarray:
    return np.stack([item["covariates"] for item in items])


def test_what_is_not_asked_is_left_open(conditional) -> None:
    items = ordered_brains(conditional, DESIGN, 3, asked={"age": 60, "sex": "M", "head_size": None})
    np.testing.assert_array_equal(_covariates(items), np.tile(np.float32([60, 1, np.nan]), (3, 1)))
    assert [item["subject"] for item in items] == ["000000", "000001", "000002"]
    assert items[0]["image"].shape == (11,)
    assert items[0]["detail"].shape == (4,)


def test_a_range_is_drawn_from_evenly_by_the_seed(conditional) -> None:
    ages = _covariates(ordered_brains(conditional, DESIGN, 500, seed=1, asked={"age": "20:80"}))[:, 0]
    assert 20 < ages.min() < 22
    assert 78 < ages.max() < 80
    assert ages.mean() == pytest.approx(50, abs=2)
    again = _covariates(ordered_brains(conditional, DESIGN, 500, seed=1, asked={"age": "20:80"}))[:, 0]
    np.testing.assert_array_equal(again, ages)


def test_the_same_seed_gives_the_same_noise_whoever_is_asked_for(conditional) -> None:
    one, other = (ordered_brains(conditional, DESIGN, 4, seed=2, asked={"age": age}) for age in (30, 70))
    for pair in zip(one, other, strict=True):
        assert torch.equal(pair[0]["image"], pair[1]["image"])
        assert torch.equal(pair[0]["detail"], pair[1]["detail"])


def test_a_table_of_people_gives_each_row_as_often_as_asked(conditional, tmp_path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("sex,age,subject\nF,30,a\n,40.5,b\n")
    items = ordered_brains(conditional, DESIGN, 2, people=str(path))
    assert [item["subject"] for item in items] == ["a-000", "a-001", "b-000", "b-001"]
    nan = np.nan
    wanted = np.float32([[30, 0, nan], [30, 0, nan], [40.5, nan, nan], [40.5, nan, nan]])
    np.testing.assert_array_equal(_covariates(items), wanted)


def test_outside_of_what_was_learned_from_is_warned_and_far_out_refused(conditional, weights, caplog) -> None:
    oldest = float(conditional.flow.columns.highest[0])
    with caplog.at_level(logging.WARNING):
        ordered_brains(conditional, DESIGN, 1, asked={"age": oldest + 5}, weights=weights)
    assert "5 years outside of the" in caplog.text
    with pytest.raises(UserError, match=r"age 1\d\d.*: \d+ years outside of the .* refused"):
        ordered_brains(conditional, DESIGN, 1, asked={"age": oldest + 50}, weights=weights)
    caplog.clear()
    ordered_brains(conditional, DESIGN, 1, asked={"age": oldest - 5, "sex": "F"}, weights=weights)
    assert not caplog.text


def test_weights_that_restricted_values_steered_say_so(conditional, tmp_path, caplog) -> None:
    conditional.restricted = True
    write_checkpoint(tmp_path / "best.pt", {"model": conditional.state_dict()})
    conditional.restricted = False
    with caplog.at_level(logging.WARNING):
        ordered_brains(conditional, DESIGN, 1, weights=str(tmp_path / "best.pt"))
    assert "fitted with restricted values" in caplog.text


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"education": 12}, "education: these weights were trained on age, sex, head_size, not on it"),
        ({"age": "old"}, "age: expected a number of years above 0, found 'old'"),
        ({"age": "80:20"}, "age: expected a value, or a range from less to more, found '80:20'"),
        ({"sex": "F:M"}, "sex: expected a value, or a range"),
        ({"sex": "female"}, "sex: expected F or M, found 'female'"),
        ({"head_size": -3}, "head_size: expected a number of mL above 0, found '-3'"),
    ],
)
def test_a_mistake_is_one_line(conditional, asked, message) -> None:
    with pytest.raises(UserError, match=message):
        ordered_brains(conditional, DESIGN, 1, asked=asked)


def test_a_table_that_cannot_be_read_is_one_line(conditional, tmp_path) -> None:
    with pytest.raises(UserError, match=r"gone\.csv: expected a table of people .* no such file"):
        ordered_brains(conditional, DESIGN, 1, people=str(tmp_path / "gone.csv"))
    (tmp_path / "p.csv").write_text("age\n30\n")
    with pytest.raises(UserError, match="either a table of people or --age, found both"):
        ordered_brains(conditional, DESIGN, 1, people=str(tmp_path / "p.csv"), asked={"age": 3})
    (tmp_path / "none.csv").write_text("age\n")
    with pytest.raises(UserError, match="expected people, found no row"):
        ordered_brains(conditional, DESIGN, 1, people=str(tmp_path / "none.csv"))


def test_a_covariate_of_words_is_asked_for_by_its_word(conditional, tmp_path) -> None:
    design = "age + sex + site[KKI|NYU]"
    items = ordered_brains(conditional, design, 2, asked={"age": 60}, others={"site": "NYU"})
    np.testing.assert_array_equal(_covariates(items), np.tile(np.float32([60, np.nan, 1]), (2, 1)))
    with pytest.raises(UserError, match="site: expected KKI or NYU, found 'MIT'"):
        ordered_brains(conditional, design, 2, others={"site": "MIT"})
    with pytest.raises(UserError, match="education: these weights were trained on age, sex, site, not on it"):
        ordered_brains(conditional, design, 2, others={"education": "16"})
    path = tmp_path / "people.csv"
    path.write_text("site,age\nKKI,30\n,40\n")
    np.testing.assert_array_equal(
        _covariates(ordered_brains(conditional, design, 1, people=str(path)))[:, 2], np.float32([0, np.nan])
    )


def test_nothing_that_is_asked_for_is_dropped(conditional) -> None:
    nothing = {"age": None, "sex": None, "head_size": None}
    items = ordered_brains(conditional, DESIGN, 1, asked=nothing, others={"age": "60"})
    assert _covariates(items)[0, 0] == 60
    with pytest.raises(UserError, match="age: asked for twice"):
        ordered_brains(conditional, DESIGN, 1, asked={"age": 30}, others={"age": "60"})
