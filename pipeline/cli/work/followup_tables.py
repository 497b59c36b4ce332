"""What a terminal shows of people followed over time."""

from collections.abc import Sequence

import numpy as np
from rich import box
from rich.table import Table

from brainaging.pipeline.data.visits import Timeline
from brainaging.pipeline.results import Finding, FollowUpScore, NotComputed, title, words

#: columns of a session's table: what is measured, and of what
SHOWN = (
    ("error_by_no_change", "voxels", "map: error by no change"),
    ("correlation", "voxels", "map: correlation"),
    ("norm_ratio", "voxels", "map: size"),
    ("change_mae", "ventricles", "ventricles: error, mL"),
    ("change_ratio", "ventricles", "ventricles: size"),
    ("change_mae", "tissue", "tissue: error, mL"),
    ("change_ratio", "tissue", "tissue: size"),
)
NOT_DRAWN_FROM = (
    "size: mean predicted change by the observed one. Who is scored here was not learned from; the edit and "
    "regressions know differences between people alone, means of people followed know second sessions of others."
)


def followup_tables(findings: Sequence[Finding]) -> list[Table]:
    """Return a table a later session, a row a method and a last one for the floor that retests set."""
    scores = [finding for finding in findings if isinstance(finding, FollowUpScore)]
    tables = []
    for edit in dict.fromkeys(score.edit for score in scores if score.metric == "change_mae"):
        mine = {
            (score.model, score.metric, score.features): score
            for score in scores
            if score.edit == edit and score.metric != "people_needed"
        }
        count = max(score.n_test for score in mine.values())
        heading = f"{title('edit', edit)}: {count} people, learned from {next(iter(mine.values())).n_train} others"
        table = Table(title=heading, title_justify="left", box=box.SIMPLE_HEAD)
        # names of methods whole, at any width of the terminal: figures may take two lines
        table.add_column("method", no_wrap=True)
        for _, _, name in SHOWN:
            table.add_column(name)
        models = dict.fromkeys(
            model for model, metric, _ in mine if metric in ("change_mae", "error_by_no_change")
        )
        for model in models:
            table.add_row(words("model", model), *(_cell(mine.get((model, *key[:2]))) for key in SHOWN))
        table.add_row("floor: retests within days", *(_floor(mine, models, *key[:2]) for key in SHOWN))
        tables.append(table)
    return tables


def followup_lines(people: Sequence[Timeline], findings: Sequence[Finding]) -> list[str]:
    """Return who was followed, what intervals hold, and how many people tell the edit from its rivals."""
    visits = [len(person.visits) for person in people]
    gaps = [
        after.age - before.age
        for person in people
        for before, after in zip(person.visits, person.visits[1:], strict=False)
    ]
    retests = sum(len(person.retests) for person in people)
    same_day = sum(
        visit.day is not None and visit.day == again.day for person in people for visit, again in person.retests
    )
    lines = [
        f"{len(people)} people: {sum(count > 1 for count in visits)} with two sessions or more, "
        f"{sum(count > 2 for count in visits)} with three, {np.mean(gaps):.1f} years apart on average; {retests} "
        f"pairs of retests ({same_day} on one day)"
    ]
    for finding in findings:
        if isinstance(finding, NotComputed):
            lines.append(f"not computed: {finding.reason}")
        if not isinstance(finding, FollowUpScore):
            continue
        what, where = words("features", finding.features), words("edit", finding.edit)
        if finding.metric == "interval_coverage":
            width = [
                other.value
                for other in findings
                if isinstance(other, FollowUpScore)
                and other.metric == "interval_width"
                and (other.edit, other.model, other.features) == (finding.edit, finding.model, finding.features)
            ]
            lines.append(
                f"95 % intervals, {where}, by {words('model', finding.model)}: {what} {finding.value:.0%} "
                f"({finding.ci_low:.0%} to {finding.ci_high:.0%}) held of {finding.n_test}, {width[0]:.2f} wide"
            )
        if finding.metric == "people_needed":
            rival = words("baseline", finding.baseline)
            lines.append(f"people that tell the edit from {rival}, {where}, {what}: {_people(finding)}")
    return lines


def _people(finding: FollowUpScore) -> str:
    if not np.isfinite(finding.value):
        return "no number is enough, they do not differ"
    return f"{finding.value:.0f} (there are {finding.n_test})"


def _cell(score: FollowUpScore | None) -> str:
    if score is None:
        return "–"
    band = f" ({score.ci_low:.2f}, {score.ci_high:.2f})" if score.has_interval else ""
    return f"{score.value:.2f}{band}"


def _floor(
    scores: dict[tuple[str, str, str], FollowUpScore], models: dict[str, None], metric: str, features: str
) -> str:
    found = [scores[model, metric, features] for model in models if (model, metric, features) in scores]
    known = [score.baseline_value for score in found if score.baseline == "retest"]
    return f"{known[0]:.2f}" if known and np.isfinite(known[0]) else "–"
