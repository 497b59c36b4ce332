"""The cohort: who is in it, by sex and age, and who was left out and why."""

from collections.abc import Mapping
from typing import Any

from matplotlib.figure import Figure as Canvas

from brainaging.pipeline.report.drawing.style import SEX_COLOURS, SEX_NAMES, Picture, drawing, embed
from brainaging.pipeline.report.phrases import natural_key
from brainaging.pipeline.report.sections import Content, Figure, Panel, Table
from brainaging.pipeline.runtime import UserError

_PLURALS = {"family": "families", "subject": "subjects", "site": "sites"}
CAPTION = (
    "Bars to the left count women, bars to the right men, in each age group; the number stands at each bar's end. "
    "Where the share of men changes from group to group, age and sex are confounded: what tells one of them "
    "then also tells something of the other."
)


def cohort_content(cohort: Mapping[str, Any], simulated: bool | None = None, what: str = "scans") -> Content:
    """Return the cohort section from cohort.json.

    Args:
        cohort: the file's content.
        simulated: whether the cohort is; None where it does not say.
        what: is counted.

    Raises:
        UserError: a count is none.
    """
    sex = _counts(cohort.get("sex"), "sex")
    ages = {str(name): _counts(both, f"age {name}") for name, both in _mapping(cohort.get("age"), "age").items()}
    facts = [
        ("Cohort", str(cohort.get("name", "not named"))),
        (what.capitalize(), str(cohort.get("n", "not given"))),
    ]
    if sex:
        facts.append(("Sex", ", ".join(f"{count} {_sex_name(code)}" for code, count in sex.items() if count)))
    groups = _mapping(cohort.get("groups"), "groups")
    if groups:
        kind = str(groups.get("kind", "group"))
        known = f" (known of {groups['known']} of {groups.get('of', '?')} subjects)" if "known" in groups else ""
        facts.append(("Kept together in splits", f"{groups.get('n', '?')} {_PLURALS.get(kind, kind)}{known}"))
    anatomies = _counts(cohort.get("anatomies"), "anatomies")
    if anatomies:
        learned, tried, unseen = (anatomies.get(key, 0) for key in ("learned_from", "tried_on", "tried_on_unseen"))
        words = f"{learned} that people learned from have, {tried} that people tried on have ({unseen} unseen)"
        facts.append(("Real anatomies", words))
    facts.append(("Origin", {True: "simulated", False: f"real {what}", None: "not recorded"}[simulated]))
    grid = _mapping(cohort.get("grid"), "grid")
    if grid:
        facts.append(("Grid", grid_words(grid)))
        if "fingerprint" in grid:
            facts.append(("Grid's fingerprint", str(grid["fingerprint"])))
    excluded = cohort.get("excluded") or []
    if not isinstance(excluded, list) or not all(isinstance(entry, Mapping) for entry in excluded):
        raise UserError("cohort.json: excluded expected a list of objects with subject and reason")
    one = "1 scan" if what == "scans" else "1 person"
    facts.append(("Left out", f"{len(excluded)} {what}" if len(excluded) != 1 else one))
    figures, tables = [], []
    if ages:
        kind = "age bracket" if cohort.get("age_kind") == "brackets" else "age in years, in bands"
        figures.append(
            Figure(f"{what.capitalize()} by {kind} and sex", CAPTION, [Panel("", age_by_sex(ages, kind, what))])
        )
    if excluded:
        rows = [[str(entry.get("subject", "")), str(entry.get("reason", ""))] for entry in excluded]
        tables.append(Table(f"{what.capitalize()} left out, and why", ["Subject", "Reason"], rows))
    return Content(facts, figures, tables)


def grid_words(grid: Mapping[str, Any]) -> str:
    """Return a grid in words: its name, shape and spacing in mm, as far as they are given."""
    shape = grid.get("shape")
    parts = [str(grid.get("name", ""))]
    if isinstance(shape, list | tuple):
        parts.append(" × ".join(map(str, shape)) + " voxels")
    if "spacing" in grid:
        parts.append(f"{grid['spacing']} mm")
    return ", ".join(part for part in parts if part)


def age_by_sex(ages: Mapping[str, Mapping[str, int]], kind: str, what: str = "scans") -> Picture:
    """Draw counts by age group (rows) and sex (left and right of a middle line)."""
    names = sorted(ages, key=natural_key, reverse=True)
    most = max([1, *(count for both in ages.values() for count in both.values())])
    with drawing():
        canvas = Canvas(figsize=(6.6, 1.1 + 0.36 * len(names)), layout="constrained")
        axes = canvas.subplots()
        for code, side in (("F", -1), ("M", 1)):
            counts = [ages[name].get(code, 0) for name in names]
            axes.barh(range(len(names)), [side * count for count in counts], 0.72, color=SEX_COLOURS[code])
            for place, count in enumerate(counts):
                axes.annotate(
                    str(count),
                    (side * count, place),
                    (side * 4, 0),
                    textcoords="offset points",
                    va="center",
                    ha="left" if side > 0 else "right",
                    fontsize=9,
                )
            axes.text(
                side * most * 0.6,
                len(names) - 0.35,
                SEX_NAMES[code],
                color=SEX_COLOURS[code],
                ha="center",
                va="bottom",
                fontweight="bold",
            )
        axes.axvline(0, color="white", linewidth=1.5)
        axes.set_xlim(-1.2 * most, 1.2 * most)
        axes.set_ylim(-0.6, len(names) + 0.15)
        axes.set_yticks(range(len(names)), names)
        axes.set_xticks([])
        axes.grid(visible=False)
        axes.set_ylabel(kind)
        axes.spines[["left", "bottom"]].set_visible(False)
        axes.tick_params(length=0)
        listed = "; ".join(
            f"{name}: {ages[name].get('F', 0)} female, {ages[name].get('M', 0)} male" for name in reversed(names)
        )
        return embed(canvas, f"{what.capitalize()} by {kind} and sex. {listed}.")


def _sex_name(code: str) -> str:
    return SEX_NAMES.get(code, "not given" if code in ("", "unknown") else code)


def _mapping(value: Any, name: str) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise UserError(f"cohort.json: {name} expected an object, found {type(value).__name__}")
    return value


def _counts(value: Any, name: str) -> dict[str, int]:
    counts = {}
    for code, count in _mapping(value, name).items():
        if not isinstance(count, int):
            raise UserError(f"cohort.json: {name}, {code}: expected a count, found {count!r}")
        counts[str(code)] = count
    return counts
