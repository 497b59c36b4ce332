"""What a bundle's configs are run with."""

import json
from pathlib import Path

from brainaging.bundles import bundle_names, bundle_path
from brainaging.pipeline.cli.bundle_checks import checked_bundle
from brainaging.pipeline.cli.bundle_checks.checked_bundle import SMALL, CheckedBundle


def test_small_sizes_are_ids_of_their_bundles() -> None:
    assert SMALL.keys() <= set(bundle_names())
    for name, sizes in SMALL.items():
        config = json.loads(CheckedBundle(bundle_path(name), Path()).config("train").read_text())
        assert sizes.keys() <= config.keys()


def test_a_config_runs_with_the_ids_that_it_has(copied: CheckedBundle, monkeypatch) -> None:
    monkeypatch.setitem(copied.__dict__, "dataset_dir", Path("cohort"))
    values = copied.overrides("train")
    assert values["bundle_root"] == str(copied.work / "t1w_autoencoder") and values["dataset_dir"] == "cohort"
    assert values["latent_size"] == 8 and "generator" not in values and "width" not in values


def test_only_what_takes_a_generator_gets_one(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setattr(checked_bundle, "toy_generator", lambda folder: folder / "toy.pt")
    monkeypatch.setattr(checked_bundle, "toy_scans", lambda folder: folder / "scans")
    asked = {name: CheckedBundle(bundle_path(name), tmp_path).overrides("train") for name in bundle_names()[1:]}
    assert [name for name, values in asked.items() if "generator" in values] == ["t1w_latent_encoder"]
