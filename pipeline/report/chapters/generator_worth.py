"""What each generator is worth: brains of all of them beside people, and every measure in one table."""

from collections.abc import Mapping, Sequence

import numpy as np

from brainaging.pipeline.report.chapters.synthetic import ROWS, brain_strip
from brainaging.pipeline.report.chapters.synthetic_tables import brains_row, findings_table, model_column
from brainaging.pipeline.report.drawing.slices import CONVENTION, grid_words, window
from brainaging.pipeline.report.phrases import with_interval
from brainaging.pipeline.report.sections import Content, Figure, Panel, Table
from brainaging.pipeline.report.selection import of_kind, reasons
from brainaging.pipeline.results import Distance, Finding, GeneratorMeasure, Measured, title, words
from brainaging.pipeline.results.vocabulary import GENERATORS
from brainaging.pipeline.runtime import UserError

NEEDED = ("real", "mask", "spacing")
#: metrics by the table that they stand in; all others are fidelity
_ASKED = (
    *("age_slope", "sex_slope", "head_size_slope", "age_slope_ratio", "head_size_slope_ratio"),
    *("spread_ratio", "within_decades"),
)
_READ = (
    *("read_sex_accuracy", "read_age_mae", "taught_sex_accuracy", "taught_age_mae"),
    *("taught_sex_gain", "taught_age_gain", "taught_sex_over_majority", "taught_age_over_mean"),
)
_INSTRUMENT = "real_people"

FIDELITY = (
    "Fidelity, diversity and privacy: every generator learned from the same people, and makes as many brains as "
    "there are fresh people to measure by. The last column is what real brains give. An attack's advantage of 0 "
    "tells nobody who was learned from."
)
ASKED = (
    "Asked and measured: brains made for the fresh people's age, sex and head size, one by one, beside these "
    "people, by the same instrument. A ratio of 1 is right; shown where its interval is narrower than 2. How "
    "far to trust an instrument, the last table says."
)
READ = (
    "Readers: what linear readers of sex and age, trained on other people, see in brains to order; and how those "
    "trained on generated brains alone read people. Gains are over the majority class and the mean age."
)
INSTRUMENTS = (
    "How right the instruments are on fresh people, whose true volumes are the simulation's. K-means of tissue "
    "hangs on how sharp a scan is; a reader learned true volumes from other people's voxels."
)


def worth_content(arrays: Mapping[str, np.ndarray], findings: Sequence[Finding]) -> Content:
    """Return the section from generators.npz and the findings on generators.

    Raises:
        UserError: an array is missing, or has not the mask's shape.
    """
    missing = [name for name in NEEDED if name not in arrays]
    if missing:
        raise UserError(f"generators.npz: expected arrays {', '.join(NEEDED)}; missing {', '.join(missing)}")
    mask = np.asarray(arrays["mask"]) > 0
    names = [code for code in GENERATORS if f"generated_{code}" in arrays]
    rows = {"real": "Scans of people that no generator learned from"}
    rows |= {f"generated_{code}": title("model", code) for code in names}
    for name in rows:
        if arrays[name].ndim != 4 or arrays[name].shape[1:] != mask.shape:
            raise UserError(f"generators.npz: {name} expected shape (k, {mask.shape}), found {arrays[name].shape}")
    grey = window(arrays["real"], mask)
    panels = [Panel(head, brain_strip(arrays[name], mask, grey, head)) for name, head in rows.items()]
    grid = grid_words(float(arrays["spacing"]))
    figure = Figure("Brains of every generator", ROWS.format(grid=grid) + CONVENTION, panels)
    return Content(facts=worth_facts(findings), figures=[figure], tables=worth_tables(findings))


def worth_facts(findings: Sequence[Finding]) -> list[tuple[str, str]]:
    """Return in words how the conditional flow does: distance, orders met, and what its brains teach."""
    facts = [("Not computed", reason) for reason in reasons(findings)]
    flow = [found for found in _all(findings) if getattr(found, "model", "") == "conditional_flow"]
    if flow:
        text = f"{flow[0].n_train} people that all generators learned from, measured by {flow[0].n_test} others"
        facts.append(("Compared", text))
    facts += [
        (f"What its brains teach of {what}", _taught(found))
        for metric, what in (("taught_sex_over_majority", "sex"), ("taught_age_over_mean", "age"))
        for found in flow
        if found.metric == metric
    ]
    for metric, features in (
        ("age_slope_ratio", "ventricles_read"),
        ("age_slope_ratio", "ventricles"),
        ("taught_sex_gain", "voxels"),
        ("taught_age_gain", "voxels"),
    ):
        for found in flow:
            if found.metric == metric and getattr(found, "features", "") == features:
                what = (
                    found.term.words
                    if features == "voxels"
                    else f"{words('features', features)}, {found.term.words}"
                )
                facts.append((f"{title('model', 'conditional_flow')}: {what}", with_interval(found)))
    return facts


def _taught(gain: Measured) -> str:
    """Return in words whether what was trained on generated brains alone knows more than nothing."""
    value = f"{with_interval(gain)}, {gain.term.words}"
    if not gain.has_interval or gain.ci_low > 0:
        return value
    return f"no gain that these people could show: {value}"


def worth_tables(findings: Sequence[Finding]) -> list[Table]:
    """Return the section's tables, those that have rows: a generator a column."""
    parts: dict[str, list[Measured]] = {FIDELITY: [], ASKED: [], READ: [], INSTRUMENTS: []}
    for found in _all(findings):
        parts[_caption(found)].append(found)
    tables = [
        findings_table(mine, caption, brains_row, model_column if caption != INSTRUMENTS else _people)
        for caption, mine in parts.items()
    ]
    return [table for table in tables if table is not None]


def _all(findings: Sequence[Finding]) -> list[Measured]:
    """Return what was measured, in the vocabulary's order of generators."""
    order = {code: place for place, code in enumerate(GENERATORS)}
    mine = [*of_kind(findings, Distance), *of_kind(findings, GeneratorMeasure)]
    return [*sorted(mine, key=lambda measure: order.get(measure.model, len(order)))]


def _caption(found: Measured) -> str:
    if getattr(found, "model", "") == _INSTRUMENT:
        return INSTRUMENTS
    if found.metric in _READ:
        return READ
    return ASKED if found.metric in _ASKED else FIDELITY


def _people(found: Measured) -> str:
    return "Fresh people"
