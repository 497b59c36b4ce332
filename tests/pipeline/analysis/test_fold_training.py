from dataclasses import fields, replace

import pytest

from brainaging.pipeline.analysis.fold_training import Recipe, _claim
from brainaging.pipeline.runtime import UserError

RECIPE = Recipe("bundle", "0.1.0", "t1w_32-0", "cohort", "volumes", 3, 10, 0, 0, "subjects")


def test_a_folder_is_claimed_again_by_the_same_recipe(tmp_path):
    _claim(tmp_path / "fold-0", RECIPE)
    _claim(tmp_path / "fold-0", RECIPE)


@pytest.mark.parametrize("name", [field.name for field in fields(Recipe)])
def test_weights_of_another_recipe_are_refused_and_the_difference_is_named(tmp_path, name):
    _claim(tmp_path / "fold-0", RECIPE)
    other = {"epochs": 4, "latent_size": 11, "seed": 1, "fold": 1, "overrides": {"hidden": 3}}.get(name, "other")
    with pytest.raises(UserError, match=f"another {name}"):
        _claim(tmp_path / "fold-0", replace(RECIPE, **{name: other}))
