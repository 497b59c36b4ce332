"""The morphometry section: painted brains, what tells sex and age, models, sites, and two components."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import pandas as pd

from brainaging.pipeline.report.chapters.models_compared import grid_figures
from brainaging.pipeline.report.chapters.projections import projections_content
from brainaging.pipeline.report.chapters.strongest_structures import importance_figures
from brainaging.pipeline.report.chapters.unseen_sites import site_figures
from brainaging.pipeline.report.inputs import Run, first_line
from brainaging.pipeline.report.painted.files import ATLAS_NAMES, write_maps
from brainaging.pipeline.report.painted.maps import (
    DIFFERENCES,
    Map,
    comparison_maps,
    comparisons,
    measure_words,
    page_maps,
)
from brainaging.pipeline.report.sections import Content, Figure, Panel, Table
from brainaging.pipeline.runtime import UserError

_WHERE = (
    "The cortex is drawn half-way inflated, so that the floors of sulci and the insula can be seen: from outside "
    "(lateral) above, from between the hemispheres (medial) below; the left hemisphere is on the left. The slices "
    "show the structures below the cortex on the atlas' own brain, the subject's left on the left. Borders are "
    "those of an average brain, right to a few millimetres; grey regions have no value."
)
MEANS = (
    "Each region has the colour of its average over the group; all groups share one scale for each measure, "
    "logarithmic for areas and volumes. These are whole brains, so they look alike: what differs stands in the "
    "differences below. "
)
DIFFERENCE = (
    "Each region has the colour of the difference between the groups, in standard deviations of that measure; "
    "white is none. {outlined}All maps of {kind}, raw and adjusted, share one scale that is the same in both "
    "directions, so colours can be compared between them. "
)
_OUTLINED = (
    "Outlined in black: regions whose difference is significant after correction for all regions tested "
    "(family-wise 5 %); the others are faded. "
)
RAW_SEX = (
    "Nothing is taken out here: men's heads are larger on average, volumes and areas follow head size, and much "
    "of these maps is that. "
)
GIVEN_SEX = "What remains between women and men of the same head size (and age, where it is known). "
RAW_AGE = (
    "Nothing is taken out here: where one age group holds more men than another, part of this is the sex "
    "difference above. "
)
GIVEN_AGE = "What remains between older and younger people of the same sex and head size. "
_WORDS = {
    "sex": RAW_SEX,
    "sex_given_head_size": GIVEN_SEX,
    "age": RAW_AGE,
    "age_given_sex_and_head_size": GIVEN_AGE,
}
_MOST_KINDS = 4
MISSING = {
    "regions.csv": "Group means and differences were not computed",
    "importance.csv": "The importance of structures was not computed",
    "table_pca.csv": "The principal components of the table were not computed",
}


def morphometry_content(run: Run) -> Content | None:
    """Return the section on morphometry tables; None where the run left nothing of one.

    Writes painted/<comparison>.png beside the report for every comparison of regions.csv. A file that is missing
    or broken gives a sentence, the others their figures.
    """
    findings = [finding for finding in run.results if finding.modality == "table"]
    if not findings and all(getattr(run, name) is None for name in ("regions", "importance", "table_pca")):
        return None
    simulated = run.simulated is True
    figures: list[Figure] = []
    notes: list[str] = []
    maps: dict[str, list[Map]] = {}
    parts: list[tuple[str, Callable[[], Sequence[Figure]]]] = [
        ("regions.csv", lambda: _painted(run.regions, maps)),
        ("importance.csv", lambda: [] if run.importance is None else importance_figures(run.importance)),
        (
            "results.csv",
            lambda: [*grid_figures(findings, simulated=simulated), *site_figures(findings)],
        ),
        ("table_pca.csv", lambda: _components(run)),
    ]
    for name, draw in parts:
        try:
            drawn = list(draw())
        except UserError as error:
            notes.append(f"{name} could not be shown: {first_line(error, run.folder)}.")
            continue
        if drawn:
            figures += drawn
        elif name in run.problems:
            notes.append(f"{name} could not be read: {run.problems[name]}.")
        elif name in MISSING:
            state = "is empty" if (run.folder / name).exists() else "is not in the output folder"
            notes.append(f"{MISSING[name]}: {name} {state}.")
    tables = []
    if maps:
        files = write_maps(run.folder, maps)
        tables.append(
            Table("Painted brains as files, beside this report", ["File", "What it shows"], _listed(files))
        )
    return Content(facts=_facts(run), figures=figures, tables=tables, extra={"notes": notes})


def _painted(table: pd.DataFrame | None, maps: dict[str, list[Map]]) -> list[Figure]:
    """Return the figures of painted brains, and fill ``maps`` with every comparison's."""
    if table is None:
        return []
    for comparison in comparisons(table):
        maps[comparison] = comparison_maps(table, comparison)
    figures = []
    sexes: dict[str, list[Map]] = {name: maps[name] for name in ("mean_F", "mean_M") if name in maps}
    if sexes:
        figures.append(Figure("The average female and male brain", MEANS, _side_by_side(sexes)))
    figures += _differences(maps, table, ("sex", "sex_given_head_size"))
    ages = {
        name: shown
        for name, shown in maps.items()
        if name not in (*DIFFERENCES, *sexes) and any(brain_map.group for brain_map in shown)
    }
    if ages:
        figures.append(Figure("The average brain of each age group", MEANS, _side_by_side(ages, most=1)))
    figures += _differences(maps, table, ("age", "age_given_sex_and_head_size"))
    if figures:
        # said once, under the first
        figures[0] = replace(figures[0], caption=figures[0].caption + _WHERE)
    return figures


def _side_by_side(maps: Mapping[str, Sequence[Map]], most: int = 2) -> list[Panel]:
    """Return the groups' maps beside each other: the first measure of the cortex, and below it aseg."""
    shown = [page_maps(of_group) for of_group in maps.values()]
    kinds = list(
        dict.fromkeys((brain_map.atlas, brain_map.measure) for of_group in shown for brain_map in of_group)
    )
    first = [kind for kind in kinds if kind[0] != "aseg"][:1] + [kind for kind in kinds if kind[0] == "aseg"]
    return [
        Panel(
            f"{_GROUPS.get(brain_map.group, f'{brain_map.group} years')}: {brain_map.heading.lower()}",
            brain_map.picture(),
        )
        for kind in first[:most]
        for of_group in shown
        for brain_map in of_group
        if (brain_map.atlas, brain_map.measure) == kind
    ]


_GROUPS = {"F": "Women", "M": "Men"}


def _differences(maps: Mapping[str, Sequence[Map]], table: pd.DataFrame, names: tuple[str, ...]) -> list[Figure]:
    kind = DIFFERENCES[names[0]][0]
    figures = []
    for name in names:
        if not maps.get(name):
            continue
        tested = table.loc[table["comparison"] == name, "p_fwe"].notna().any()
        caption = _WORDS[name] + DIFFERENCE.format(outlined=_OUTLINED if tested else "", kind=kind)
        panels = [Panel(brain_map.heading, brain_map.picture()) for brain_map in page_maps(maps[name])]
        figures.append(Figure(maps[name][0].shows, caption, panels))
    return figures


def _components(run: Run) -> list[Figure]:
    if run.table_pca is None or run.table_pca.empty:
        return []
    return projections_content(run.table_pca, run.table_variance, "person", "people").figures


def _listed(files: Sequence[tuple[str, str]]) -> list[list[str]]:
    return [[name, what] for name, what in files]


def _facts(run: Run) -> list[tuple[str, str]]:
    table = run.regions
    if table is None or table.empty:
        return []
    brain_map = table[table["comparison"] == table["comparison"].iloc[0]]
    atlases = [ATLAS_NAMES[name] for name in ATLAS_NAMES if (brain_map["atlas"] == name).any()]
    kinds = (
        brain_map.groupby("measure", sort=False).size().sort_values(ascending=False, kind="stable")[:_MOST_KINDS]
    )
    return [
        ("Measures", str(len(brain_map))),
        ("Of them", ", ".join(f"{count} of {measure_words(str(name))}" for name, count in kinds.items() if name)),
        ("Atlases", ", ".join(atlases) or "not known"),
    ]
