import pytest

from brainaging.bundles import bundle_path, model_names
from brainaging.pipeline.experiments.shipped.recipes import recipe_names, recipe_of, recipe_people
from brainaging.pipeline.runtime import UserError
from brainaging.transforms import GRIDS


def test_there_is_a_recipe_for_everything_that_is_installed():
    assert sorted(recipe_names()) == model_names()
    for name in recipe_names():
        recipe = recipe_of(name)
        assert recipe.grid in {"", *GRIDS}
        assert recipe.generator in {"", *recipe_names()}
        assert bundle_path(name).is_dir()
    assert recipe_people().subjects >= 500


def test_another_name_is_refused_with_those_there_are():
    with pytest.raises(UserError, match=r"expected one of .*t1w_gan.*, found 't1w_vae'"):
        recipe_of("t1w_vae")
