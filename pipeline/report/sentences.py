"""What a run shows, in plain sentences made from results.csv: no outcome is written here in advance."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from brainaging.pipeline.report.phrases import key, number, source, title, word
from brainaging.pipeline.report.selection import (
    Row,
    headline,
    kind_of_target,
    merged_repeats,
    one_model_each,
    preference,
    variant,
)

_COVARIATES = ("head_size", "head_size_only", "headsize", "sex", "sex_only", "covariates")
_VARIANTS = {
    "residualised": "With head size regressed out",
    "matched": "Among women and men matched for head size",
}


@dataclass(frozen=True)
class Sentence:
    """One finding, and how it stands to its baseline ("better", "worse", "unclear" or "").

    ``main`` says whether it belongs to the short summary or to what can be unfolded below it.
    """

    text: str
    verdict: str = ""
    main: bool = True


def findings(rows: Sequence[Row]) -> list[Sentence]:
    """Return the findings of a run: for sex and then age, scores and differences; then reconstruction.

    After them come the finer ones: head size taken out, and what a random split leaks.
    """
    everything = [row for row in merged_repeats(rows) if not math.isnan(row.value)]
    chosen = [row for row in headline(rows) if key(row.text["features"]) not in _COVARIATES]
    chosen = one_model_each(chosen)
    main = [row for row in chosen if not variant(row)]
    modalities = list(dict.fromkeys(row.text["modality"] for row in rows))
    several = len(modalities) > 1
    found: list[Sentence] = []
    more: list[Sentence] = []
    for kind in ("sex", "age"):
        for modality in modalities:
            here = [row for row in everything if row.text["modality"] == modality]
            mine = [row for row in main if kind_of_target(row) == kind and row.text["modality"] == modality]
            found += [_prediction(row, here, several) for row in mine]
            found += _unseen_sites(here, mine, several)
            found += _differences(here, mine, kind, several)
            all_mine = [row for row in chosen if kind_of_target(row) == kind and row.text["modality"] == modality]
            more += _variants(all_mine, several)
            more += _leaks(here, mine, several)
    found += _reconstructions(everything)
    return found + [replace(sentence, main=False) for sentence in more]


def edit_findings(rows: Sequence[Row]) -> list[Sentence]:
    """Return what edits of held-out brains show: how near they come to the truth, and what a judge says.

    Of the method that deforms a brain, from rows of the experiment on edits; others stand in the section's tables.
    """
    found = []
    for row in rows:
        if key(row.text["model"]) != "deformation" or math.isnan(row.value):
            continue
        edit, value = title(word(row.text["features"])), number(row.value, row.measure.family)
        if key(row.text["metric"]) == "correlation":
            text = f"the change of a held-out brain correlates {value} with its true change ({_interval(row)})"
            found.append(Sentence(f"{edit}: {text}{_against(row)}.", row.verdict))
        elif key(row.text["metric"]) == "judge_agreement":
            text = f"an independent judge reads {value} of edited brains as asked ({_interval(row)})"
            # no better for agreeing more often than with the truth
            truly = number(row.baseline_value, row.measure.family)
            beside = "" if math.isnan(row.baseline_value) else f"; of {row.text['baseline']} {truly}"
            found.append(Sentence(f"{edit}: {text}{beside}."))
    return found


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
        "": f"; its baseline is {named}",
    }
    return clauses[row.verdict]


def _zero(row: Row) -> str:
    if not row.has_interval:
        return ""
    return ": the interval includes zero" if row.ci_low <= 0 <= row.ci_high else ": the interval excludes zero"


def _signed(value: float, family: str = "difference") -> str:
    return ("+" if value > 0 else "") + number(value, family)


def _from(row: Row, several: bool) -> str:
    """Return what a row predicts from, with its modality where the run has several."""
    return source(row.text["features"], row.text["modality"] if several else "")


def _prediction(row: Row, everything: Sequence[Row], several: bool) -> Sentence:
    family = row.measure.family
    repeats = f", mean over {row.repeats} seeds" if row.repeats > 1 else ""
    unit = f" {row.measure.unit}" if row.measure.unit else ""
    # a headline only where there is no grouped split of the same thing
    loose = ", split at random" if row.is_random_split else ""
    text = (
        f"{title(row.text['target'])} from {_from(row, several)}{loose}: {row.measure.name} "
        f"{number(row.value, family)}{unit} ({_interval(row)}{repeats}){_against(row)}."
    )
    if not math.isnan(row.original_value):
        text += f" The original work reported {number(row.original_value, family)}."
    names = ("experiment", "modality", "target", "features")
    beside = [
        other
        for other in everything
        if all(other.text[name] == row.text[name] for name in names) and not other.is_difference
    ]
    more = [
        f"{other.measure.name} {number(other.value, other.measure.family)}"
        for other in beside
        if other.text["metric"] != row.text["metric"]
        and (other.measure.family == "p" or (_same_run(other, row) and preference(other) < 99))
    ]
    if more:
        text += f" Beside it: {', '.join(more)}."
    return Sentence(text, row.verdict)


def _same_run(one: Row, other: Row) -> bool:
    return all(one.text[name] == other.text[name] for name in ("model", "split"))


def _differences(rows: Sequence[Row], main: Sequence[Row], kind: str, several: bool) -> list[Sentence]:
    """Return the differences that were computed, or where none was, latents minus what they were made of.

    A subtraction done here has no interval. Differences of anything but latents are left to what can be unfolded.
    """
    computed: dict[tuple[str, ...], Row] = {}
    for row in rows:
        if row.is_difference and kind_of_target(row) == kind and not row.is_random_split and preference(row) < 99:
            same = tuple(row.text[name] for name in ("modality", "target", "features", "model", "split"))
            if same not in computed or preference(row) < preference(computed[same]):
                computed[same] = row
    if computed:
        return [
            Sentence(
                f"{title(row.text['target'])}, {_from(row, several)}{_unusual(row)}: {_measured(row)} "
                f"{_signed(row.value, row.measure.family)} ({_interval(row)}){_zero(row)}.",
                main=key(row.text["features"]).startswith("latent") and not _unusual(row),
            )
            for row in computed.values()
        ]
    found = []
    for latents in (row for row in main if key(row.text["features"]).startswith("latent")):
        for whole in (row for row in main if key(row.text["features"]) in ("voxels", "table")):
            if all(whole.text[name] == latents.text[name] for name in ("modality", "target", "metric", "model")):
                found.append(
                    Sentence(
                        f"{title(latents.text['target'])}, {_from(latents, several)} minus {_from(whole, False)}: "
                        f"{latents.measure.name} {_signed(latents.value - whole.value)} "
                        "(subtracted; no interval given)."
                    )
                )
    return found


def _unseen_sites(rows: Sequence[Row], main: Sequence[Row], several: bool) -> list[Sentence]:
    """Return what is left of each headline number at sites that the model has not seen."""
    same = ("target", "features", "model", "metric")
    found = []
    for row in main:
        away = [other for other in rows if other.is_unseen_site and not other.site and not other.is_difference]
        other = next((other for other in away if all(other.text[name] == row.text[name] for name in same)), None)
        if other is not None and not row.is_unseen_site:
            family = row.measure.family
            text = (
                f"{title(row.text['target'])} from {_from(row, several)}, at sites that the model has not seen: "
                f"{row.measure.name} {number(other.value, family)} ({_interval(other)}) instead of "
                f"{number(row.value, family)}{_against(other)}."
            )
            found.append(Sentence(text, other.verdict))
    return found


def _unusual(row: Row) -> str:
    """Return the split of a row in words where it says more than that relatives were kept together."""
    split = key(row.text["split"])
    return "" if split in ("grouped", "family", "subject") else f", {word(row.text['split'])}"


def _measured(row: Row) -> str:
    return row.measure.name.removeprefix("difference in ")


def _variants(rows: Sequence[Row], several: bool) -> list[Sentence]:
    """Return one sentence for each way of taking head size out, over all kinds of features."""
    found = []
    for name, opening in _VARIANTS.items():
        mine = [row for row in rows if variant(row) == name]
        clauses = []
        for row in mine:
            plain = row.text["features"][: -len(f"_head_size_{name}")]
            features = source(plain, row.text["modality"] if several else "")
            clauses.append(
                f"{row.measure.name} {number(row.value, row.measure.family)} from {features} "
                f"({_interval(row)}){_against(row)}"
            )
        if clauses:
            verdicts = {row.verdict for row in mine}
            verdict = verdicts.pop() if len(verdicts) == 1 else ""
            found.append(Sentence(f"{opening}, {word(mine[0].text['target'])}: {'; '.join(clauses)}.", verdict))
    return found


def _leaks(rows: Sequence[Row], main: Sequence[Row], several: bool) -> list[Sentence]:
    """Return what a random split adds to each headline number, with the interval where there is one."""
    columns = ("experiment", "modality", "target", "features", "model")
    found = []
    for row in main:
        loose = [
            other
            for other in rows
            if other.is_random_split
            and all(row.text[name] == other.text[name] for name in columns)
            and key(other.text["metric"]).removesuffix("_difference") == key(row.text["metric"])
        ]
        computed = next((other for other in loose if other.is_difference), None)
        plain = next((other for other in loose if not other.is_difference), None)
        if row.is_random_split or (computed is None and plain is None):
            continue
        what = f"{title(row.text['target'])} from {_from(row, several)}"
        who = "people of one site" if "site" in key(row.text["split"]) else "relatives"
        family = row.measure.family
        score = f"{number(plain.value, family)} instead of {number(row.value, family)}" if plain else ""
        if computed is not None:
            gap = f"{_signed(computed.value)} ({_interval(computed)}){_zero(computed)}"
        else:
            gap = f"{_signed(plain.value - row.value)} (no interval given)" if plain else ""
        found.append(
            Sentence(
                f"{what}, split at random so that {who} stand on both sides: {row.measure.name} "
                f"{', '.join(part for part in (score, f'a leak of {gap}') if part)}."
            )
        )
    return found


def _reconstructions(rows: Sequence[Row]) -> list[Sentence]:
    found = []
    for row in rows:
        named = f"{row.text['features']} {row.text['model']}".lower()
        if key(row.text["metric"]) != "mse" or "autoencoder" not in named or row.is_difference:
            continue
        what = "tables" if key(row.text["modality"]) == "table" else "scans"
        text = (
            f"Reconstruction of held-out {what} by the autoencoder: {row.measure.name} "
            f"{number(row.value, row.measure.family)} ({_interval(row)}){_against(row)}."
        )
        ratios = [
            f"{number(other.value, 'ratio')} times that of {word(other.text['baseline'])} ({_interval(other)})"
            for other in rows
            if other.measure.family == "ratio"
            and other.text["modality"] == row.text["modality"]
            and other.text["features"] == row.text["features"]
            and key(other.text["baseline"]) != "mean_brain"
        ]
        if ratios:
            text += f" Its error is {', '.join(ratios)}."
        found.append(Sentence(text, row.verdict))
    return found
