"""Who is scanned when: the sessions of each person, and what of a cause belongs to the scan alone."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from brainaging.pipeline.runtime import generator
from brainaging.pipeline.simulate.causes import Cause, Visit
from brainaging.pipeline.simulate.longitudinal.session_plan import Sessions
from brainaging.pipeline.simulate.scenario import Scenario

DAYS_A_YEAR = 365.25
#: people enter the study from this day on, over two years: dates whose years tell nobody anything
FIRST_DAY, ENTRY_DAYS = date(2010, 1, 4), 730
#: beyond this age nobody is scanned: who would be older stays away. A year's velocities add up past the onset, and
#: a warp of somebody much older folds. Sensitivity: how many sessions there are, and none of their contents
OLDEST = 90.0
#: three SDs are enough of an interval: the plan holds that one so short still lies after the session before
MOST_INTERVAL_SD = 3.0
RETEST = "retest"


def middle_age(scenario: Scenario) -> float:
    """Return the mean age of a scenario's brackets, years: where drop-out and birth cohorts have their middle."""
    weights = np.array([bracket.share for bracket in scenario.ages])
    middles = np.array([(bracket.low + bracket.high) / 2 for bracket in scenario.ages])
    return float(weights @ middles / weights.sum())


def sessions_of(cause: Cause, scenario: Scenario, plan: Sessions, seed: int) -> list[Cause]:
    """Return one person's causes at each session that they come to, by day; ``cause`` is at the first one's age.

    The person's own rate, head size and warp are the same in all; age, gain, contrast and day are the session's.
    Sessions are called 1, 2, …, and the first one's repetition ``1retest``. Draws are named by person and session,
    so that a longer plan begins with the shorter one's scans.
    """
    person = cause.member.person
    middle = middle_age(scenario)
    earlier_born = plan.birth_cohort * (cause.age - middle)
    cause = replace(
        cause,
        cortex_years=cause.cortex_years + earlier_born,
        ventricle_years=cause.ventricle_years + earlier_born,
    )
    entry = FIRST_DAY + timedelta(days=int(generator(seed, "entry", person).integers(ENTRY_DAYS)))
    changes = plan.scanner_change
    changed = changes is not None and generator(seed, "scanner change", person).random() < changes.share
    retest = generator(seed, RETEST, person)
    is_retested, after = retest.random() < plan.retest_share, int(retest.integers(plan.retest_days + 1))
    days = [(1, "1", 0)] + ([(1, f"1{RETEST}", after)] if is_retested else [])
    day = 0
    for number in range(2, plan.number + 1):
        draw = generator(seed, "session", person, number)
        spread = np.clip(draw.standard_normal(), -MOST_INTERVAL_SD, MOST_INTERVAL_SD)
        day += max(1, round(DAYS_A_YEAR * (plan.interval_years + plan.interval_sd * float(spread))))
        if cause.age + day / DAYS_A_YEAR > OLDEST or draw.random() < stays_away(cause.age - middle, plan):
            break
        days.append((number, str(number), day))
    causes = []
    for number, session, day in days:
        scanner = 2 if changes is not None and changed and number >= changes.session else 1
        gain, contrast = generator(seed, "session scanner", person, session).standard_normal(2)
        other = (changes.gain, changes.contrast) if changes is not None and scanner == 2 else (1.0, 1.0)
        visit = Visit(
            session, (entry + timedelta(days=day)).isoformat(), day / DAYS_A_YEAR, RETEST in session, scanner
        )
        causes.append(
            replace(
                cause,
                age=cause.age + visit.years,
                gain=cause.gain * other[0] * float(np.exp(plan.gain_sd * gain)),
                contrast=cause.contrast * other[1] + plan.contrast_sd * float(contrast),
                visit=visit,
            )
        )
    return causes


def stays_away(years: float, plan: Sessions) -> float:
    """Return the chance that somebody ``years`` older than the middle misses a session, and all that follow."""
    if plan.drop_out == 0:
        return 0.0
    logit = np.log(plan.drop_out / (1 - plan.drop_out)) + plan.drop_out_per_decade * years / 10
    return float(1 / (1 + np.exp(-logit)))
