"""Sentences and headline rows follow the numbers, whatever they are."""

import csv

import pandas as pd
import pytest

from brainaging.pipeline.report.drawing.dotplot import blocks, limits
from brainaging.pipeline.report.inputs import RESULT_COLUMNS
from brainaging.pipeline.report.phrases import metric, natural_key, number, word
from brainaging.pipeline.report.selection import headline, merged_repeats, parse_rows
from brainaging.pipeline.report.sentences import edit_findings, findings


def rows(*changes):
    """Return rows of a results table: a plain sex probe with the changes of each."""
    base = dict.fromkeys(RESULT_COLUMNS, "") | {
        "experiment": "sex",
        "modality": "T1w",
        "features": "voxels",
        "target": "sex",
        "model": "logistic_regression",
        "split": "grouped",
        "metric": "accuracy",
        "value": "0.9",
        "ci_low": "0.88",
        "ci_high": "0.92",
        "baseline": "head_size",
        "baseline_value": "0.8",
        "seed": "0",
    }
    return parse_rows(pd.DataFrame([base | change for change in changes]))


@pytest.mark.parametrize(
    ("change", "verdict", "words"),
    [
        ({}, "better", ", above head size alone (0.800)."),
        (
            {"baseline_value": "0.89"},
            "unclear",
            ": not above head size alone (0.890), which the interval includes.",
        ),
        ({"baseline_value": "0.95"}, "worse", ", below head size alone (0.950)."),
        ({"ci_low": "", "ci_high": ""}, "", "(no interval given); its baseline is head size alone (0.800)."),
        ({"baseline": "", "baseline_value": ""}, "", "(95 % interval 0.880 to 0.920)."),
        ({"original_value": "0.93"}, "better", "The original work reported 0.930."),
    ],
)
def test_a_score_is_set_beside_its_baseline(change, verdict, words):
    (sentence,) = findings(rows(change))
    assert sentence.verdict == verdict
    assert sentence.text.startswith("Sex from voxels: accuracy 0.900")
    assert words in sentence.text


def test_a_random_split_that_stands_alone_is_called_so():
    (sentence,) = findings(rows({"split": "random"}))
    assert sentence.text.startswith("Sex from voxels, split at random: accuracy 0.900")


def test_lower_is_better_for_errors():
    change = {
        "experiment": "age_years",
        "target": "age_years",
        "metric": "mae",
        "value": "2.9",
        "ci_low": "2.8",
        "ci_high": "3.0",
        "baseline": "mean",
        "baseline_value": "3.1",
    }
    (sentence,) = findings(rows(change))
    assert (
        sentence.verdict == "better"
        and "2.90 years" in sentence.text
        and ", below mean of the training subjects (3.10)" in sentence.text
    )


@pytest.mark.parametrize(
    ("low", "high", "words"), [("-0.03", "0.01", "includes zero"), ("-0.03", "-0.01", "excludes zero")]
)
def test_a_computed_difference_is_told_with_its_interval(low, high, words):
    change = {
        "features": "latents_minus_voxels",
        "metric": "balanced_accuracy_difference",
        "value": "-0.02",
        "ci_low": low,
        "ci_high": high,
        "baseline": "",
        "baseline_value": "",
    }
    found = findings(rows({}, change))
    assert (
        f"latents minus voxels: balanced accuracy −0.020 (95 % interval {number(float(low), 'score')}"
        in found[1].text
    )
    assert words in found[1].text


def test_without_a_computed_difference_the_two_numbers_are_subtracted():
    found = findings(rows({}, {"features": "latents", "value": "0.87"}))
    assert "latents minus voxels: accuracy −0.030" in found[2].text and "no interval given" in found[2].text


def test_a_random_split_is_never_the_headline_where_a_grouped_one_exists():
    loose = {"split": "random", "value": "0.95", "original_value": "0.93"}
    assert [row.text["split"] for row in headline(rows(loose, {}))] == ["grouped"]
    assert [row.text["split"] for row in headline(rows(loose))] == ["random"]
    (leak,) = [sentence for sentence in findings(rows(loose, {})) if not sentence.main]
    assert "0.950 instead of 0.900" in leak.text and "+0.050" in leak.text


def test_rows_that_differ_in_seed_alone_become_their_mean_with_the_widest_interval():
    (row,) = merged_repeats(rows({}, {"seed": "1", "value": "0.8", "ci_low": "0.7", "ci_high": "0.85"}))
    assert (row.value, row.ci_low, row.ci_high, row.repeats) == (pytest.approx(0.85), 0.7, 0.92, 2)


def test_rows_that_could_not_be_computed_state_nothing():
    assert findings(rows({"value": "nan", "model": "not computed: one sex only"})) == []


def test_every_row_of_a_run_is_drawn_inside_its_axis(made_run):
    with (made_run / "results.csv").open(encoding="utf-8") as handle:
        table = pd.DataFrame(csv.DictReader(handle))
    parsed = [row for row in parse_rows(table) if row.value == row.value]
    drawn = blocks(parsed)
    assert sum(len(block.lines) for block in drawn) == len(parsed)
    for block in drawn:
        places = [place for place, _ in block.ticks]
        assert places[0] == 0 and places[-1] == 100
        labels = [label for _, label in block.ticks if label]
        assert len(set(labels)) == len(labels) >= 2 and labels[-1] == block.high
        for line in block.lines:
            marks = (line.mark.value, line.mark.low, line.mark.high, line.mark.baseline, line.mark.original)
            assert all(0 <= place <= 100 for place in marks if place is not None)


def test_small_errors_are_shown_in_a_power_of_ten_that_the_caption_names():
    (block,) = blocks(
        rows({"metric": "mse", "value": "0.000853", "ci_low": "", "ci_high": "", "baseline_value": "0.0009"})
    )
    assert "10⁻⁴" in block.caption and block.lines[0].value == "8.53" and block.lines[0].baseline_value == "9.00"


def test_a_baseline_far_outside_is_pointed_at_and_squeezes_nothing():
    (block,) = blocks(
        rows({"metric": "mse", "value": "0.009", "ci_low": "0.008", "ci_high": "0.01", "baseline_value": "0.24"})
    )
    mark = block.lines[0].mark
    assert mark.baseline is None and mark.beyond == "right" and mark.high - mark.low > 50


def test_limits_of_one_value_and_of_none():
    low, high = limits(rows({"ci_low": "", "ci_high": "", "baseline_value": ""}))
    assert low < 0.9 < high
    assert limits([]) == (0.0, 1.0)


def test_names_that_the_analysis_writes_are_readable():
    assert word("latents_autoencoder-100") == "latents, 100 codes"
    assert word("latents_autoencoder-100_minus_voxels") == "latents, 100 codes, minus voxels"
    assert word("voxels_head_size_matched") == "voxels, sexes matched for head size"
    assert word("pca_flip-639") == "PCA with left-right flips, 639 components"
    assert word("something_new") == "something new"
    assert metric("error_ratio_to_pca-100").name == "error, as a multiple of that of PCA, 100 components"
    assert sorted(["36+", "26-30", "<22", "22-25", ""], key=natural_key) == ["<22", "22-25", "26-30", "36+", ""]


def test_edits_stand_beside_the_best_single_map_and_what_a_judge_says_of_the_truth():
    edit = {"experiment": "edits", "features": "age+10", "target": "change", "model": "deformation"}
    near = edit | {"metric": "correlation", "baseline": "mean_true_map", "baseline_value": "0.7"}
    judged = edit | {"features": "sex", "metric": "judge_agreement", "baseline": "true counterfactuals"}
    first, second = edit_findings(rows(near, near | {"model": "voxel_regression"}, judged))
    assert first.text == (
        "Age, 10 years on: the change of a held-out brain correlates 0.900 with its true change (95 % interval "
        "0.880 to 0.920), above mean true change (0.700)."
    )
    assert first.verdict == "better"
    assert second.text == (
        "Sex: an independent judge reads 0.900 of edited brains as asked (95 % interval 0.880 to 0.920); of true "
        "counterfactuals 0.800."
    )
    assert second.verdict == ""
    (braces,) = edit_findings(rows(judged | {"baseline": "{scans}"}))
    assert braces.text.endswith("; of {scans} 0.800.")
    (alone,) = edit_findings(rows(judged | {"baseline": "", "baseline_value": ""}))
    assert alone.text.endswith("(95 % interval 0.880 to 0.920).")
