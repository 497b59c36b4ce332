"""Who is in a cohort, and who was left out."""

import pytest

from brainaging.pipeline.report.chapters.cohort_counts import cohort_content, grid_words
from brainaging.pipeline.runtime import UserError

COHORT = {
    "name": "people",
    "n": 3,
    "sex": {"F": 2, "M": 1, "unknown": 0},
    "age": {"36+": {"F": 1}, "22-25": {"F": 1, "M": 1}},
    "age_kind": "brackets",
    "groups": {"kind": "family", "n": 2},
    "excluded": [{"subject": "100307", "reason": "truncated"}],
}


def test_counts_are_facts_a_figure_and_a_table_of_who_was_left_out():
    content = cohort_content(COHORT, False)
    facts = dict(content.facts)
    assert facts["Sex"] == "2 female, 1 male"
    assert facts["Kept together in splits"] == "2 families"
    assert (facts["Origin"], facts["Left out"]) == ("real scans", "1 scan")
    assert content.figures[0].title == "Scans by age bracket and sex"
    assert "22-25: 1 female, 1 male; 36+: 1 female, 0 male" in content.figures[0].panels[0].picture.alt
    assert content.tables[0].rows == [["100307", "truncated"]]


def test_families_that_are_known_of_some_are_said_so():
    groups = {"kind": "family", "n": 2, "known": 2, "of": 3}
    facts = dict(cohort_content(COHORT | {"groups": groups}, False).facts)
    assert facts["Kept together in splits"] == "2 families (known of 2 of 3 subjects)"


@pytest.mark.parametrize(
    ("simulated", "origin"), [(True, "simulated"), (False, "real people"), (None, "not recorded")]
)
def test_the_origin_is_that_of_the_cohort(simulated, origin):
    assert dict(cohort_content({"n": 3}, simulated, "people").facts)["Origin"] == origin


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"sex": [1]}, "sex expected an object, found list"),
        ({"age": {"36+": {"F": "two"}}}, "age 36\\+, F: expected a count, found 'two'"),
        ({"excluded": ["100307"]}, "excluded expected a list of objects"),
    ],
)
def test_what_is_no_count_is_named(change, words):
    with pytest.raises(UserError, match=words):
        cohort_content(COHORT | change)


def test_a_grid_is_told_as_far_as_it_is_given():
    assert (
        grid_words({"name": "t1w_32", "shape": [32, 32, 32], "spacing": 6.0})
        == "t1w_32, 32 × 32 × 32 voxels, 6.0 mm"
    )
    assert grid_words({}) == ""
