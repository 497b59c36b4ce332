"""The page: every section declared once, filled from a run's files, put into one self-contained HTML file."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path

import jinja2
import pandas as pd

from brainaging.pipeline.report.brain_sentences import (
    adversarial_sentence,
    edit_sentences,
    reconstruction_sentences,
)
from brainaging.pipeline.report.chapters.cohort_counts import cohort_content
from brainaging.pipeline.report.chapters.edits import edits_section
from brainaging.pipeline.report.chapters.followed_people import followed_content
from brainaging.pipeline.report.chapters.learning_curves import curves_content
from brainaging.pipeline.report.chapters.morphometry_figures import morphometry_content
from brainaging.pipeline.report.chapters.placement import placement_content
from brainaging.pipeline.report.chapters.projections import projections_content
from brainaging.pipeline.report.chapters.reconstructions import reconstructions_content
from brainaging.pipeline.report.chapters.results import results_content
from brainaging.pipeline.report.chapters.run_record import provenance_content
from brainaging.pipeline.report.chapters.synthetic import synthetic_content
from brainaging.pipeline.report.inputs import Run, first_line, read_run
from brainaging.pipeline.report.opening import opening_picture, opening_sentences
from brainaging.pipeline.report.sections import Content, Section
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


@dataclass(frozen=True)
class Declared:
    """A section before it is filled: the file it needs, what fills it, and the sentence for when it is missing.

    ``open_figures`` and ``open_tables`` stand open; the others fold.
    """

    id: str
    title: str
    lead: str
    needs: str
    missing: str
    fill: Callable[[Run], Content | None]
    template: str = ""
    of_scans: bool = False
    open_figures: int = 1
    open_tables: int = 0


def _cohort(run: Run) -> Content | None:
    what = "scans" if run.has_scans else "people"
    return None if run.cohort is None else cohort_content(run.cohort, run.simulated, what)


def _results(run: Run) -> Content | None:
    return results_content(run.results, simulated=run.simulated is True) if run.results else None


def _reconstructions(run: Run) -> Content | None:
    grid = (run.cohort or {}).get("grid")
    grid = grid if isinstance(grid, Mapping) else None
    return None if run.reconstructions is None else reconstructions_content(run.reconstructions, grid)


def _filled_by(content: Callable[..., Content], *files: str) -> Callable[[Run], Content | None]:
    """Return what fills a section from what a run has read of ``files``, the first of which it needs."""

    def fill(run: Run) -> Content | None:
        first, *others = (getattr(run, name) for name in files)
        empty = first is None or (isinstance(first, pd.DataFrame) and first.empty)
        return None if empty else content(first, *others)

    return fill


SECTIONS: tuple[Declared, ...] = (
    Declared(
        "results",
        "Results beside the original's",
        "Every number of this run that results.csv holds, with its 95 % interval, the baseline it has to beat, "
        "and what the original work reported where it did.",
        "results.csv",
        "The probes were not run, so there is no number to show",
        _results,
        "results.html",
    ),
    Declared(
        "cohort",
        "Cohort",
        "Who is in it, and who was left out.",
        "cohort.json",
        "The cohort was not described",
        _cohort,
        open_tables=1,
    ),
    Declared(
        "morphometry",
        "Morphometry",
        "What FreeSurfer measured of every region: painted on brains, and what it tells of sex and age.",
        "regions.csv",
        "No morphometry table was analysed",
        morphometry_content,
        "morphometry.html",
    ),
    Declared(
        "reconstructions",
        "Reconstructions",
        "What the autoencoder keeps of a brain, beside principal components fitted to the same training scans.",
        "reconstructions.npz",
        "The reconstruction experiment was not run",
        _reconstructions,
        "reconstructions.html",
        of_scans=True,
    ),
    Declared(
        "synthetic",
        "Synthetic brains",
        "Brains that a generator draws: are they like people's, may a classifier label them, and can the latent "
        "of a real scan be recovered?",
        "synthetic.npz",
        "No synthetic brain was generated",
        _filled_by(synthetic_content, "synthetic", "synthetic_results", "synthetic_people"),
        of_scans=True,
    ),
    Declared(
        "edits",
        "Moving a brain along age and sex",
        "A scan edited towards people of another age, the other sex or another head size, its own anatomy kept: "
        "what changes, and whether it is what should.",
        "edits.npz",
        "No brain was edited",
        lambda run: edits_section(run.edits, run.edit_results),
        of_scans=True,
    ),
    Declared(
        "follow_up",
        "People followed over time",
        "Later scans of people who were not learned from, predicted from earlier ones, beside those that came.",
        "follow_up.npz",
        "Nobody was followed over time",
        _filled_by(followed_content, "follow_up", "follow_up_results"),
        of_scans=True,
        open_tables=2,
    ),
    Declared(
        "pca",
        "Principal components",
        "The scans on the two directions in which they differ most: in voxels, and in the autoencoder's codes.",
        "pca.csv",
        "The principal component analysis was not run",
        _filled_by(projections_content, "pca", "variance"),
        of_scans=True,
    ),
    Declared(
        "placement",
        "Placement on the template",
        "Whether every scan landed where the networks expect a brain.",
        "placement.npz",
        "The placement on the template was not checked",
        _filled_by(placement_content, "placement"),
        "placement.html",
        of_scans=True,
    ),
    Declared(
        "curves",
        "Learning curves",
        "How training went, epoch by epoch.",
        "curves.csv",
        "No network was trained in this run",
        _filled_by(curves_content, "curves"),
        open_figures=0,
    ),
    Declared(
        "provenance",
        "Provenance",
        "What is needed to repeat this run.",
        "provenance.json",
        "How this run came about was not recorded",
        _filled_by(provenance_content, "provenance"),
        "provenance.html",
    ),
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
    shown = [declared for declared in SECTIONS if run.has_scans or not declared.of_scans]
    findings = _sentences(run)
    # The style sheet is ours, not data: the one string that goes in as it stands.
    style = jinja2.utils.markupsafe.Markup(_template("report.css"))
    page = environment.get_template("page.html").render(
        style=style,
        name=str((run.cohort or {}).get("name", "unnamed cohort")),
        count=(run.cohort or {}).get("n"),
        opening=opening_sentences(findings),
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
    why = {"synthetic": run.synthetic_results, "edits": run.edit_results}.get(declared.id, [])
    absent = " ".join([absent, *(f"Not computed: {reason}." for reason in reasons(why))])
    figures, tables = declared.open_figures, declared.open_tables
    return Section(
        declared.id, declared.title, declared.lead, content, absent, declared.template, (figures, tables)
    )


def _template(name: str) -> str:
    return (files("brainaging.pipeline.report") / "templates" / name).read_text(encoding="utf-8")
