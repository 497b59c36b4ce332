"""The page opens with what a run shows, in at most five sentences, and never what it cannot show."""

import pytest

from brainaging.pipeline.report.opening.headlines import TOPICS, opening_sentences
from brainaging.pipeline.report.sentences import Sentence


@pytest.fixture
def said():
    """Return what makes sentences of (topic, verdict) pairs."""

    def make(*pairs):
        return [
            Sentence(f"{topic} in full {number}", verdict, topic=topic, brief=f"{topic} {number}")
            for number, (topic, verdict) in enumerate(pairs)
        ]

    return make


def test_the_first_that_is_better_speaks_for_its_topic(said):
    sentences = said(("sex", "unclear"), ("sex", "better"), ("sex", "better"), ("age", "worse"))
    first, last = opening_sentences(sentences)
    assert (first.text, first.verdict) == ("sex 1", "better")
    assert last.text == (
        "Of 4 comparisons with a baseline, 2 are better than it, 1 cannot be told from it, and 1 is worse; "
        "of age none is better."
    )


def test_where_nothing_is_better_what_is_unclear_speaks_and_the_worse_does_not(said):
    first, last = opening_sentences(said(("edit", "worse"), ("sex", "unclear")))
    assert first.text == "sex 1"
    assert last.text.endswith("of edits and sex none is better.")


def test_there_are_never_more_than_five(said):
    many = said(*[(topic, "better") for topic in TOPICS for _ in range(9)])
    assert len(opening_sentences(many)) == 5
    assert opening_sentences([]) == []


def test_finer_points_and_findings_without_a_baseline_are_not_counted(said):
    plain = Sentence("plain")
    finer = Sentence("finer", "better", main=False)
    (last,) = opening_sentences([plain, finer, *said(("", "worse"), ("", "worse"))])
    assert last.text.startswith("Of 2 comparisons with a baseline, 0 are better")


def test_an_edit_of_one_scan_comes_first_and_leaves_room_for_the_count(said):
    many = said(*[(topic, "better") for topic in TOPICS])
    shown = opening_sentences(many, [Sentence("one scan")])
    assert len(shown) == 5
    assert shown[0].text == "one scan" and shown[-1].text.startswith("Of 5 comparisons")
