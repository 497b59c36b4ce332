"""What a run shows, in plain sentences made from results.csv: no outcome is written here in advance."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from brainaging.pipeline.report.labels import key, number, title, word
from brainaging.pipeline.report.rows import Row, headline, kind_of_target, merged_repeats


@dataclass(frozen=True)
class Sentence:
    """One finding, and how it stands to its baseline ("better", "worse", "unclear" or "")."""

    text: str
    verdict: str = ""


def findings(rows: Sequence[Row]) -> list[Sentence]:
    """Return the findings of a run, most important first: sex, age, reconstruction, then the leak."""
    everything = merged_repeats(rows)
    main = [row for row in headline(rows) if not _is_covariate(row)]
    main = _best_original_first(main)
    several = len({row.text["modality"] for row in rows}) > 1
    found = []
    for kind in ("sex", "age"):
        for row in (row for row in main if kind_of_target(row) == kind):
            found.append(_prediction(row, several))
        found += _differences(everything, main, kind)
    found += [_reconstruction(row) for row in everything if _is_reconstruction(row)]
    return found + _leaks(everything, main)


def _is_covariate(row: Row) -> bool:
    return key(row.text["features"]) in ("head_size", "head_size_only", "headsize", "sex", "sex_only", "covariates")


def _is_reconstruction(row: Row) -> bool:
    network = "autoencoder" in f"{row.text['features']} {row.text['model']}".lower()
    return key(row.text["metric"]) == "mse" and network and not math.isnan(row.value + row.baseline_value)


def _best_original_first(rows: Sequence[Row]) -> list[Row]:
    """Keep one model for each target and kind of features: the one that the original used, else the first."""
    kept: dict[tuple[str, ...], Row] = {}
    for row in sorted(rows, key=lambda row: math.isnan(row.original_value)):
        kept.setdefault(tuple(row.text[name] for name in ("modality", "target", "features")), row)
    return [row for row in rows if any(row is other for other in kept.values())]


def _interval(row: Row) -> str:
    if not row.has_interval:
        return "no interval given"
    family = row.measure.family
    return f"95 % interval {number(row.ci_low, family)} to {number(row.ci_high, family)}"


def _against(row: Row) -> str:
    """Return the clause that sets a row beside its baseline."""
    if math.isnan(row.baseline_value):
        return ""
    named = f"{word(row.text['baseline'])} ({number(row.baseline_value, row.measure.family)})"
    better, worse = ("above", "below") if row.measure.higher else ("below", "above")
    clauses = {
        "better": f", {better} {named}",
        "worse": f", {worse} {named}",
        "unclear": f": not {better} {named}, which the interval includes",
        "": f"; {named} is its baseline",
    }
    return clauses[row.verdict]


def _prediction(row: Row, name_modality: bool) -> Sentence:
    family = row.measure.family
    modality = f"{word(row.text['modality'])} " if name_modality else ""
    repeats = f", mean over {row.repeats} seeds" if row.repeats > 1 else ""
    unit = f" {row.measure.unit}" if row.measure.unit else ""
    text = (
        f"{title(row.text['target'])} from {modality}{word(row.text['features'])}: {row.measure.name} "
        f"{number(row.value, family)}{unit} ({_interval(row)}{repeats}){_against(row)}."
    )
    if not math.isnan(row.original_value):
        text += f" The original work reported {number(row.original_value, family)}."
    return Sentence(text, row.verdict)


def _differences(rows: Sequence[Row], main: Sequence[Row], kind: str) -> list[Sentence]:
    """Return the differences that were computed, or where none was, latents minus voxels without an interval."""
    computed = [row for row in rows if row.is_difference and kind_of_target(row) == kind and not row.is_random_split]
    found = []
    for row in computed:
        zero = ""
        if row.has_interval:
            zero = ": the interval includes zero" if row.ci_low <= 0 <= row.ci_high else ": the interval excludes zero"
        found.append(Sentence(f"{_difference_name(row)}: {_signed(row.value)} ({_interval(row)}){zero}."))
    if found:
        return found
    mine = [row for row in main if kind_of_target(row) == kind]
    for latents in (row for row in mine if "latent" in row.text["features"].lower()):
        for voxels in mine:
            same = all(voxels.text[name] == latents.text[name] for name in ("modality", "target", "metric", "model"))
            if same and "voxel" in voxels.text["features"].lower():
                gap = latents.value - voxels.value
                found.append(Sentence(
                    f"{title(latents.text['target'])}, latents minus voxels: {_signed(gap)} in "
                    f"{latents.measure.name} (difference of the two numbers above; no interval given)."
                ))
    return found


def _difference_name(row: Row) -> str:
    parts = [title(row.text["target"]), word(row.text["features"]), word(row.text["metric"])]
    return ", ".join(part for part in parts if part)


def _signed(value: float) -> str:
    return ("+" if value > 0 else "") + number(value, "difference")


def _reconstruction(row: Row) -> Sentence:
    ratio = row.value / row.baseline_value if row.baseline_value else math.nan
    text = (
        f"Reconstruction of held-out scans: {row.measure.name} {number(row.value, row.measure.family)} "
        f"({_interval(row)}), {number(ratio, 'score')} times that of {word(row.text['baseline'])} "
        f"({number(row.baseline_value, row.measure.family)})."
    )
    return Sentence(text, row.verdict)


def _leaks(rows: Sequence[Row], main: Sequence[Row]) -> list[Sentence]:
    """Return, for each headline number that also has a random split, what that split would have added."""
    columns = ("experiment", "modality", "target", "features", "model", "metric")
    found = []
    for row in main:
        for other in rows:
            same = all(row.text[name] == other.text[name] for name in columns)
            if same and other.is_random_split and not row.is_random_split and not other.is_difference:
                found.append(Sentence(
                    f"Split at random instead ({title(row.text['target'])} from {word(row.text['features'])}), with "
                    f"relatives on both sides: {number(other.value, row.measure.family)} instead of "
                    f"{number(row.value, row.measure.family)}, a difference of {_signed(other.value - row.value)}."
                ))
    return found
