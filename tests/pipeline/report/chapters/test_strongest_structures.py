"""Which structures tell sex and age, and what is known of them."""

import pandas as pd
import pytest
from matplotlib.axes import Axes

from brainaging.pipeline.report.chapters.strongest_structures import importance_figures, strongest
from brainaging.pipeline.report.inputs import read_run


def test_a_target_has_a_figure_of_its_strongest_structures_and_of_all_painted(table_run):
    figures = importance_figures(read_run(table_run).importance)
    assert [figure.title for figure in figures] == [
        "Structures most important for sex",
        "Structures most important for sex, given head size",
        "Structures most important for age bracket",
    ]
    first = figures[0]
    assert [panel.heading for panel in first.panels] == ["The 15 strongest", "The cortex", "Below the cortex"]
    assert "a diamond marks structures in which an effect was planted" in first.caption


@pytest.mark.parametrize(
    ("states", "labels"),
    [
        (["yes", "no", ""], ["planted", "not planted", "measured in the images"]),
        (["yes", "yes", ""], ["planted", "measured in the images"]),
        (["", "", ""], []),
    ],
)
def test_a_structure_whose_truth_was_not_drawn_is_not_called_unplanted(monkeypatch, states, labels):
    table = pd.DataFrame(
        {
            "name": ["a", "b", "c"],
            "structure": ["a", "b", "c"],
            "value": [3.0, 2, 1],
            "ci_low": 0.0,
            "ci_high": 4.0,
        }
    ).assign(hemisphere="", measure="", level="structure", p_fwe=0.01, planted=states)
    named: list[str] = []
    plot = Axes.plot

    def listen(self, *args, **options):
        named.extend([options["label"]] if "label" in options else [])
        return plot(self, *args, **options)

    monkeypatch.setattr(Axes, "plot", listen)
    strongest(table, "sex", "permutation")
    assert named == labels
