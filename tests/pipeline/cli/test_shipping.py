"""`brainaging weights`: what a recipe asks for is said, and one small recipe goes all the way."""

import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from brainaging.pipeline.cli import shipping
from brainaging.pipeline.cli.work import weights_steps
from brainaging.pipeline.engines import read_checkpoint
from brainaging.pipeline.experiments.shipped import recipes
from brainaging.pipeline.experiments.shipped.recipes import People, Recipe


def typed(*words):
    app = typer.Typer()
    shipping.register(app)
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("t1w_vae",), "expected one of t1w_autoencoder, "),
        (("t1w_gan", "--measure", "--install"), "expected --measure or --install, found both"),
        (("morphometry_autoencoder",), "expected --table with the folder of AOMIC PIOP2"),
    ],
)
def test_what_a_recipe_needs_is_said(words, message, tmp_path):
    done = typed(*words, "--out", tmp_path)
    assert message in str(done.exception)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """Return a folder of 90 people and what makes recipes small."""
    patch = pytest.MonkeyPatch()
    patch.setattr(weights_steps, "recipe_people", lambda: People("lifespan", 90, 5, 6.0))
    sizes = {
        "t1w_sex_classifier": {"epochs": 1, "width": 4},
        "t1w_age_regressor": {"epochs": 1, "width": 4},
        "t1w_autoencoder": {"epochs": 1, "latent_size": 8, "components": 8, "hidden": 8},
        "t1w_gan": {"epochs": 2, "warmup": 1, "latent_size": 12, "detail": 5, "hidden": 8, "width": 4},
        "t1w_latent_encoder": {"epochs": 1, "generated": 60},
        "edit": {"knots_mm": 24.0},
    }
    generators = {"t1w_latent_encoder": "t1w_gan"}
    patch.setattr(
        recipes,
        "_content",
        lambda: {
            "weights": {
                name: {"grid": "t1w_32", "settings": settings, "generator": generators.get(name, "")}
                for name, settings in sizes.items()
            }
        },
    )
    yield tmp_path_factory.mktemp("shipped")
    patch.undo()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("bundle", "metrics"),
    [
        ("t1w_sex_classifier", {"balanced_accuracy", "auc", "share_read_as_male"}),
        ("t1w_age_regressor", {"mae_years", "correlation", "r2"}),
        ("t1w_autoencoder", {"mse_in_brain", "ssim_in_brain"}),
        (
            "t1w_gan",
            {"frechet_distance", "pair_similarity", "nearest_is_a_training_brain", "read_as_the_sex_drawn"},
        ),
        ("t1w_latent_encoder", {"latent_r2", "deviation_correlation"}),
        (
            "edit",
            {"correlation_of_change", "norm_ratio", "error_of_regional_slopes", "ventricle_growth_by_true"},
        ),
    ],
)
def test_a_recipe_trains_measures_and_compares(small, bundle, metrics):
    done = typed(bundle, "--out", small, "--workers", 1)
    # so small a training may lie outside of what ships
    assert done.exit_code in (0, 1), done.exception
    assert isinstance(recipes.recipe_of(bundle), Recipe)
    figures = pd.read_csv(small / bundle / "measured.csv").set_index("metric")
    assert set(figures.index) == metrics
    assert (figures["low"] <= figures["value"]).all()
    assert (figures["value"] <= figures["high"]).all()
    state = read_checkpoint(small / bundle / "model.pt")
    assert state["model"]
    assert (small / bundle / "cost.json").is_file()


@pytest.mark.slow
def test_figures_of_a_table_stand_beside_principal_components(small, shared_data, monkeypatch):
    content = {"weights": {"morphometry_autoencoder": {"grid": "", "settings": {"latent_size": 10, "epochs": 2}}}}
    monkeypatch.setattr(recipes, "_content", lambda: content)
    typed("morphometry_autoencoder", "--table", shared_data / "aomic_piop2", "--out", small)
    figures = pd.read_csv(small / "morphometry_autoencoder" / "measured.csv")
    assert figures["metric"].tolist() == ["mse_standardised"]
    assert 0 < figures.loc[0, "value"] < 1
    assert figures.loc[0, "beside"] == "10 principal components"
