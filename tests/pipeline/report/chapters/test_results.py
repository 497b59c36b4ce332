"""The results: what stands at a glance, what under which experiment, what was not computed."""

from brainaging.pipeline.report.chapters.results import at_a_glance, results_content


def test_one_model_stands_at_a_glance_for_each_question(findings_of):
    shown = at_a_glance([*findings_of["scans"], *findings_of["table"]])
    names = ("modality", "target", "features", "adjustment", "codes")
    scores = [one for one in shown if hasattr(one, "features")]
    questions = [tuple(getattr(one, name) for name in names) for one in scores]
    assert len(questions) == len(set(questions))
    assert {one.model for one in scores if one.target == "age_bracket"} == {"logistic_regression"}
    assert not any(one.site for one in scores)
    assert [one.metric for one in shown if one not in scores] == ["mse"] * 3


def test_every_finding_stands_under_its_experiment_or_is_said_to_be_missing(findings_of):
    findings = findings_of["scans"]
    extra = results_content(findings).extra
    assert [one.name for one in extra["experiments"]] == ["Sex", "Age bracket", "Age in years", "Reconstruction"]
    assert sum(one.count + len(one.not_computed) for one in extra["experiments"]) == len(findings)
    assert extra["experiments"][2].not_computed == ["Age in years, mean absolute error: no ages"]
    assert extra["tuned"] == "" and not extra["open"]


def test_sites_stand_together_and_modalities_apart(findings_of):
    names = [
        one.name for one in results_content([*findings_of["scans"], *findings_of["table"]]).extra["experiments"]
    ]
    assert "Sex (T1w)" in names and "Sex (table)" in names
    assert names.count("Each site by itself (table)") == 1


def test_what_set_a_simulations_effects_is_said_beside_the_originals_numbers(findings_of):
    assert (
        "set so that the original's numbers"
        in results_content(findings_of["scans"], simulated=True).extra["tuned"]
    )
