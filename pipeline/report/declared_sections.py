"""Every section of the page, declared once: the file it needs, what fills it, and what is said without it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pandas as pd

from brainaging.pipeline.report.chapters.cohort_counts import cohort_content
from brainaging.pipeline.report.chapters.edits import edits_section
from brainaging.pipeline.report.chapters.followed_people import followed_content
from brainaging.pipeline.report.chapters.generator_worth import worth_content
from brainaging.pipeline.report.chapters.learning_curves import curves_content
from brainaging.pipeline.report.chapters.morphometry_figures import morphometry_content
from brainaging.pipeline.report.chapters.placement import placement_content
from brainaging.pipeline.report.chapters.projections import projections_content
from brainaging.pipeline.report.chapters.reconstructions import reconstructions_content
from brainaging.pipeline.report.chapters.results import results_content
from brainaging.pipeline.report.chapters.run_record import provenance_content
from brainaging.pipeline.report.chapters.synthetic import synthetic_content
from brainaging.pipeline.report.inputs import Run
from brainaging.pipeline.report.opening import edit_beside_truth, ordered_brains
from brainaging.pipeline.report.sections import Content


@dataclass(frozen=True)
class Declared:
    """A section before it is filled: the file it needs, what fills it, and the sentence for when it is missing.

    ``open_figures`` and ``open_tables`` stand open; the others fold. An ``optional`` one that has no file is not
    mentioned.
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
    optional: bool = False


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
        "one_edit",
        "One scan, edited by a model that ships",
        "A simulated person made older by a model that learned from others, beside what is true of this person.",
        "one_edit.npz",
        "No scan was edited by a model that ships",
        edit_beside_truth.edit_content,
        of_scans=True,
        open_figures=2,
        optional=True,
    ),
    Declared(
        "ordered",
        "Brains made to order by a model that ships",
        "Brains generated for the age, sex and head size of simulated people, beside these people.",
        "ordered.npz",
        "No brain was made to order",
        ordered_brains.order_content,
        of_scans=True,
        open_figures=2,
        optional=True,
    ),
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
        "generators",
        "What each generator is worth",
        "Every generator on the same people: are its brains like people's, are they what was asked for, and what "
        "can be learned from them?",
        "generators.npz",
        "Generators were not compared",
        _filled_by(worth_content, "generators", "generator_results"),
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
