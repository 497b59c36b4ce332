"""Choices that help shows are those of the rooms."""

from typing import get_args

from brainaging.pipeline.cli import choices
from brainaging.pipeline.counterfactual import cohort_alignment
from brainaging.pipeline.data.cohorts import hcp, validate
from brainaging.pipeline.experiments import reproduce
from brainaging.transforms import GRIDS


def test_choices_are_those_of_the_rooms():
    assert tuple(GRIDS) == choices.GRIDS
    assert choices.PARTS == reproduce.PARTS
    assert get_args(choices.Space) == get_args(validate.Space)
    assert get_args(choices.HcpImage) == get_args(hcp.HcpImage)
    assert choices.KNOTS_MM == cohort_alignment.KNOTS_MM
