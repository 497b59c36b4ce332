"""Columns are standard where they were fitted, silent where a covariate is missing, and straight far out."""

import pytest
import torch

from brainaging.networks.conditional.conditional_flow import ConditionalFlow
from brainaging.networks.conditional.covariate_columns import CovariateColumns

KINDS = ("number", "pair", "log")


@pytest.fixture(scope="module")
def columns(people) -> CovariateColumns:
    columns = CovariateColumns(KINDS)
    columns.fit(people.covariates)
    return columns


def test_columns_are_standard_and_sexes_are_one_apart_from_nothing(columns, people) -> None:
    made = columns(people.covariates)
    assert made.shape == (2000, 5)
    numbers = made[:, columns.owner != 1]
    torch.testing.assert_close(numbers.mean(0), torch.zeros(4), atol=1e-3, rtol=0)
    torch.testing.assert_close(numbers.std(0), torch.ones(4), atol=1e-3, rtol=0)
    assert set(made[:, 3].tolist()) == {-1.0, 1.0}


def test_a_missing_covariate_is_zero_in_its_own_columns_alone(columns, people) -> None:
    covariates = people.covariates[:3].clone()
    covariates[0, 0] = float("nan")
    made, whole = columns(covariates), columns(people.covariates[:3])
    assert not made[0, columns.owner == 0].any()
    assert torch.equal(made[0, columns.owner != 0], whole[0, columns.owner != 0])
    assert torch.equal(made[1:], whole[1:])
    assert columns.known(covariates).tolist() == [[0, 1, 1], [1, 1, 1], [1, 1, 1]]


def test_beyond_the_outer_knots_columns_are_straight(columns) -> None:
    ages = torch.tensor([100.0, 120.0, 140.0, 5.0, 0.0, -5.0])
    rows = torch.stack([ages, torch.zeros(6), torch.full((6,), 1400.0)], 1)
    made = columns(rows)
    for first, middle, last in ((0, 1, 2), (3, 4, 5)):
        torch.testing.assert_close(made[first] + made[last], 2 * made[middle], atol=2e-3, rtol=1e-3)


def test_the_bends_span_a_curve_that_a_line_does_not(columns, people) -> None:
    made = columns(people.covariates)[:, :3].double()
    wanted = ((people.covariates[:, 0] - 20) / 60).double() ** 3
    wanted -= wanted.mean()
    left = [wanted - c @ (torch.linalg.pinv(c) @ wanted) for c in (made[:, :1], made)]
    assert left[1].square().sum() < 0.01 * left[0].square().sum()


def test_people_alike_in_age_have_no_bend(people) -> None:
    young = people.covariates.clone()
    young[:, 0] = 22 + young[:, 0] / 10
    columns = CovariateColumns(KINDS)
    columns.fit(young)
    assert not columns(young)[:, 1:3].any()
    assert columns(young)[:, 0].std() == pytest.approx(1, abs=1e-3)


def test_distances_from_the_range_are_in_the_covariate_s_unit(columns, people) -> None:
    oldest = float(columns.highest[0])
    asked = torch.tensor([[oldest + 10, 1.0, 1500.0], [50.0, 0.0, float("nan")]])
    assert columns.outside(asked)[:, 0].tolist() == pytest.approx([10, 0], abs=1e-4)
    assert columns.outside(asked)[1].tolist() == [0, 0, 0]


def test_what_cannot_be_a_covariate_is_refused(people) -> None:
    with pytest.raises(
        ValueError, match=r"kinds: expected one or more of number, log, pair, words, got \['colour'\]"
    ):
        CovariateColumns(["colour"])
    alike = people.covariates.clone()
    alike[:, 1] = 1
    with pytest.raises(ValueError, match="covariate 2: expected people who differ in it"):
        CovariateColumns(KINDS).fit(alike)


def test_words_have_a_column_each_but_the_first_and_a_word_of_nobody_is_silent() -> None:
    columns = CovariateColumns(["words:4", "pair"])
    word = torch.tensor([0.0, 1, 2, 0, 1, 2, 2, float("nan")])
    covariates = torch.stack([word, torch.tensor([0.0, 1] * 4)], 1)
    columns.fit(covariates)
    made = columns(covariates)
    assert columns.owner.tolist() == [0, 0, 0, 1]
    assert not made[-1, :3].any() and made[-1, 3] == 1
    assert not made[:, 2].any(), "nobody is of the fourth word"
    assert torch.unique(made[:-1, :3], dim=0).shape[0] == 3
    torch.testing.assert_close(made[:-1, :2].mean(0), torch.zeros(2), atol=1e-6, rtol=0)


def test_a_planted_difference_of_sites_is_drawn(people) -> None:
    random = torch.Generator().manual_seed(1)
    site = torch.randint(0, 3, (len(people.latents),), generator=random).float()
    shift = torch.tensor([0.0, 1.5, -1.0])[site.long()]
    latents = people.latents.clone()
    latents[:, 1] += shift
    flow = ConditionalFlow(latents.shape[1], ["number", "words:3"])
    flow.start_from(latents, torch.stack([people.covariates[:, 0], site], 1))
    noise = torch.randn(500, latents.shape[1], generator=random)
    means = [
        flow.draw(noise, torch.tensor([[50.0, float(number)]]).expand(500, 2)).mean(0)[1] for number in range(3)
    ]
    assert float(means[1] - means[0]) == pytest.approx(1.5, abs=0.15)
    assert float(means[2] - means[0]) == pytest.approx(-1.0, abs=0.15)


@pytest.mark.parametrize("kind", ["words", "words:1", "words:x", "word"])
def test_words_need_two(kind: str) -> None:
    with pytest.raises(ValueError, match="kinds: expected one or more of"):
        CovariateColumns(["number", kind])
