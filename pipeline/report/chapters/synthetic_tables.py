"""The tables on synthetic brains: every finding, a generator or a method a column."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from brainaging.pipeline.report.brain_sentences import adversarial_sentence
from brainaging.pipeline.report.phrases import (
    baseline_words,
    capital,
    features_words,
    method_words,
    metric_words,
    shown,
    with_interval,
)
from brainaging.pipeline.report.sections import Table
from brainaging.pipeline.report.selection import of_kind, reasons
from brainaging.pipeline.results import (
    Compared,
    Difference,
    Distance,
    Finding,
    GateCheck,
    GeneratorMeasure,
    Inversion,
    LabelScore,
    Measured,
    Probe,
    ScaleResponse,
    Score,
    title,
    words,
)
from brainaging.pipeline.results.vocabulary import FEWEST_FRESH, GENERATORS

_CLASSIFIERS = (
    "Classifiers and regressors of held-out scans, and their difference from linear models on the same folds."
)
_LABELS = (
    "Labels. Columns are classifiers; rows without a generator are about held-out scans and about the generator's "
    "reconstructions of them."
)
_FIDELITY = (
    "Fidelity, diversity and privacy of generated brains. The GAN before its adversarial epochs is what it starts "
    "from: an appearance model. The last column is what real brains give, measured in the same way."
)
_INVERSION = (
    "The inverse encoder: latents of generated brains recovered, and held-out scans rendered from their latents, "
    "beside principal components."
)
_SCALES = "The mean P(male) of held-out scans, scaled about their centre."


def synthetic_facts(findings: Sequence[Finding], people: Mapping[str, Any] | None = None) -> list[tuple[str, str]]:
    """Return what the section says first: gates, from whom was learned, and what adversarial training adds.

    Args:
        findings: on synthetic brains.
        people: synthetic.json, where there is one: how many scans and groups each part has.
    """
    facts = []
    checks = [finding for finding in findings if isinstance(finding, GateCheck)]
    for generator in dict.fromkeys(check.model for check in checks):
        failed = [check.reason for check in checks if check.model == generator and not check.passed]
        outcome = f"stopped at the gate: {'; '.join(failed)}" if failed else "passed the gate: its labels count"
        facts.append((title("model", generator), outcome))
    measured = [finding for finding in findings if isinstance(finding, Distance | GeneratorMeasure)]
    if measured:
        fresh, learned = measured[0].n_test, measured[0].n_train
        text = f"{fresh} scans that no network learned from, and {learned} that the generators learned from"
        if fresh < FEWEST_FRESH:
            text += f"; distances to fewer than {FEWEST_FRESH} fresh scans are rough, as in any short run"
        facts.append(("Compared with", text))
    if readers := _readers(findings, people or {}):
        facts.append(("Classifiers of synthetic brains learned from", readers))
    facts += [("Not computed", reason) for reason in reasons(findings)]
    if added := adversarial_sentence(findings):
        facts.append(("What adversarial training adds", added))
    return facts


def _readers(findings: Sequence[Finding], people: Mapping[str, Any]) -> str:
    """Return from whom classifiers of synthetic brains learned, and that it is not from whom generators did."""
    label = next((finding for finding in findings if isinstance(finding, LabelScore | GateCheck)), None)
    if label is None:
        return ""
    readers, generators = (_counted(people.get(f"{who}_learned_from")) for who in ("readers", "generator"))
    learned = readers or f"{label.n_train} scans"
    apart = f", who share no group with the {generators} that generators learned from" if generators else ""
    return f"{learned}{apart}; tested on {label.n_test} others"


def _counted(part: Any) -> str:
    counts = [(part or {}).get(name) for name in ("scans", "groups")] if isinstance(part, Mapping | None) else []
    return "{} scans of {} groups".format(*counts) if counts and all(isinstance(n, int) for n in counts) else ""


def synthetic_tables(findings: Sequence[Finding]) -> list[Table]:
    """Return the section's tables, those that have rows."""
    tables = [
        findings_table(
            [*of_kind(findings, Score), *of_kind(findings, Difference)], _CLASSIFIERS, _probe_row, model_column
        ),
        findings_table(of_kind(findings, LabelScore), _LABELS, brains_row, model_column),
        findings_table(_by_generator(findings), _FIDELITY, brains_row, model_column),
        findings_table(of_kind(findings, Inversion), _INVERSION, _inversion_row, _method),
        findings_table(of_kind(findings, ScaleResponse), _SCALES, metric_words, model_column),
    ]
    return [table for table in tables if table is not None]


def _by_generator(findings: Sequence[Finding]) -> list[Measured]:
    """Return what was measured of generators, in the vocabulary's order: the GAN beside what it started from."""
    order = {code: place for place, code in enumerate(GENERATORS)}
    mine = [*of_kind(findings, Distance), *of_kind(findings, GeneratorMeasure)]
    return [*sorted(mine, key=lambda measure: order.get(measure.model, len(order)))]


def model_column(finding: Measured) -> str:
    """Return the head of a finding's column: its model."""
    return title("model", getattr(finding, "model", ""))


def _method(finding: Measured) -> str:
    if not isinstance(finding, Inversion):
        return model_column(finding)
    return capital(method_words(finding.model, finding.codes if finding.model == "pca" else 0))


def _probe_row(finding: Measured) -> str:
    if not isinstance(finding, Probe):
        return metric_words(finding)
    minus = f" from {words('model', finding.reference)}" if isinstance(finding, Difference) else ""
    return f"{words('target', finding.target)}, {features_words(finding)}, {metric_words(finding)}{minus}"


def brains_row(finding: Measured) -> str:
    """Return the head of a finding's row: of which features, and what was measured."""
    features = words("features", getattr(finding, "features", ""))
    codes = getattr(finding, "codes", 0)
    return f"{features}{f' ({codes})' if codes else ''}, {metric_words(finding)}"


def _inversion_row(finding: Measured) -> str:
    what = {"latent_code": "latents of generated brains", "image": "held-out scans"}
    target = getattr(finding, "target", "")
    return f"{what.get(target, words('target', target))}, {metric_words(finding)}"


def findings_table(
    findings: Sequence[Measured], caption: str, row: Callable[[Measured], str], column: Callable[[Measured], str]
) -> Table | None:
    """Return findings as a table, the last column what they are compared with; None of no findings.

    Args:
        findings: its cells.
        caption: what it shows.
        row, column: the head of a finding's row, and of its column.
    """
    if not findings:
        return None
    columns = list(dict.fromkeys(column(finding) for finding in findings))
    body = []
    for label in dict.fromkeys(row(finding) for finding in findings):
        mine = [finding for finding in findings if row(finding) == label]
        cells = [next((_cell(finding) for finding in mine if column(finding) == name), "–") for name in columns]
        body.append([label, *cells, next((text for finding in mine if (text := _baseline(finding))), "–")])
    return Table(caption, ["measure", *columns, "baseline"], body)


def _cell(finding: Measured) -> str:
    text = with_interval(finding)
    if isinstance(finding, Distance) and finding.ratio == finding.ratio:
        text += f"; {finding.ratio:.3g} × the floor"
    if isinstance(finding, Score) and (original := shown(finding, finding.original_value)):
        text += f"; original {original}"
    return text


def _baseline(finding: Measured) -> str:
    if not isinstance(finding, Compared) or not (value := shown(finding, finding.baseline_value)):
        return ""
    ends = (finding.baseline_low, finding.baseline_high) if isinstance(finding, Distance) else ()
    between = " to ".join(text for end in ends if (text := shown(finding, end)))
    return f"{value} ({f'{between}; ' if between else ''}{baseline_words(finding)})"
