"""A bundle under check: its files, the toy cohort that its configs run on, weights to export."""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from brainaging.pipeline.cli.bundle_checks.toy_cohorts import toy_generator, toy_scans, toy_table
from brainaging.pipeline.engines import run_bundle
from brainaging.pipeline.runtime.shipped_weights import shipped_weights

#: overrides that make a bundle train in seconds; one that is not named takes its own sizes
SMALL: dict[str, dict[str, Any]] = {
    "t1w_autoencoder": {"latent_size": 8, "components": 16, "hidden": 8},
    "morphometry_autoencoder": {"latent_size": 5, "hidden": 8},
    "t1w_age_regressor": {"width": 2},
    "t1w_sex_classifier": {"width": 2},
    "t1w_latent_encoder": {"latent_size": 12, "detail": 5, "hidden": 8, "generated": 60},
    "t1w_gan": {"latent_size": 12, "detail": 5, "hidden": 8, "warmup": 1, "width": 4},
    "t1w_conditional_generator": {"latent_size": 10, "detail": 5, "hidden": 8},
}
#: epochs of the toy training: one more than the GAN's warm-up
EPOCHS = 2


class CheckFailed(Exception):
    """A bundle does not pass a check; the message says why in a line."""


@dataclass(frozen=True)
class CheckedBundle:
    """One bundle, and where it is tried.

    Attributes:
        folder: the bundle's.
        work: where toy cohorts, runs and exports go; several bundles may share it.
        schema: of the model zoo's metadata, a file; None where there is none.
    """

    folder: Path
    work: Path
    schema: Path | None = None

    @property
    def name(self) -> str:
        """The bundle's name."""
        return self.folder.name

    @property
    def out(self) -> Path:
        """Where its runs go."""
        return self.work / self.name

    def config(self, name: str) -> Path:
        """Return the path of one of its configs."""
        return self.folder / "configs" / f"{name}.json"

    @cached_property
    def dataset_dir(self) -> Path:
        """A prepared toy cohort of the kind that it reads."""
        table = "morphometry" in self.config("train").read_text(encoding="utf-8")
        return toy_table(self.work) if table else toy_scans(self.work)

    @cached_property
    def trained(self) -> Path:
        """Weights of a toy training, ``best.pt``: its train.json is run once."""
        weights = self.out / "models" / "best.pt"
        if not weights.is_file():
            run_bundle(self.folder, "train", epochs=EPOCHS, **self.overrides("train"))
        return weights

    @cached_property
    def weights(self) -> Path:
        """The weights that ship with it; those of the toy training where none do."""
        shipped = shipped_weights(self.folder)
        return shipped.path if shipped is not None and self.weights_ship else self.trained

    @property
    def weights_ship(self) -> bool:
        """Whether weights ship with it."""
        shipped = shipped_weights(self.folder)
        return shipped is not None and shipped.path.is_file()

    def overrides(self, config: str) -> dict[str, Any]:
        """Return the values that a config runs with here."""
        known = json.loads(self.config(config).read_text(encoding="utf-8"))
        values = {"bundle_root": str(self.out), "dataset_dir": str(self.dataset_dir)}
        if "generator" in known:
            values["generator"] = str(toy_generator(self.work))
        return {**values, **{name: size for name, size in SMALL.get(self.name, {}).items() if name in known}}
