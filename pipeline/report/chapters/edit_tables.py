"""What was measured of edits, in three tables an edit: a method a row, a metric a column, with 95 % intervals."""

from collections.abc import Callable, Sequence

from brainaging.pipeline.report.brain_sentences import SHARED_MODEL
from brainaging.pipeline.report.chapters.edit_axes import axes_facts, axes_tables
from brainaging.pipeline.report.phrases import baseline_words, shown, with_interval
from brainaging.pipeline.report.sections import Table
from brainaging.pipeline.report.selection import of_kind, reasons
from brainaging.pipeline.results import AXES, DirectionCosine, EditScore, Finding, Score, title, words

PEOPLE = "differences between people of a cohort who differ in age, sex or head size, not a person's future"
#: what a flawless method would have, under each metric's name
_BEST = {
    "correlation": "1 is best",
    "norm_ratio": "1 is best",
    "slope_error": "0 is best",
    "ventricle_ratio": "1 is best",
    "head_size_drift": "the true drift is best",
    "reader_agreement": "1 is best",
    "reversibility_error": "0 is best",
}
#: these know what a method cannot: they bound what can be reached
_FROM_TRUTH = ("mean_true_map", "scenario_oracle")
_KNOWING = (*_FROM_TRUTH, "no_change")
_CAPTION = (
    "{edit}: every method, on scans that it did not learn from, with 95 % intervals. {knowing}These are " + PEOPLE
)
_PEOPLE_CAPTION = "{edit}: the same in women and men, as they were before the edit, and in spans of age"
_LAWS_CAPTION = "{edit}, the laws of an edit: heads change as they truly do, and the way back undoes the way there"
_DIRECTIONS = (
    "The angle between the direction of age and that of sex, as a cosine: 0 where they have nothing in common. "
    "Where older people of a cohort are more often of one sex, directions fitted without covariates lean towards "
    "each other."
)


def edit_facts(findings: Sequence[Finding]) -> list[tuple[str, str]]:
    """Return what the section says first: what an edit is, from and on whom it was measured, what came closest."""
    facts = [("What an edit shows", PEOPLE)]
    scores = [score for score in of_kind(findings, EditScore) if score.metric not in AXES]
    if scores:
        tested, learned = (max(getattr(score, name) for score in scores) for name in ("n_test", "n_train"))
        facts.append(("Measured on", f"{tested} held-out scans, learned from {learned} others"))
    if readers := of_kind(findings, Score):
        read = [f"{words('target', score.target)}: {score.term.words} {with_interval(score)}" for score in readers]
        learned = f"Learned from {readers[0].n_train} people whom the edit did not learn from"
        text = f"{'; '.join(read)}. {learned}, tested on {readers[0].n_test} others"
        facts.append(("The reader of edited brains, on held-out scans", text))
    close = [score for score in scores if score.metric == "correlation" and not score.people]
    close = [score for score in close if score.model not in _KNOWING]
    for edit in dict.fromkeys(score.edit for score in close):
        best = max((score for score in close if score.edit == edit), key=lambda score: score.value)
        text = f"{words('model', best.model)}: correlation {with_interval(best)}"
        facts.append((f"Closest to the true change ({words('edit', edit)})", text))
    if close:
        facts.append(("What a score by the truth says", SHARED_MODEL))
    return facts + axes_facts(findings) + [("Not computed", reason) for reason in reasons(findings)]


def edit_tables(findings: Sequence[Finding]) -> list[Table]:
    """Return a table for every edit that has rows, and one of the directions' angle where it was measured."""
    scores = [score for score in of_kind(findings, EditScore) if score.metric not in AXES]
    parts: list[tuple[Callable[[EditScore], bool], str]] = [
        (lambda finding: not finding.people and not _is_law(finding), _CAPTION),
        (lambda finding: bool(finding.people) and not _is_law(finding), _PEOPLE_CAPTION),
        (_is_law, _LAWS_CAPTION),
    ]
    tables = axes_tables(findings)
    for edit in dict.fromkeys(finding.edit for finding in scores):
        mine = [finding for finding in scores if finding.edit == edit]
        models = {score.model for score in mine}
        names = [f"“{title('model', model)}”" for model in _FROM_TRUTH if model in models]
        knowing = f"Taken from the truth, to show what can be reached: {' and '.join(names)}. " if names else ""
        for belongs, caption in parts:
            part = [finding for finding in mine if belongs(finding)]
            if part:
                text = caption.format(edit=title("edit", edit), knowing=knowing) + "."
                tables.append(_by_method(text, part))
    cosines = of_kind(findings, DirectionCosine)
    return [*tables, _directions(cosines)] if cosines else tables


def _is_law(score: EditScore) -> bool:
    return score.metric == "reversibility_error" or (score.metric == "head_size_drift" and score.people != "")


def _column(score: EditScore) -> str:
    best = f" ({_BEST[score.metric]})" if score.metric in _BEST and not score.people else ""
    return f"{score.term.words}{best}" + (f", {words('people', score.people)}" if score.people else "")


def _by_method(caption: str, scores: Sequence[EditScore]) -> Table:
    """Return a row a method in the run's order, and where there are baselines, a last row with them."""
    columns = list(dict.fromkeys(_column(finding) for finding in scores))
    body = []
    for model in dict.fromkeys(finding.model for finding in scores):
        cells = {_column(score): with_interval(score) for score in reversed(scores) if score.model == model}
        body.append([title("model", model), *(cells.get(name, "–") for name in columns)])
    baselines: dict[str, dict[str, None]] = {name: {} for name in columns}
    for finding in scores:
        if value := shown(finding, finding.baseline_value):
            baselines[_column(finding)][f"{value} ({baseline_words(finding)})"] = None
    if any(baselines.values()):
        body.append(["Baseline", *("; ".join(texts) or "–" for texts in baselines.values())])
    return Table(caption, ["method", *columns], body)


def _directions(cosines: Sequence[DirectionCosine]) -> Table:
    columns = list(dict.fromkeys(finding.covariates for finding in cosines))
    body = []
    for encoder, metric in dict.fromkeys((finding.encoder, finding.metric) for finding in cosines):
        cells = {
            finding.covariates: with_interval(finding)
            for finding in cosines
            if (finding.encoder, finding.metric) == (encoder, metric)
        }
        label = ", ".join(text for text in (words("encoder", encoder), words("metric", metric)) if text)
        body.append([label, *(cells.get(name, "–") for name in columns)])
    return Table(_DIRECTIONS, ["measure", *(title("covariates", name) for name in columns)], body)
