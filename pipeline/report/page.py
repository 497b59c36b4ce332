"""The page: its declared sections, filled from a run's files, put into one self-contained HTML file."""

from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import jinja2

from brainaging.pipeline.report.brain_sentences import (
    adversarial_sentence,
    distance_sentences,
    edit_sentences,
    reconstruction_sentences,
    taught_sentences,
)
from brainaging.pipeline.report.declared_sections import SECTIONS, Declared
from brainaging.pipeline.report.inputs import Run, first_line, read_run
from brainaging.pipeline.report.opening import edit_beside_truth, ordered_brains
from brainaging.pipeline.report.opening.first_picture import opening_picture
from brainaging.pipeline.report.opening.headlines import opening_sentences
from brainaging.pipeline.report.sections import Section
from brainaging.pipeline.report.selection import reasons
from brainaging.pipeline.report.sentences import Sentence, prediction_sentences
from brainaging.pipeline.runtime import UserError, counted, write_text

REPORT_NAME = "report.html"
#: said once, where a reader meets the first interval
CONDITIONAL = (
    "Intervals are 95 % and conditional on the fitted models: the bootstrap draws anew the people who are tested, "
    "whole families together, and trains nothing anew. What other training people or another training would have "
    "given is not in them."
)


def render_report(out_dir: Path) -> Path:
    """Write ``report.html`` into ``out_dir`` from the files there, and return its path.

    The file needs nothing but itself: styles and pictures are inside, no script, nothing fetched. A file of the
    run that is missing or broken gives a sentence in its section. The same inputs give the same bytes.

    Raises:
        UserError: ``out_dir`` is not a folder.
    """
    run = read_run(Path(out_dir))
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_template),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    shown = [declared for declared in SECTIONS if _is_shown(declared, run)]
    findings = _sentences(run)
    shipped = [*edit_beside_truth.edit_sentences(run), *ordered_brains.order_sentences(run)]
    # The style sheet is ours, not data: the one string that goes in as it stands.
    style = jinja2.utils.markupsafe.Markup(_template("report.css"))
    page = environment.get_template("page.html").render(
        style=style,
        name=str((run.cohort or {}).get("name", "unnamed cohort")),
        count=(run.cohort or {}).get("n"),
        opening=opening_sentences(findings, shipped),
        picture=opening_picture(run),
        findings=findings,
        conditional=CONDITIONAL,
        what=_what(run),
        cautions=cautions(
            run.simulated, scans=run.has_scans, followed=run.follow_up is not None and not run.results
        ),
        sections=[_filled(declared, run) for declared in counted(shown, "writing the report, sections")],
    )
    path = Path(out_dir) / REPORT_NAME
    write_text(path, page)
    return path


def _is_shown(declared: Declared, run: Run) -> bool:
    there = (run.folder / declared.needs).exists() or not declared.optional
    return there and (run.has_scans or not declared.of_scans)


def _what(run: Run) -> str:
    """Return the page's subject in words, to follow the number of people."""
    if not run.has_scans:
        return "people's morphometry tables: what linear models read from them of sex and age"
    if not run.results and run.follow_up is not None:
        return "T1-weighted brain scans of people who were followed: what years change in them"
    if not run.results and run.edits is not None:
        return "T1-weighted brain scans: what age, sex and head size change in them"
    if run.has_table:
        return "people's T1-weighted brain scans and morphometry tables: what linear models read of sex and age"
    return "T1-weighted brain scans: what a linear model reads from them of sex and age"


def cautions(simulated: bool | None, *, scans: bool = True, followed: bool = False) -> list[str]:
    """Return what a reader must know before believing a figure, whatever the figures show."""
    data = "scans" if scans else "measures"
    origins = {
        True: "The cohort is simulated: these brains belong to nobody, and the effects of age and sex "
        "in them were put in on purpose. The numbers test the method; they say nothing about people.",
        False: f"The cohort holds {data} of real people.",
        None: "Whether the cohort is simulated was not recorded.",
    }
    compared = (
        f"The {data} were compared between people, not followed over time: cross-sectional differences between "
        "younger and older people are not a person's future."
    )
    if followed:
        compared = (
            "People were followed over time, and what came stands beside what was predicted; an edit is learned "
            "from differences between people all the same."
        )
    return [
        compared,
        origins[simulated],
        "Restricted values (exact ages, family and parent identifiers, zygosity) are not in this report; where "
        "they were available, they steered splits and fits only.",
    ]


def _sentences(run: Run) -> list[Sentence]:
    added = adversarial_sentence(run.synthetic_results)
    return [
        *prediction_sentences(run.results, simulated=run.simulated is True),
        *reconstruction_sentences(run.results),
        *([Sentence(added)] if added else []),
        *edit_sentences(run.edit_results),
        *taught_sentences(run.generator_results),
        *distance_sentences(run.synthetic_results),
    ]


def _filled(declared: Declared, run: Run) -> Section:
    absent = f"{declared.missing}: {declared.needs} is not in the output folder."
    if declared.needs in run.problems:
        absent = f"{declared.needs} could not be read: {run.problems[declared.needs]}."
    content = None
    try:
        content = declared.fill(run)
        if content is not None and declared.needs in run.problems:
            facts = [("Not read", f"{declared.needs}: {run.problems[declared.needs]}"), *content.facts]
            content = replace(content, facts=facts)
        if content is None and (run.folder / declared.needs).exists() and declared.needs not in run.problems:
            absent = f"{declared.missing}: {declared.needs} has nothing of it."
    except UserError as error:
        absent = f"{declared.needs} could not be shown: {first_line(error, run.folder)}."
    why = reasons({"synthetic": run.synthetic_results, "edits": run.edit_results}.get(declared.id, []))
    absent = " ".join([absent, *(f"Not computed: {reason}." for reason in why)])
    return Section(
        declared.id,
        declared.title,
        declared.lead,
        content,
        absent,
        declared.template,
        (declared.open_figures, declared.open_tables),
        left_out=content is None and not why and not (run.folder / declared.needs).exists(),
    )


def _template(name: str) -> str:
    return (files("brainaging.pipeline.report") / "templates" / name).read_text(encoding="utf-8")
