"""What a task says of itself: every mark is filled, and the answers say that they are."""

from dataclasses import replace

from brainaging.pipeline.counterfactual.score.tasks.task_readme import answers_readme, task_readme


def test_numbers_are_the_task_s_and_no_mark_is_left(tiny_task):
    text = task_readme(tiny_task, "abc123", 77)
    assert "4 people are to be edited" in text
    assert "77 other" in text
    assert "abc123" in text
    assert "$" not in text
    assert "none" not in text.split("## The axes")[1]
    without = task_readme(replace(tiny_task, readings=None, no_readings="nobody left"), "abc123", 77)
    assert "none (nobody left)" in without


def test_answers_are_for_whoever_scores():
    assert "not for entrants" in answers_readme()
