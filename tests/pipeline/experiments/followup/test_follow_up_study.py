"""The study as a whole: later sessions of simulated people, from files alone."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from brainaging.pipeline.counterfactual.covariates import Covariates
from brainaging.pipeline.data import Cohort, read_cohort
from brainaging.pipeline.data.cohorts import PUBLIC_COLUMNS, Problems
from brainaging.pipeline.data.visits import Timeline, TimelineVisit, session_days, timelines
from brainaging.pipeline.experiments.followup import fitted_methods, follow_up_study
from brainaging.pipeline.experiments.followup.follow_up_study import FIGURES, FollowUpStudy, complete
from brainaging.pipeline.experiments.followup.placed_sessions import PlacedPerson
from brainaging.pipeline.results import FollowUpScore, NotComputed
from brainaging.pipeline.simulate import simulate
from brainaging.transforms import get_grid, template_volume


def test_who_has_no_known_sex_is_left_out_in_one_line():
    rows = [
        dict.fromkeys(PUBLIC_COLUMNS, "") | {"subject": subject, "sex": sex, "age_years": 60.0}
        for subject, sex in (("sub-a", "F"), ("sub-b", ""))
    ]
    cohort = Cohort(pd.DataFrame(rows, columns=list(PUBLIC_COLUMNS)).astype({"age_years": float}))
    people = [Timeline(f"sub-{name}", (TimelineVisit(row, "", 60.0),)) for row, name in enumerate("ab")]
    problems = Problems()
    assert complete(cohort, people, problems) == people[:1]
    assert [str(problem) for problem in problems] == ["cohort: subject 'sub-b': expected a known sex, found none"]


GRID = get_grid("t1w_32")


class PlantedEdit:
    """An edit that darkens the middle by what a year was planted to do on average, too fast by half."""

    name, covariates = "deformation", ("age", "sex", "head_size")

    def __init__(self, middle):
        self.middle = middle

    def predicted_change(self, volumes, before, after):
        years = (after.age - before.age)[:, None, None, None]
        return (-1.5 * 0.03 * years * self.middle).astype(np.float32)


@pytest.fixture
def planted(monkeypatch, tmp_path):
    """Return a study of 40 people, whose middles darken at rates of their own; nothing is aligned."""
    rng, brain = np.random.default_rng(0), template_volume(GRID)
    middle = np.zeros(GRID.shape)
    middle[13:19, 13:19, 14:20] = 1.0
    # darker than grey matter from the start, so that volumes of fluid grow evenly
    brain = np.where(middle > 0, 0.4, brain)
    rows, people, placed = [], [], []
    for number in range(40):
        start, rate = rng.uniform(55, 75), 0.03 * rng.normal(1, 0.25)
        times = [0.0, 2.5, 5.0] + ([0.0] if number % 2 else [])
        visits = [TimelineVisit(len(rows) + at, f"ses-{at}", start + time) for at, time in enumerate(times)]
        rows += [
            dict.fromkeys(PUBLIC_COLUMNS, "")
            | {"subject": f"sub-{number:02d}", "session": visit.session, "sex": "FM"[number // 2 % 2]}
            | {"age_years": visit.age, "image": f"/nowhere/{number}/{visit.session}.nii"}
            for visit in visits
        ]
        retests = ((visits[0], visits[3]),) if len(visits) > 3 else ()
        person = Timeline(f"sub-{number:02d}", tuple(visits[:3]), retests)
        scans = [brain - rate * time * middle + rng.normal(0, 0.02, GRID.shape) * (brain > 0) for time in times]
        people.append(person)
        placed.append(PlacedPerson(person, np.stack(scans).astype(np.float32), 1.0))
    cohort = Cohort(pd.DataFrame(rows, columns=list(PUBLIC_COLUMNS)).astype({"age_years": float}), "planted")
    learned = SimpleNamespace(edit=PlantedEdit(middle))

    def sized(scans):
        return Covariates(scans.age, scans.male, 1400.0 + np.arange(len(scans)))

    monkeypatch.setattr(follow_up_study, "placed_people", lambda *_: placed)
    monkeypatch.setattr(follow_up_study, "measured_covariates", lambda _, scans: sized(scans))
    monkeypatch.setattr(fitted_methods, "_learned", lambda scans, *_: (learned, sized(scans)))
    return FollowUpStudy(cohort, people, GRID, tmp_path, seed=2)


def test_a_planted_change_is_scored_as_it_was_planted(planted):
    findings = planted.run()
    for edit in ("second_session", "third_session"):
        size = scores(findings, edit=edit, metric="change_ratio", features="ventricles")
        assert size["deformation"].value == pytest.approx(1.5, abs=0.25)
        assert size["mean_observed_change"].value == pytest.approx(1.0, abs=0.15)
        assert size["no_change"].value == 0
        error = scores(findings, edit=edit, metric="change_mae", features="ventricles")
        assert error["mean_observed_change"].value < error["deformation"].value < error["no_change"].value
        assert 0 < error["no_change"].baseline_value < error["no_change"].value
        errors = scores(findings, edit=edit, metric="error_by_no_change", features="voxels")
        assert errors["no_change"].value == pytest.approx(1.0)
        # noise alone is left of what is known
        assert errors["mean_observed_change"].value == pytest.approx(errors["no_change"].baseline_value, abs=0.1)
    rivals = {"deformation", "voxel_regression", "mean_observed_change", "no_change", "volume_regression"}
    second = scores(findings, edit="second_session", metric="change_mae", features="ventricles")
    third = scores(findings, edit="third_session", metric="change_mae", features="ventricles")
    assert set(second) == rivals | {"population_rate"}
    assert set(third) == rivals | {"own_slope", "personal_rate"}
    # rates are people's own: two scans tell more of the third than other people do
    assert third["personal_rate"].value < third["mean_observed_change"].value
    for model, edit in (("population_rate", "second_session"), ("personal_rate", "third_session")):
        held = scores(findings, edit=edit, metric="interval_coverage", features="ventricles")[model]
        assert held.value >= 0.8
        assert held.ci_high >= 0.95
    power = [each for each in findings if isinstance(each, FollowUpScore) and each.metric == "people_needed"]
    assert {each.baseline for each in power} >= rivals - {"deformation"}
    with np.load(planted.out / FIGURES) as arrays:
        assert {"mask", "scan", "observed", "deformation", "years"} <= set(arrays)


def test_without_retests_there_is_no_own_rate_and_a_reason(planted, monkeypatch):
    people = [replace(person, retests=()) for person in planted.people]
    placed = follow_up_study.placed_people(None)
    bare = [
        replace(one, person=person, volumes=one.volumes[:3]) for one, person in zip(placed, people, strict=True)
    ]
    monkeypatch.setattr(follow_up_study, "placed_people", lambda *_: bare)
    findings = replace(planted, people=people).run()
    (reason,) = [each.reason for each in findings if isinstance(each, NotComputed)]
    assert reason.startswith("expected 3 pairs of retests among people learned from, found 0")
    assert all(each.metric != "interval_coverage" for each in findings if isinstance(each, FollowUpScore))


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    cohort = read_cohort(simulate(folder / "people", "follow-up", 44, seed=7, spacing=6.0), space="template")
    problems = Problems()
    people = timelines(cohort, session_days(cohort, problems), problems)
    made = FollowUpStudy(cohort, people, get_grid("t1w_32"), folder / "out", seed=1)
    return made, made.run()


def scores(findings, **wanted):
    return {
        score.model: score
        for score in findings
        if isinstance(score, FollowUpScore) and all(getattr(score, key) == value for key, value in wanted.items())
    }


@pytest.mark.slow
def test_the_mean_change_of_people_followed_beats_no_change(study):
    errors = scores(study[1], edit="second_session", metric="error_by_no_change", features="voxels")
    assert errors["no_change"].value == pytest.approx(1.0)
    assert errors["mean_observed_change"].value < 1.0
    # retests differ by the noise of two scans; whoever predicts spares the first one's, and never the second's
    assert errors["mean_observed_change"].value > errors["mean_observed_change"].baseline_value / np.sqrt(2) > 0


@pytest.mark.slow
def test_a_run_that_is_typed_again_gives_the_same_findings(study):
    made, findings = study
    again = FollowUpStudy(made.cohort, made.people, made.grid, made.out, made.seed).run()
    # as text, in which a number that is not defined equals itself
    assert list(map(repr, again)) == list(map(repr, findings))
    with np.load(made.out / FIGURES) as arrays:
        assert {"mask", "scan", "observed", "deformation", "years"} <= set(arrays)
