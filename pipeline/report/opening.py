"""How the page opens: at most five sentences and one picture; all else stands below, folded.

One finding a topic opens it, the first that is better than its baseline. What a run cannot show is no headline: of
a topic without such a finding nothing is said but in the last sentence, which counts all comparisons. Where no
topic has one, what cannot be told from its baseline stands there.
"""

from collections.abc import Sequence

from matplotlib.figure import Figure as Canvas

from brainaging.pipeline.report.chapters.edits import film_figure
from brainaging.pipeline.report.chapters.one_reconstruction import draw_brains
from brainaging.pipeline.report.chapters.reconstructions import check_volumes
from brainaging.pipeline.report.drawing.style import drawing, embed
from brainaging.pipeline.report.inputs import Run
from brainaging.pipeline.report.painted.headline import headline_map
from brainaging.pipeline.report.sections import Figure, Panel
from brainaging.pipeline.report.sentences import Sentence
from brainaging.pipeline.runtime import UserError

#: in the order of the page
TOPICS = ("edit", "sex", "age", "reconstruction")
_NAMES = {"edit": "edits", "sex": "sex", "age": "age", "reconstruction": "reconstruction"}


def opening_sentences(sentences: Sequence[Sentence]) -> list[Sentence]:
    """Return at most one sentence a topic of :data:`TOPICS`, in brief, and one that counts all comparisons."""
    chosen = _first_of_each(sentences, ("better", "")) or _first_of_each(sentences, ("unclear",))
    return [*chosen, *_counted(sentences)]


def _first_of_each(sentences: Sequence[Sentence], verdicts: Sequence[str]) -> list[Sentence]:
    there = [one for one in sentences if one.verdict in verdicts]
    firsts = [next((one for one in there if one.topic == topic), None) for topic in TOPICS]
    return [Sentence(one.brief, one.verdict, topic=one.topic) for one in firsts if one is not None]


def _counted(sentences: Sequence[Sentence]) -> list[Sentence]:
    """Return how all findings with an interval stand to their baselines, and of what none is better."""
    compared = [sentence for sentence in sentences if sentence.main and sentence.verdict]
    verdicts = [sentence.verdict for sentence in compared]
    if len(verdicts) < 2:
        return []
    better, unclear, worse = (verdicts.count(name) for name in ("better", "unclear", "worse"))
    text = (
        f"Of {len(verdicts)} comparisons with a baseline, {better} {_are(better)} better than it, {unclear} "
        f"cannot be told from it, and {worse} {_are(worse)} worse"
    )
    without = [
        _NAMES[topic]
        for topic in TOPICS
        if (mine := [one.verdict for one in compared if one.topic == topic]) and "better" not in mine
    ]
    text += f"; of {' and '.join(without)} none is better." if without else "."
    return [Sentence(text)]


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def opening_picture(run: Run) -> Figure | None:
    """Return the picture that a run opens with: a brain at several ages, scans reconstructed, or a painted brain.

    None where the run left none of them, or what it left cannot be shown: its section says why.
    """
    for picture in (_film, _reconstructed, _painted):
        try:
            if (figure := picture(run)) is not None:
                return figure
        except UserError:
            continue
    return None


def _film(run: Run) -> Figure | None:
    return None if run.edits is None else film_figure(run.edits)


def _reconstructed(run: Run) -> Figure | None:
    if run.reconstructions is None:
        return None
    with drawing():
        canvas = Canvas(figsize=(7.1, 4.6), facecolor="white")
        draw_brains(canvas.subfigures(1, 1), check_volumes(run.reconstructions))
        picture = embed(canvas, "A held-out scan, its reconstructions and their errors", vector=False)
    return Figure("A held-out scan and its reconstructions", "", [Panel("", picture)])


def _painted(run: Run) -> Figure | None:
    shown = None if run.regions is None or run.regions.empty else headline_map(run.regions)
    if shown is None:
        return None
    return Figure(f"{shown.shows}: {shown.heading.lower()}", "", [Panel("", shown.picture())])
