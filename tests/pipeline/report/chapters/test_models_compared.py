"""The grid of models: twelve by learner and scheme, beside the majority and the original."""

from dataclasses import replace

from brainaging.pipeline.report.chapters.models_compared import GRID, grid_figures
from brainaging.pipeline.results import TERMS


def test_every_model_of_the_grid_is_one_of_the_vocabulary():
    assert len(GRID) == 12 and GRID.keys() <= TERMS["model"].keys()
    assert GRID["random_forest_ovo"] == ("random_forest", "one against one")


def test_targets_with_several_learners_have_a_figure_a_panel_a_kind_of_features(findings_of):
    (figure,) = grid_figures(findings_of["table"])
    assert figure.title == "Age bracket by twelve models"
    assert [panel.heading for panel in figure.panels] == [
        "The table",
        "Latents (morphometry autoencoder, 80 codes)",
    ]
    assert "nearest neighbours, one against one 0." in figure.panels[0].picture.alt
    assert "simulated" not in figure.caption
    (told,) = grid_figures(findings_of["table"], simulated=True)
    assert "The simulated effects were set so that" in told.caption


def test_too_few_learners_are_no_grid(findings_of):
    few = [one for one in findings_of["table"] if getattr(one, "model", "") != "knn"]
    assert len(grid_figures([replace(one) for one in few])) == 1
    logistic = [one for one in findings_of["table"] if getattr(one, "model", "") == "logistic_regression"]
    assert grid_figures(logistic) == []
