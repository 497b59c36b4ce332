"""The recipes of the weights that ship: one file of data, read and checked."""

from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

import yaml

from brainaging.pipeline.runtime import UserError

#: the recipe that learns an edit, and no network
EDIT = "edit"
#: the one whose people stand in a table that is downloaded
TABLE = "morphometry_autoencoder"


@dataclass(frozen=True)
class People:
    """The simulated people that weights are trained on, and measured on.

    Attributes:
        scenario: that ships with the package.
        subjects: how many.
        seed: of who they are.
        spacing: of their scans, mm.
    """

    scenario: str
    subjects: int
    seed: int
    spacing: float


@dataclass(frozen=True)
class Recipe:
    """How one file of weights is made.

    Attributes:
        name: of the bundle.
        grid: of the scans, "" of a table.
        settings: config values of the training.
        generator: the recipe whose weights it starts from, "" for none.
    """

    name: str
    grid: str
    settings: dict[str, Any] = field(default_factory=dict)
    generator: str = ""


def recipe_people() -> People:
    """Return the simulated people of the recipes."""
    return People(**_content()["people"])


def recipe_names() -> list[str]:
    """Return what there are recipes for."""
    return list(_content()["weights"])


def recipe_of(name: str) -> Recipe:
    """Return the recipe of a bundle's weights.

    Raises:
        UserError: there is none of this name; the message lists those that are.
    """
    recipes = _content()["weights"]
    if name not in recipes:
        raise UserError(f"weights: expected one of {', '.join(recipes)}, found {name!r}")
    return Recipe(name, **recipes[name])


def _content() -> dict[str, Any]:
    text = files(__package__).joinpath("recipes.yaml").read_text(encoding="utf-8")
    content: dict[str, Any] = yaml.safe_load(text)
    return content
