"""Few codes, many measures: what is there is recovered, what is chance is not."""

import pytest
import torch

from brainaging.networks.linear.ridge import ridge


def draws(n: int, codes: int, noise: float) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    torch.manual_seed(0)
    x, truth = torch.randn(n, codes) + 3, torch.randn(codes, 50)
    return x, x @ truth + noise * torch.randn(n, 50) - 7, truth


def test_without_noise_the_coefficients_come_back():
    x, y, truth = draws(200, 10, 0.0)
    torch.testing.assert_close(ridge(x, y)[0], truth, atol=2e-3, rtol=0)


def test_chance_is_left_out_where_codes_are_nearly_as_many_as_rows():
    x, y, truth = draws(40, 35, 30.0)
    slopes, _ = ridge(x, y)
    centred = x - x.mean(0)
    plain = torch.linalg.lstsq(centred, y - y.mean(0)).solution
    errors = [float((estimate - truth).square().mean()) for estimate in (slopes, plain)]
    assert errors[0] < 0.2 * errors[1]


@pytest.mark.parametrize("copies", [1, 2])
def test_codes_that_say_the_same_are_no_trouble(copies):
    x, y, truth = draws(100, 6, 0.1)
    slopes, _ = ridge(torch.cat([x] * copies, dim=1), y)
    torch.testing.assert_close(sum(slopes.split(6)), truth, atol=0.1, rtol=0)


def test_errors_are_those_of_a_fit_to_the_others():
    x, y, _ = draws(30, 4, 1.0)
    _, errors = ridge(x, y)
    # the penalty that was chosen is one of those, and hardly chosen otherwise without one row
    others = torch.stack(
        [
            y[i] - y[rest].mean(0) - (x[i] - x[rest].mean(0)) @ ridge(x[rest], y[rest])[0]
            for i in range(30)
            for rest in [[j for j in range(30) if j != i]]
        ]
    )
    torch.testing.assert_close(errors, others, atol=0.02, rtol=0.02)
