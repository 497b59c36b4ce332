"""The picture that opens the page: the first of those that a run has."""

from matplotlib.figure import Figure as Canvas

from brainaging.pipeline.report.chapters.edits import film_figure
from brainaging.pipeline.report.chapters.reconstructions import check_volumes
from brainaging.pipeline.report.drawing.style import drawing, embed
from brainaging.pipeline.report.inputs import Run
from brainaging.pipeline.report.opening.one_reconstruction import draw_brains
from brainaging.pipeline.report.painted.headline import headline_map
from brainaging.pipeline.report.sections import Figure, Panel
from brainaging.pipeline.runtime import UserError


def opening_picture(run: Run) -> Figure | None:
    """Return the picture that a run opens with: a brain at several ages, a scan reconstructed, or a painted brain.

    None where the run left none of them, or what it left cannot be shown: its section says why.
    """
    for picture in (_shipped, _film, _reconstructed, _painted):
        try:
            if (figure := picture(run)) is not None:
                return figure
        except UserError:
            continue
    return None


def _shipped(run: Run) -> Figure | None:
    return None if run.one_edit is None else film_figure(run.one_edit)


def _film(run: Run) -> Figure | None:
    return None if run.edits is None else film_figure(run.edits)


def _reconstructed(run: Run) -> Figure | None:
    if run.reconstructions is None:
        return None
    with drawing():
        canvas = Canvas(figsize=(7.1, 4.6), facecolor="white")
        draw_brains(canvas.add_subfigure(canvas.add_gridspec(1, 1)[0]), check_volumes(run.reconstructions))
        picture = embed(canvas, "A held-out scan, its reconstructions and their errors", vector=False)
    return Figure("A held-out scan and its reconstructions", "", [Panel("", picture)])


def _painted(run: Run) -> Figure | None:
    shown = None if run.regions is None or run.regions.empty else headline_map(run.regions)
    if shown is None:
        return None
    return Figure(f"{shown.shows}: {shown.heading.lower()}", "", [Panel("", shown.picture())])
