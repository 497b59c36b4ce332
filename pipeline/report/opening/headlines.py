"""The sentences that open the page: at most five; all else stands below, folded.

What models that ship did comes first, where they did something. Then one finding a topic, the first that is
better than its baseline. What a run cannot show is no headline: of a topic without such a finding nothing is said
but in the last sentence, which counts all comparisons. Where no topic has one, what cannot be told from its
baseline stands there.
"""

from collections.abc import Sequence

from brainaging.pipeline.report.sentences import Sentence

#: sentences, at most
MOST = 5
#: in the order of the page
TOPICS = ("edit", "sex", "age", "reconstruction", "generation")
_NAMES = {
    "edit": "edits",
    "sex": "sex",
    "age": "age",
    "reconstruction": "reconstruction",
    "generation": "generation",
}


def opening_sentences(sentences: Sequence[Sentence], shipped: Sequence[Sentence] = ()) -> list[Sentence]:
    """Return the sentences on models that ship, one a topic of :data:`TOPICS`, and a count of comparisons."""
    chosen = _first_of_each(sentences, ("better", "")) or _first_of_each(sentences, ("unclear",))
    counted = _counted(sentences)
    return [*[*shipped, *chosen][: MOST - len(counted)], *counted]


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
