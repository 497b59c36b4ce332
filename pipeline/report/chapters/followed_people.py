"""People followed over time: later sessions predicted and what came, the floor of retests, intervals and power."""

from collections.abc import Mapping, Sequence

import numpy as np

from brainaging.pipeline.report.drawing.change_maps import change_maps
from brainaging.pipeline.report.drawing.slices import CONVENTION
from brainaging.pipeline.report.phrases import baseline_words, shown, with_interval
from brainaging.pipeline.report.sections import Content, Figure, Panel, Table
from brainaging.pipeline.report.selection import of_kind, reasons
from brainaging.pipeline.results import Finding, FollowUpScore, title, words
from brainaging.pipeline.runtime import UserError

NEEDED = ("mask", "scan", "observed", "years")
#: methods whose mean maps a run may have left
_METHODS = ("deformation", "mean_observed_change", "voxel_regression")
_ERRORS = ("error_by_no_change", "change_mae")
_INTERVALS = ("interval_coverage", "interval_width")
_TITLE = "What the years between two scans change"
_CAPTION = (
    "Means over held-out people, {years:g} years on average, drawn over their mean first scan: what was observed, "
    "and what each method predicts from the first scans. Orange gets darker, purple brighter; columns have one "
    "scale. They should look like the first, in place and in strength. "
)
_ERROR_CAPTION = (
    "{edit}: error of each method, with 95 % intervals over people. Of maps it is the error by that of predicting "
    "no change; the last row is what two scans within days differ by: noise of both scans, of which a prediction "
    "can spare the first one's. Of volumes it is the mean absolute error of the change in mL."
)
_SIZE_CAPTION = (
    "{edit}: size and place of predicted changes. 1 is the observed size; a method that knows differences between "
    "people alone is off where those born earlier have older brains at any age."
)
_INTERVAL_CAPTION = "What 95 % intervals held, of a person's later volumes or own rate, and how wide they are."
_POWER_CAPTION = (
    "How many people would tell the edit's error from another method's (80 % power, 5 % two-sided), at the spread "
    "measured here."
)


def followed_content(arrays: Mapping[str, np.ndarray], findings: Sequence[Finding] = ()) -> Content:
    """Return the section from follow_up.npz and the findings.

    Raises:
        UserError: an array is missing, or has not the mask's shape.
    """
    missing = [name for name in NEEDED if name not in arrays]
    if missing:
        raise UserError(f"follow_up.npz: expected arrays {', '.join(NEEDED)}; missing {', '.join(missing)}")
    mask = np.asarray(arrays["mask"]) > 0
    maps = {name: np.asarray(arrays[name], dtype=float) for name in ("observed", *_METHODS) if name in arrays}
    for name, values in {"scan": np.asarray(arrays["scan"]), **maps}.items():
        if values.shape != mask.shape:
            raise UserError(f"follow_up.npz: {name} expected shape {mask.shape}, found {values.shape}")
    headings = {words("model", name) if name in _METHODS else "observed": values for name, values in maps.items()}
    scan, alt = np.asarray(arrays["scan"], dtype=float), f"Changes: {', '.join(headings)}"
    caption = _CAPTION.format(years=float(arrays["years"])) + CONVENTION
    figure = Figure(_TITLE, caption, [Panel("", change_maps(scan, headings, mask, alt))])
    scores = of_kind(findings, FollowUpScore)
    facts = [("Not computed", reason) for reason in reasons(findings)]
    if scores:
        tested, learned = (max(getattr(score, name) for score in scores) for name in ("n_test", "n_train"))
        facts.insert(0, ("Measured on", f"{tested} people who were followed, learned from {learned} others"))
    return Content(facts=facts, figures=[figure], tables=followed_tables(scores))


def followed_tables(scores: Sequence[FollowUpScore]) -> list[Table]:
    """Return two tables a later session, one of intervals and one of power, those that have rows."""
    tables = []
    for edit in dict.fromkeys(score.edit for score in scores):
        mine = [score for score in scores if score.edit == edit]
        apart = (*_ERRORS, *_INTERVALS, "people_needed")
        for caption, part, floor in (
            (_ERROR_CAPTION, [score for score in mine if score.metric in _ERRORS], True),
            (_SIZE_CAPTION, [score for score in mine if score.metric not in apart], False),
        ):
            if part:
                tables.append(_by_method(caption.format(edit=title("edit", edit)), part, floor))
    intervals = [score for score in scores if score.metric in _INTERVALS]
    if intervals:
        rows = [
            [
                title("edit", score.edit),
                words("model", score.model),
                words("features", score.features),
                score.term.words,
                with_interval(score),
            ]
            for score in intervals
        ]
        tables.append(Table(_INTERVAL_CAPTION, ["what", "by", "of", "measure", "value"], rows))
    power = [score for score in scores if score.metric == "people_needed"]
    if power:
        rows = [
            [
                title("edit", score.edit),
                words("features", score.features),
                baseline_words(score),
                f"{score.value:.0f}" if np.isfinite(score.value) else "no number",
                str(score.n_test),
            ]
            for score in power
        ]
        tables.append(
            Table(_POWER_CAPTION, ["what", "of", "the edit against", "people needed", "there were"], rows)
        )
    return tables


def _by_method(caption: str, scores: Sequence[FollowUpScore], floor: bool) -> Table:
    """Return a row a method and a column a measure; with ``floor`` a last row of what retests differ by."""
    columns = list(dict.fromkeys((score.metric, score.features) for score in scores))
    heads = [_head(next(score for score in scores if (score.metric, score.features) == key)) for key in columns]
    body = []
    for model in dict.fromkeys(score.model for score in scores):
        cells = {(score.metric, score.features): with_interval(score) for score in scores if score.model == model}
        body.append([title("model", model), *(cells.get(key, "–") for key in columns)])
    if floor:
        firsts = {(score.metric, score.features): score for score in reversed(scores)}
        floors = [shown(firsts[key], firsts[key].baseline_value) or "–" for key in columns]
        body.append(["Retests within days", *floors])
    return Table(caption, ["method", *heads], body)


def _head(score: FollowUpScore) -> str:
    unit = f", {score.term.unit}" if score.term.unit else ""
    return f"{words('features', score.features)}: {score.term.words}{unit}"
