"""What decides a prepared volume, and what counts as another recipe."""

import pytest

from brainaging.pipeline.data import Recipe
from brainaging.pipeline.data.recipe import standard_chain
from brainaging.pipeline.runtime import UserError
from brainaging.transforms import GRIDS, GridSpec


def _other_chain(recipe, space):
    return standard_chain(recipe, space)


def test_a_recipe_by_grid_by_name_or_as_it_is():
    recipe = Recipe.on("t1w_32", n4=True)
    assert recipe == Recipe(GRIDS["t1w_32"], n4=True) == Recipe.on(recipe)
    assert GridSpec(**recipe.grid_dict()) == GRIDS["t1w_32"]
    with pytest.raises(UserError, match="t1w_33"):
        Recipe.on("t1w_33")


@pytest.mark.parametrize(
    ("other", "phrase"),
    [
        (Recipe.on("t1w_48"), "grid 't1w_32"),
        (Recipe.on("t1w_32", n4=True), "n4 False, now True"),
        (Recipe.on("t1w_32", strip="deepbet"), "strip None, now 'deepbet'"),
        (Recipe(GRIDS["t1w_32"], factory=_other_chain), "_other_chain"),
    ],
)
def test_each_difference_is_a_phrase(other, phrase):
    kept = Recipe.on("t1w_32").as_dict()
    (difference,) = other.differences(kept)
    assert phrase in difference
    assert other.differences(other.as_dict()) == []


def test_other_source_code_is_another_recipe(monkeypatch):
    kept = Recipe.on("t1w_32").as_dict()
    monkeypatch.setattr("brainaging.pipeline.data.recipe.source_sha256", lambda *names: "changed")
    assert Recipe.on("t1w_32").differences(kept) == ["by other source code"]
