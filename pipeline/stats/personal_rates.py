"""A person's own rate of change from a few scans, shrunk towards what people of their age have (empirical Bayes).

A volume is taken to change linearly over the few years between scans, v_j = a + r t_j + e_j, with a measurement
error e of variance σ² that retests tell. Rates are r ~ N(x'β, τ²), x a constant and age. The slope b of one
person's scans has the sampling variance V = σ²/Σ(t − t̄)², and the posterior of r is (1 − B) b + B x'β with B =
V/(V + τ²), β and τ² estimated from other people. Morris (1983, JASA 78:47) adds what their estimation costs: B is
taken smaller by (k − q − 2)/(k − q), and the variance larger by the errors of β and of B. The posterior is called
normal and its errors Student's, with as many degrees of freedom as there were retests.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.stats import t as student

#: share of intervals that should hold the truth
NOMINAL = 0.95
#: people below whom no spread of rates is estimated: two coefficients of the mean, and Morris's k − q − 2
FEWEST = 6


@dataclass(frozen=True)
class Slopes:
    """Of n people: ``rate`` (n,) by least squares per year, ``variance`` (n,) of its error, at ``age`` (n,) years,
    ``middle`` (n,) the mean volume and ``scans`` (n,) how many it is of.
    """

    rate: np.ndarray
    variance: np.ndarray
    age: np.ndarray
    middle: np.ndarray
    scans: np.ndarray

    @classmethod
    def of(cls, ages: list[np.ndarray], volumes: list[np.ndarray], error: float) -> "Slopes":
        """Return the slopes of volumes on ages, (s,) a person, s > 1, each volume with ``error`` variance σ²."""
        rows = []
        for age, volume in zip(ages, volumes, strict=True):
            away = age - age.mean()
            spread = float(away @ away)
            rows.append((float(away @ volume) / spread, error / spread, age.mean(), volume.mean(), len(age)))
        return cls(*(np.array(column, dtype=float) for column in np.array(rows).T))

    def __len__(self) -> int:
        return len(self.rate)


def retest_error(first: np.ndarray, second: np.ndarray) -> float:
    """Return the variance σ² of one measurement from retests (n,) and (n,): half the mean squared difference."""
    return float(np.square(second - first).mean() / 2)


@dataclass(frozen=True)
class RatePrior:
    """What rates people have.

    Attributes:
        coefficients: β (2,), of a constant and age less ``age``.
        covariance: (2, 2) of its error.
        spread: τ², the variance of people's own rates about it.
        age: mean age of those it was fitted on, years.
        error: σ², the variance of one measurement.
        retests: how many pairs tell it.
        people: k, how many people it was fitted on.
        total: their mean V + τ².
    """

    coefficients: np.ndarray
    covariance: np.ndarray
    spread: float
    age: float
    error: float
    retests: int
    people: int
    total: float

    @classmethod
    def fit(cls, slopes: Slopes, error: float, retests: int) -> "RatePrior":
        """Fit β and τ² to people's slopes: τ² such that the weighted residuals are as large as they should be.

        Σ (b − x'β)²/(V + τ²) = k − q (Morris 1983; Paule and Mandel 1982, J Res NBS 87:377), 0 where even τ² = 0
        gives less. Raises ValueError for fewer than 6 people.
        """
        if len(slopes) < FEWEST:
            raise ValueError(f"expected slopes of at least {FEWEST} people, found {len(slopes)}")
        age = float(slopes.age.mean())
        design = np.stack([np.ones(len(slopes)), slopes.age - age], axis=1)

        def excess(spread: float) -> float:
            coefficients, _ = _weighted(design, slopes.rate, slopes.variance + spread)
            residuals = slopes.rate - design @ coefficients
            return float((residuals**2 / (slopes.variance + spread)).sum()) - (len(slopes) - 2)

        most = float(np.var(slopes.rate)) * len(slopes) + 1e-12
        spread = float(brentq(excess, 0.0, most)) if excess(0.0) > 0 > excess(most) else 0.0
        coefficients, covariance = _weighted(design, slopes.rate, slopes.variance + spread)
        total = float((slopes.variance + spread).mean())
        return cls(coefficients, covariance, spread, age, error, retests, len(slopes), total)

    def expected(self, age: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the mean rates (n,) of people of ``age`` (n,), and the variances (n,) of that estimate."""
        design = np.stack([np.ones(len(age)), age - self.age], axis=1)
        return design @ self.coefficients, np.einsum("ij,jk,ik->i", design, self.covariance, design)

    def posterior(self, slopes: Slopes) -> tuple[np.ndarray, np.ndarray]:
        """Return the posterior means (n,) and variances (n,) of people's own rates, whose slopes are new."""
        mean, mean_error = self.expected(slopes.age)
        total = slopes.variance + self.spread
        shrunk = (self.people - 4) / (self.people - 2) * slopes.variance / total
        away = slopes.rate - mean
        guess = 2 / (self.people - 4) * shrunk**2 * self.total / total
        return (1 - shrunk) * slopes.rate + shrunk * mean, (
            slopes.variance * (1 - shrunk) + shrunk**2 * mean_error + guess * away**2
        )

    def ahead(
        self, age: np.ndarray, volume: np.ndarray, years: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return what is measured ``years`` (n,) after one scan at ``age`` (n,) with ``volume`` (n,): mean and
        ends of the 95 % interval, (n,) each.
        """
        mean, mean_error = self.expected(age + years / 2)
        variance = 2 * self.error + (self.spread + mean_error) * years**2
        return self._ends(volume + mean * years, variance)

    def later(self, slopes: Slopes, age: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return what is measured at ``age`` (n,) of people with ``slopes``: mean and ends of the 95 % interval.

        The line runs through the middle of their scans, whose error and whose slope's are independent.
        """
        rate, variance = self.posterior(slopes)
        years = age - slopes.age
        return self._ends(slopes.middle + rate * years, self.error * (1 + 1 / slopes.scans) + variance * years**2)

    def rate_interval(self, slopes: Slopes) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return people's own rates (n,) and the ends of their 95 % intervals."""
        return self._ends(*self.posterior(slopes))

    def _ends(self, mean: np.ndarray, variance: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        reach = student.ppf((1 + NOMINAL) / 2, max(self.retests, 1)) * np.sqrt(variance)
        return mean, mean - reach, mean + reach


def _weighted(design: np.ndarray, values: np.ndarray, variances: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return coefficients (q,) of weighted least squares, and their covariance (q, q)."""
    weighted = design / variances[:, None]
    covariance = np.linalg.inv(weighted.T @ design)
    return covariance @ (weighted.T @ values), covariance


def people_needed(differences: np.ndarray) -> float:
    """Return how many people tell a mean difference from 0, two-sided at 5 % with 80 % power; infinite for none.

    n = ((z₀.₉₇₅ + z₀.₈) s/d)², d and s mean and standard deviation of paired ``differences`` (n,).
    """
    mean, spread = float(differences.mean()), float(differences.std(ddof=1))
    return float(np.ceil((2.8016 * spread / mean) ** 2)) if mean != 0 else float("inf")
