"""Rows stand beside those of others in one table, and metrics tell findings apart."""

from collections.abc import Callable
from typing import Any

from ignite.engine import Engine

from brainaging.pipeline.handlers import CalibrationScores, Evaluated, SubgroupScores
from brainaging.pipeline.handlers.evaluation.evaluation_handler import metric_name
from brainaging.pipeline.results import Distance, GateCheck, ScaleResponse, Score, read_results

ABOUT = {"experiment": "fidelity", "cohort": "toy"}


def test_metrics_say_what_tells_findings_apart() -> None:
    pair = {"model": "generator", "metric": "frechet", "value": 1.0}
    assert metric_name(Distance(**ABOUT, **pair, features="pca", codes=10)) == "frechet_pca_10"
    score = {"target": "sex", "features": "voxels", "model": "classifier", "metric": "auc", "value": 0.9}
    assert metric_name(Score(**ABOUT, **score)) == "auc"
    assert metric_name(Score(**ABOUT, **score, adjustment="head_size_matched")) == "auc_head_size_matched"
    assert metric_name(Score(**ABOUT, **score, people="F")) == "auc_F"
    scaled = ScaleResponse(**ABOUT, model="classifier", scale=64 / 70, metric="p_male", value=0.1)
    assert metric_name(scaled) == "p_male_0.914"
    gate = {"metric": "skill", "value": 1.0, "limit": 0.5, "passed": True, "reason": ""}
    assert metric_name(GateCheck(**ABOUT, model="generator", **gate, reader="densenet")) == "skill_densenet"


def test_an_evaluation_replaces_its_own_rows_and_no_others(
    people: list[dict[str, Any]], run: Callable[..., dict[str, float]], tmp_path
) -> None:
    path = tmp_path / "results.csv"
    about = Evaluated("toy", "classifier", path, n_train=7)
    first = run(people, CalibrationScores(about, ("F", "M")))
    run(people, SubgroupScores(about, "site", ("F", "M")))
    before = read_results(path)
    again = run(people, CalibrationScores(about, ("F", "M")))
    assert first == again
    assert sorted(map(repr, read_results(path))) == sorted(map(repr, before))
    assert {row.experiment for row in before} == {"evaluation", "subgroups"}
    assert {row.n_train for row in before} == {7}
    ours = {row.metric: row.value for row in before if row.experiment == "evaluation"}
    assert ours == first
    run(people, CalibrationScores(Evaluated("other", "classifier", path), ("F", "M")))
    assert len(read_results(path)) == len(before) + len(ours)


def test_a_second_epoch_forgets_the_first(people: list[dict[str, Any]]) -> None:
    engine = Engine(lambda engine, batch: {"pred": batch["image"][None], "label": [batch["label"]]})
    handler = CalibrationScores(Evaluated("toy", "classifier"), ("F", "M"), batch_transform=lambda batch: None)
    handler.attach(engine)
    engine.run(people, max_epochs=2)
    assert len(handler.predictions()) == len(people)
